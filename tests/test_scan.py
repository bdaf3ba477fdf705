"""What the scanner for viruses says, and what becomes of a file meanwhile: by clamd itself where it is installed."""

import asyncio
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from routes.scan import Infected, Scanner, Undecided, Unreachable
from tests.desk import Record
from tests.fixtures_browser import need
from tests.fixtures_server import Portal, free_port
from tests.hostile import FILES, pdf
from tests.test_corrections import one
from tests.test_documents import bring, newest
from tests.test_documents_settings import clamd as one_virus

MARK = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
INFECTED = pdf().replace(b"%%EOF", b"% " + MARK + b"\n%%EOF")
CLAMD = shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """ClamAV's own daemon with one signature, that takes 1 MB at most; its address."""
    clamd = CLAMD or need("clamd")
    folder, port = tmp_path_factory.mktemp("clamd"), free_port()
    (folder / "local.ndb").write_text(f"Portal.Test:0:*:{MARK.hex()}\n")
    settings = folder / "clamd.conf"
    settings.write_text(
        f"TCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {folder}\nForeground yes\nStreamMaxLength 1M\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([clamd, "-c", str(settings)], stdout=log, stderr=log)
    address, deadline = f"127.0.0.1:{port}", time.monotonic() + 20
    try:
        while said(address, b"") is Unreachable:
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def said(address: str, content: bytes) -> type[Exception] | None:
    """What is raised for a file; None where it is clean."""
    try:
        asyncio.run(Scanner(address).scan(content))
    except (Infected, Unreachable) as error:
        return type(error)
    return None


@pytest.mark.parametrize(
    ("content", "answer"),
    [(pdf(), None), (INFECTED, Infected), (pdf() + b"%" + b"x" * 2_500_000, Undecided)],
    ids=["clean", "infected", "larger_than_it_takes"],
)
def test_the_answers_of_clamd_itself_are_understood(
    daemon: str, content: bytes, answer: type[Exception] | None
) -> None:
    assert said(daemon, content) is answer


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_what_it_says_before_it_hangs_up_is_heard(kind: str, tmp_path: Path) -> None:
    """Like clamd itself: of a file larger than it takes it reads no more than that, answers and closes."""
    path = str(tmp_path / "socket")
    with socket.create_server(("127.0.0.1", 0)) if kind == "tcp" else socket.socket(socket.AF_UNIX) as server:
        if kind == "unix":
            server.bind(path)
            server.listen()
        address = path if kind == "unix" else f"127.0.0.1:{server.getsockname()[1]}"
        answered = threading.Event()

        def answer() -> None:
            for _ in range(20):
                talk, _ = server.accept()
                talk.recv(1000)
                talk.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                talk.close()
            answered.set()

        threading.Thread(target=answer, daemon=True).start()
        assert {said(address, b"x" * 2_000_000) for _ in range(20)} == {Undecided}
        assert answered.wait(5)


def test_a_scanner_that_is_not_there_is_unreachable() -> None:
    assert said(f"127.0.0.1:{free_port()}", pdf()) is Unreachable


def test_a_file_the_scanner_cannot_decide_on_waits_and_keeps_no_other_waiting(
    make_portal: Callable[..., Portal],
) -> None:
    scanner = one_virus()
    scanner.most = 5_000
    portal = make_portal(PORTAL_CLAMD=f"127.0.0.1:{scanner.server_address[1]}")
    amina = portal.sign_in("amina")
    record = Record(portal, amina, 313)
    large = FILES["scan"][1]()
    assert len(large) > scanner.most > len(pdf(2))
    try:
        assert bring(amina, record, large).status_code == 303
        undecided = newest(portal, record)
        assert bring(amina, record, pdf(2)).status_code == 303
        later = newest(portal, record)
        with portal.owner() as db:
            db.execute("update portal.document set scan = 'waiting' where id = %s", [later])
        deadline = time.monotonic() + 15
        state = "select scan from portal.document where id = %s"
        while one(portal, state, later) == "waiting" and time.monotonic() < deadline:
            time.sleep(0.2)
        assert one(portal, state, later) == "clean"
        assert one(portal, state, undecided) == "waiting"
        assert amina.get(f"/records/{record.id}/documents/{undecided}").status_code == 403
        scanner.most = 1 << 30
        while one(portal, state, undecided) == "waiting" and time.monotonic() < deadline + 15:
            time.sleep(0.2)
        assert amina.get(f"/records/{record.id}/documents/{undecided}").content == large
        assert portal.logged().count("size limit exceeded") == 1
    finally:
        scanner.shutdown()
        scanner.server_close()
