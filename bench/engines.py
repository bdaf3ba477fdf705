"""The engines side by side: each makes the same ERSA, in a process of its own that stays warm between rounds."""

import gc
import io
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import jinja2

from bench.story import story

HERE = Path(__file__).parent


def _html(data: dict[str, Any], engine: str) -> Callable[[], str]:
    from views.pdf import fonts

    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True)
    files = {"regular": fonts.FOLDER / "NotoSans-Regular.ttf", "bold": fonts.FOLDER / "NotoSans-Bold.ttf"}
    if engine == "weasyprint":
        files = {name: path.as_uri() for name, path in files.items()}
    return lambda: templates.get_template("plain.pdf.html").render({**data, **files, "engine": engine})


def plain(kilobytes: int, outcomes: int) -> Callable[[], bytes]:
    """xhtml2pdf as it comes: contents and page total by its own means."""
    import logging

    from xhtml2pdf import pisa

    logging.getLogger("xhtml2pdf").setLevel(logging.ERROR)
    html = _html(story(kilobytes, outcomes), "xhtml2pdf")

    def make() -> bytes:
        out = io.BytesIO()
        pisa.CreatePDF(html(), dest=out, path=str(HERE / "plain.pdf.html"))
        return out.getvalue()

    return make


def weasyprint(kilobytes: int, outcomes: int) -> Callable[[], bytes]:
    """WeasyPrint, untagged and without contents."""
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration

    html = _html(story(kilobytes, outcomes, draft=False), "weasyprint")
    configuration = FontConfiguration()

    def make() -> bytes:
        made: bytes = HTML(string=html(), base_url=str(HERE)).write_pdf(font_config=configuration)
        return made

    return make


def _ours(kilobytes: int, outcomes: int, draft: bool) -> Callable[[], bytes]:
    from views.pdf import render

    data, engine = story(kilobytes, outcomes, draft), render.engine()
    return lambda: engine("ersa.pdf.html", data).pdf


def preview(kilobytes: int, outcomes: int) -> Callable[[], bytes]:
    """What a preview costs."""
    return _ours(kilobytes, outcomes, draft=True)


def submitted(kilobytes: int, outcomes: int) -> Callable[[], bytes]:
    """What a submission costs: contents, page numbers, shaping, tags."""
    return _ours(kilobytes, outcomes, draft=False)


def by_hand(kilobytes: int, outcomes: int) -> Callable[[], bytes]:
    """ReportLab by hand, with contents."""
    from bench import by_hand

    return by_hand.maker(story(kilobytes, outcomes), contents=True)


def by_hand_once(kilobytes: int, outcomes: int) -> Callable[[], bytes]:
    """ReportLab by hand, without contents."""
    from bench import by_hand

    return by_hand.maker(story(kilobytes, outcomes), contents=False)


ENGINES = {
    "xhtml2pdf as it comes": plain,
    "ours, preview": preview,
    "ours, submitted": submitted,
    "platypus by hand": by_hand,
    "platypus by hand, no contents": by_hand_once,
    "WeasyPrint": weasyprint,
}


def main() -> None:
    """Answer "go" with (CPU seconds, wall seconds, peak memory in MB, the PDF) until the pipe closes."""
    pipe = Connection(int(sys.argv[1]))
    make = ENGINES[sys.argv[2]](int(sys.argv[3]), int(sys.argv[4]))
    make()
    gc.collect()
    gc.freeze()  # for all of them alike
    pipe.send("ready")
    while True:
        try:
            pipe.recv()
        except EOFError:
            return
        cpu, wall = time.process_time(), time.perf_counter()
        made = make()
        spent = time.process_time() - cpu, time.perf_counter() - wall
        pipe.send((*spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, made))


if __name__ == "__main__":
    main()
