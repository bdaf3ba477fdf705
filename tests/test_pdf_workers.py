"""The processes that make PDFs: what one document does costs at most one of them, and none can reach the server."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.paper import field, fields, record, tab
from views.pdf.workers import VIEWS, Paper, PaperBusy, PaperError, PaperFailed, PaperTooLarge, PaperTooSlow

ERSA = record(tab(1, "Views", fields("", field("Answer", "Because.", long=True))))


@pytest.fixture
def views(tmp_path: Path) -> Path:
    """Templates that misbehave as no text of ours should."""
    (tmp_path / "good.pdf.html").write_text("<html><body><p>{{ word }}</p></body></html>")
    (tmp_path / "slow.pdf.html").write_text(
        "{% for a in range(9999) %}{% for b in range(99999) %}{{ loop.index }}{% endfor %}{% endfor %}"
    )
    (tmp_path / "huge.pdf.html").write_text("{{ 'x' * 2000000000 }}")
    (tmp_path / "broken.pdf.html").write_text("{{ nothing.there }}")
    return tmp_path


@pytest.fixture
def opened() -> Iterator[Callable[..., Paper]]:
    """Opens pools, and closes them at the end."""
    pools: list[Paper] = []

    def open_pool(**settings: Any) -> Paper:
        pools.append(Paper(**settings))
        return pools[-1]

    yield open_pool
    for pool in pools:
        pool.close()


def done(work: Awaitable[Any]) -> Any:
    async def finish() -> Any:
        return await work

    return asyncio.run(finish())


def processes(paper: Paper) -> list[int]:
    return sorted(worker.process.pid for worker in paper._all)


def test_the_ersa_is_made_by_a_worker_in_the_councils_colour(opened: Callable[..., Paper]) -> None:
    paper = opened(workers=1, colour="#cc0033")
    made = done(paper.render("ersa.pdf.html", ERSA))
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    with pikepdf.open(io.BytesIO(made)) as pdf:
        steps = [step for page in pdf.pages for step in pikepdf.parse_content_stream(page)]
    lines = [[round(float(part), 1) for part in step.operands] for step in steps if str(step.operator) == "RG"]
    assert [0.8, 0.0, 0.2] in lines


def test_a_worker_is_kept_for_the_next_document(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=1, views=views)
    done(paper.render("good.pdf.html", {"word": "one"}))
    before = processes(paper)
    done(paper.render("good.pdf.html", {"word": "two"}))
    assert processes(paper) == before


def test_a_worker_is_replaced_after_its_lifetime(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=1, lifetime=2, views=views)
    done(paper.render("good.pdf.html", {"word": "one"}))
    before = processes(paper)
    done(paper.render("good.pdf.html", {"word": "two"}))
    assert set(processes(paper)).isdisjoint(before)
    assert done(paper.render("good.pdf.html", {"word": "three"})).startswith(b"%PDF-")


def test_killed_workers_are_replaced_unnoticed(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=2, views=views)
    paper.start()
    done(paper.render("good.pdf.html", {"word": "before"}))
    for pid in processes(paper):
        os.kill(pid, signal.SIGKILL)
    assert done(paper.render("good.pdf.html", {"word": "after"})).startswith(b"%PDF-")


def test_a_document_that_takes_too_long_is_ended_and_the_next_is_made(
    opened: Callable[..., Paper], views: Path
) -> None:
    paper = opened(workers=1, seconds=1.0, views=views)
    done(paper.render("good.pdf.html", {"word": "warm"}))
    before = processes(paper)
    begun = time.monotonic()
    with pytest.raises(PaperTooSlow, match="took too long"):
        done(paper.render("slow.pdf.html", {}))
    assert time.monotonic() - begun < 5
    assert set(processes(paper)).isdisjoint(before)
    assert done(paper.render("good.pdf.html", {"word": "next"})).startswith(b"%PDF-")


def test_a_document_that_needs_too_much_memory_fails_alone(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=1, views=views)
    with pytest.raises(PaperTooLarge) as failed:
        done(paper.render("huge.pdf.html", {}))
    assert "memory" in failed.value.detail
    assert done(paper.render("good.pdf.html", {"word": "next"})).startswith(b"%PDF-")


def test_a_document_that_takes_too_much_work_is_given_up_by_its_worker(
    opened: Callable[..., Paper], views: Path
) -> None:
    paper = opened(workers=1, effort=0.5, views=views)
    with pytest.raises(PaperTooLarge) as failed:
        done(paper.render("slow.pdf.html", {}))
    assert failed.value.detail == "more than 0.5 seconds of work"
    assert done(paper.render("good.pdf.html", {"word": "next"})).startswith(b"%PDF-")


def test_a_fault_of_a_template_is_told_to_the_log_and_not_to_the_reader(
    opened: Callable[..., Paper], views: Path
) -> None:
    paper = opened(workers=1, views=views)
    with pytest.raises(PaperFailed) as failed:
        done(paper.render("broken.pdf.html", {}))
    assert "UndefinedError" in failed.value.detail
    assert str(failed.value) == "The PDF could not be made. Nothing you wrote is lost. Try again in a minute."


def test_no_more_documents_than_allowed_wait(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=1, waiting=1, seconds=1.0, views=views)

    async def three() -> list[Any]:
        return await asyncio.gather(*[paper.render("slow.pdf.html", {}) for _ in range(3)], return_exceptions=True)

    kinds = sorted(type(outcome).__name__ for outcome in done(three()))
    assert kinds == ["PaperBusy", "PaperTooSlow", "PaperTooSlow"]
    assert done(paper.render("good.pdf.html", {"word": "next"})).startswith(b"%PDF-")


def test_what_is_submitted_does_not_wait_for_previews(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=2, seconds=3.0, views=views)

    async def submit() -> tuple[bytes, list[bool]]:
        previews = [asyncio.ensure_future(paper.preview("slow.pdf.html", {"person": n})) for n in range(2)]
        await asyncio.sleep(0.1)
        made = await paper.render("good.pdf.html", {"word": "submitted"})
        waiting = [not preview.done() for preview in previews]
        for told in await asyncio.gather(*previews, return_exceptions=True):
            assert isinstance(told, PaperTooSlow)
        return made, waiting

    assert done(paper.render("good.pdf.html", {"word": "started"})).startswith(b"%PDF-")
    made, waiting = done(submit())
    assert made.startswith(b"%PDF-")
    assert waiting == [True, True]


def test_who_saves_a_word_comes_before_a_worker(opened: Callable[..., Paper]) -> None:
    paper = opened(workers=1)
    done(paper.render("ersa.pdf.html", ERSA))
    (worker,) = processes(paper)
    assert os.getpriority(os.PRIO_PROCESS, worker) == os.getpriority(os.PRIO_PROCESS, 0) + 10
    # in a session of its own it would share the processors with the server half and half, whatever its niceness
    assert os.getsid(worker) == os.getsid(0)
    assert os.getpgid(worker) == worker


def test_the_server_goes_on_answering_while_documents_are_made(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=1, seconds=1.0, views=views)

    async def beat() -> int:
        making = asyncio.ensure_future(paper.render("slow.pdf.html", {}))
        beats = 0
        while not making.done():
            await asyncio.sleep(0.01)
            beats += 1
        with pytest.raises(PaperTooSlow):
            await making
        return beats

    assert done(beat()) > 30


def test_a_worker_knows_nothing_of_the_servers_environment(
    opened: Callable[..., Paper], views: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SECRET", "the secret word")
    paper = opened(workers=1, views=views)
    done(paper.render("good.pdf.html", {"word": "one"}))
    (pid,) = processes(paper)
    assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()
    assert b"secret" not in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_worker_holds_no_file_of_the_server(opened: Callable[..., Paper], views: Path, tmp_path: Path) -> None:
    with (tmp_path / "held").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        paper = opened(workers=1, views=views)
        done(paper.render("good.pdf.html", {"word": "one"}))
        (pid,) = processes(paper)
        files = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
    assert not [name for name in files if name.endswith("held")]


def test_only_plain_data_is_taken(opened: Callable[..., Paper]) -> None:
    with pytest.raises(TypeError):
        done(opened(workers=1).render("ersa.pdf.html", {"child": object()}))


def test_closing_ends_every_process_and_refuses_more(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=2, views=views)
    paper.start()
    running = [worker.process for worker in paper._all]
    paper.close()
    assert [process.poll() for process in running] == [-signal.SIGKILL] * 2
    with pytest.raises(PaperBusy):
        done(paper.render("good.pdf.html", {"word": "late"}))
    paper.close()


def test_closing_ends_a_document_that_is_being_made(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=1, seconds=30.0, views=views)

    async def close_meanwhile() -> float:
        making = asyncio.ensure_future(paper.render("slow.pdf.html", {}))
        await asyncio.sleep(1.5)
        begun = time.monotonic()
        await asyncio.to_thread(paper.close)
        with pytest.raises(PaperError):
            await making
        return time.monotonic() - begun

    assert done(close_meanwhile()) < 5


SERVER = """
import asyncio, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests in the background has it ignored
from views.pdf.workers import Paper
paper = Paper(workers=1)
asyncio.run(paper.render("ersa.pdf.html", __import__("json").loads(sys.stdin.read())))
(worker,) = paper._all
print(worker.process.pid, flush=True)
import time
time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_workers_leave_when_their_server_is_killed_or_interrupted(end: signal.Signals) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=VIEWS.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps(ERSA).encode())
    server.stdin.close()
    worker = int(server.stdout.readline())
    os.kill(server.pid, end)
    server.wait(30)
    server.stdout.close()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{worker}").exists() and not _ended(worker):
        assert time.monotonic() < deadline, "the worker outlived its server"
        time.sleep(0.05)


