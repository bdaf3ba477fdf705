"""Documents under a council's own settings: how large they may be, and a scanner for viruses that comes and goes."""

import socketserver
import struct
import threading
import time
from collections.abc import Callable

from tests.desk import Record
from tests.fixtures_server import Portal
from tests.hostile import pdf, photograph
from tests.test_corrections import letters, one, text
from tests.test_documents import bring, newest


def test_the_limit_is_a_setting(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal(PORTAL_UPLOAD_MB="0.1")
    ben = portal.sign_in("ben")
    record = Record(portal, ben, 311)
    assert "100 KB" in text(ben.get(f"/records/{record.id}/documents/new"))
    assert "100 KB at most" in text(bring(ben, record, b"%PDF-1.7" + bytes(100_001)))


def test_what_may_be_brought_is_a_setting(make_portal: Callable[..., Portal]) -> None:
    portal = make_portal(PORTAL_UPLOAD_TYPES="pdf")
    carys = portal.sign_in("carys")
    with portal.owner() as db:
        found = db.execute(
            "select r.id from portal.record r join portal.setting s on s.id = r.setting where s.name like 'St Osw%'"
        ).fetchone()
    assert found
    url = f"/records/{found[0]}/documents/new"
    assert "photograph" not in text(carys.get(url))
    data = {"name": "Work", "type": "work", "author": "", "dated": "5 May 2026"}
    answer = carys.post(url, data=data, files={"file": ("work.jpg", photograph())})
    assert answer.status_code == 422
    assert "no photograph (JPEG, PNG, HEIC) can be kept here" in text(answer)
    assert carys.post(url, data=data, files={"file": ("work.pdf", pdf())}).status_code == 303


class Clamd(socketserver.ThreadingTCPServer):
    """A daemon that speaks clamd's INSTREAM, and knows one virus: the test file that every scanner knows."""

    allow_reuse_address = True
    daemon_threads = True
    most = 1 << 30  # bytes; of more it says what clamd says beyond its StreamMaxLength


class Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        if len(content) > self.server.most:  # type: ignore[attr-defined]
            self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
            return
        found = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" in content
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")


def clamd(port: int = 0) -> Clamd:
    server = Clamd(("127.0.0.1", port), Talk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def test_a_virus_is_refused_and_an_absent_scanner_never_means_fine(make_portal: Callable[..., Portal]) -> None:
    scanner = clamd()
    port = scanner.server_address[1]
    portal = make_portal(PORTAL_CLAMD=f"127.0.0.1:{port}")
    amina = portal.sign_in("amina")
    record = Record(portal, amina, 312)
    eicar = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    assert bring(amina, record).status_code == 303
    assert amina.get(f"/records/{record.id}/documents/{newest(portal, record)}").status_code == 200
    infected = pdf().replace(b"%%EOF", b"% " + eicar + b"\n%%EOF")
    assert "The scanner found a virus" in text(bring(amina, record, infected))
    scanner.shutdown()
    scanner.server_close()
    assert bring(amina, record, pdf(2)).status_code == 303
    waiting = newest(portal, record)
    assert bring(amina, record, infected).status_code == 303
    bad = newest(portal, record)
    refused = amina.get(f"/records/{record.id}/documents/{waiting}")
    assert refused.status_code == 403
    assert "still being looked at for viruses" in text(refused)
    assert "Not yet available" in text(amina.get(f"/records/{record.id}/documents"))
    scanner = clamd(port)
    try:
        deadline = time.monotonic() + 15
        while (
            one(portal, "select count(*) from portal.document where scan = 'waiting'") and time.monotonic() < deadline
        ):
            time.sleep(0.2)
        assert amina.get(f"/records/{record.id}/documents/{waiting}").content == pdf(2)
        refused = amina.get(f"/records/{record.id}/documents/{bad}")
        assert refused.status_code == 403
        assert "found a virus" in text(refused)
        # who brought it was told that it is in the record, and learns that it cannot be opened
        told = [(to, body) for to, subject, body in letters(portal, record) if "holds a virus" in subject]
        assert [to.split(".")[0] for to, _ in told] == ["amina"]
        assert f"{record.id}/documents" in told[0][1]
        assert "SLT report" not in told[0][1]
    finally:
        scanner.shutdown()
        scanner.server_close()