def _ended(pid: int) -> bool:
    """Whether the process is a zombie that nobody waits for: in a container there may be no one to do so."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_what_went_wrong_with_a_document_is_logged_without_its_words(
    opened: Callable[..., Paper], caplog: pytest.LogCaptureFixture
) -> None:
    paper = opened(workers=1)
    secret = record(tab(1, "Views", fields("", field("Answer", "Zuzanna said \U00013000.", long=True))))
    done(paper.render("ersa.pdf.html", secret))
    assert [message.getMessage() for message in caplog.records if message.name == "portal.paper"] == [
        "a document: printed as code points, since no font has them: U+13000"
    ]


def test_what_the_engine_says_of_a_document_is_logged_as_the_place_where_it_said_it(
    opened: Callable[..., Paper], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The engine's own messages, and errors, quote what they stumble over: here a style, and a template's words."""
    page = '<html><head>/*fonts*/</head><body><p style="font-size: {{ x }}">Seen</p><img src="{{ x }}"/></body></html>'
    (tmp_path / "odd.pdf.html").write_text(page)
    (tmp_path / "failing.pdf.html").write_text("{{ {}[x].more }}")
    paper = opened(workers=1, views=tmp_path)
    done(paper.render("odd.pdf.html", {"x": "Zuzanna-said.png"}))
    said = [message.getMessage() for message in caplog.records if message.name == "portal.paper"]
    assert said
    with pytest.raises(PaperFailed) as failed:
        done(paper.render("failing.pdf.html", {"x": "Zuzanna said"}))
    assert "UndefinedError" in failed.value.detail
    assert not [line for line in (*said, failed.value.detail) if "Zuzanna" in line]


def test_an_unchanged_preview_is_made_once(opened: Callable[..., Paper]) -> None:
    paper = opened(workers=1)
    first = done(paper.preview("ersa.pdf.html", ERSA))
    for pid in processes(paper):
        os.kill(pid, signal.SIGSTOP)
    try:
        later = {**ERSA, "printed": "25 November 2026, 08:00"}
        assert done(asyncio.wait_for(paper.preview("ersa.pdf.html", later), 5)) is first
    finally:
        for pid in processes(paper):
            os.kill(pid, signal.SIGCONT)
    assert done(paper.render("ersa.pdf.html", ERSA)) is not first


def test_a_changed_preview_is_made_anew(opened: Callable[..., Paper]) -> None:
    paper = opened(workers=1)
    first = done(paper.preview("ersa.pdf.html", ERSA))
    changed = record(tab(1, "Views", fields("", field("Answer", "Because of that.", long=True))))
    assert done(paper.preview("ersa.pdf.html", changed)) != first


def test_ten_who_ask_for_one_preview_at_once_get_the_same(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=1, waiting=0, views=views)

    async def ten() -> list[bytes]:
        return await asyncio.gather(*[paper.preview("good.pdf.html", {"word": "same"}) for _ in range(10)])

    assert len({id(pdf) for pdf in done(ten())}) == 1


def test_what_failed_is_not_tried_again_at_once_and_says_the_same(opened: Callable[..., Paper]) -> None:
    paper = opened(workers=1, effort=0.001)
    said = []
    for ask in (paper.preview, paper.preview, paper.render):
        with pytest.raises(PaperTooLarge) as failed:
            done(asyncio.wait_for(ask("ersa.pdf.html", ERSA), 30))
        said.append((str(failed.value), failed.value.detail))
        # nobody would answer any more
        for pid in processes(paper):
            os.kill(pid, signal.SIGSTOP)
    assert len(set(said)) == 1


def test_what_failed_is_tried_again_after_a_while(opened: Callable[..., Paper], views: Path) -> None:
    paper = opened(workers=1, again=0, views=views)
    with pytest.raises(PaperFailed):
        done(paper.preview("broken.pdf.html", {}))
    (views / "broken.pdf.html").write_text("<html><body><p>mended</p></body></html>")
    assert done(paper.preview("broken.pdf.html", {})).startswith(b"%PDF-")


def test_the_oldest_previews_go_when_there_are_too_many(opened: Callable[..., Paper], views: Path) -> None:
    size = len(done(opened(workers=1, views=views).render("good.pdf.html", {"word": "a"})))
    paper = opened(workers=1, views=views, keeping=int(size * 2.5))
    made = {word: done(paper.preview("good.pdf.html", {"word": word})) for word in "abc"}
    assert done(paper.preview("good.pdf.html", {"word": "c"})) is made["c"]
    assert done(paper.preview("good.pdf.html", {"word": "b"})) is made["b"]
    assert done(paper.preview("good.pdf.html", {"word": "a"})) is not made["a"]


def long_record(megabytes: float) -> dict[str, Any]:
    line = "the quiet lesson in the morning helps and reads with a picture\n"
    text = line * int(megabytes * 1_000_000 / len(line))
    return record(tab(1, "Views", fields("", field("Answer", text, long=True))))


def test_megabytes_of_text_are_printed_within_the_limits(opened: Callable[..., Paper]) -> None:
    paper = opened(workers=1)
    assert done(paper.render("ersa.pdf.html", ERSA)).startswith(b"%PDF-")
    alone = paper.peak
    assert 0 < alone < 160 << 20
    assert done(paper.render("ersa.pdf.html", long_record(2.5))).startswith(b"%PDF-")
    # the worker's own count; the text, as fragments, lines and pages, is there for a moment at a time
    assert alone < paper.peak < 400 << 20


def test_more_text_than_a_document_may_have_is_refused_with_a_sentence(opened: Callable[..., Paper]) -> None:
    paper = opened(workers=1)
    with pytest.raises(PaperTooLarge, match=r"more text than one PDF can hold.* Most of it is in: 1\. Views\."):
        done(paper.render("ersa.pdf.html", long_record(9)))
    assert done(paper.render("ersa.pdf.html", ERSA)).startswith(b"%PDF-")


def test_letters_of_many_scripts_take_no_memory_but_that_of_the_page_they_are_on(opened: Callable[..., Paper]) -> None:
    """Each change of font is a fragment of two kilobytes; all of these at once would need half a gigabyte."""
    text = "aбكह中🐶ก" * 2850
    answers = [tab(n, f"Tab {n}", fields("", field("Answer", text, long=True))) for n in range(14)]
    paper = opened(workers=1, memory=320 << 20)
    assert done(paper.render("ersa.pdf.html", record(*answers))).startswith(b"%PDF-")
