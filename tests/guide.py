"""The pictures of the guide: ``python -m tests.guide`` (``make guide``) takes them anew from the running product.

Beside them lies what each page said where its picture was taken, so that a test can tell when they are stale.
"""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page, expect

from tests.fixtures_browser import Windows, need
from tests.fixtures_server import HERE, Portal
from tests.reading_pdf import red_lines
from tests.walk import Walk
from views import STATIC

FOLDER = STATIC / "guide"
MANIFEST = FOLDER / "manifest.json"
README = HERE / "docs" / "record.png"
MARGIN = 12  # pixels of the page around what is pictured
PAPER = (0.06, 0.06, 0.94, 0.695)  # of a page: left, top, right, bottom of what the guide shows
COLOURS = 128
# A picture is the same as before: dots by which it may grow, dots looked at as one, share of these that may differ.
GROWN, AFAR, FAR = 12, 8, 0.005
SPOILT_FAR = 0.06  # each code is another

# What an element says to who sees it, perhaps only in the window: its texts and what its controls hold, line by line.
SAYS = """(element, inWindow) => {
    const said = [];
    const seen = e => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.govuk-visually-hidden')
        && !(inWindow && e.getBoundingClientRect().top > innerHeight);
    const walk = node => {
        if (node.nodeType === Node.TEXT_NODE) { said.push(node.data); return; }
        if (node.nodeType !== Node.ELEMENT_NODE || !seen(node)) return;
        if (node.matches('select')) said.push(node.selectedOptions[0]?.text ?? '');
        else if (node.matches('input[type=checkbox], input[type=radio]')) said.push(node.checked ? '(chosen)' : '');
        else if (node.matches('textarea, input')) said.push(/password|file/.test(node.type) ? '' : node.value);
        else for (const child of node.childNodes) walk(child);
    };
    walk(element);
    return said;
}"""
# Where it stands: of a heading or paragraph the words, of a dialog no more than itself.
BOUNDS = """(element, margin) => {
    const words = document.createRange();
    words.selectNodeContents(element);
    const box = (/^(H\\d|P)$/.test(element.tagName) ? words : element).getBoundingClientRect();
    const around = element.matches('dialog') ? 0 : margin;
    return [box.left - around, box.top - around, box.right + around, box.bottom + around];
}"""
# Draws on the page, beside what it says and without moving it.
MARK = """element => {
    element.style.outline = '4px solid #d4351c';
    element.style.outlineOffset = '2px';
}"""
UNMARK = "element => { element.style.outline = element.style.outlineOffset = ''; }"
SPOIL = """element => {
    const box = element.getBoundingClientRect(), band = document.createElement('div');
    Object.assign(band.style, { position: 'absolute', left: box.left + scrollX + 'px', width: box.width + 'px',
        top: box.top + scrollY + box.height * .3 + 'px', height: box.height * .4 + 'px', background: '#fff',
        border: 'solid #d4351c', borderWidth: '4px 0', boxSizing: 'border-box', display: 'grid', placeItems: 'center',
        font: 'bold 30px sans-serif', color: '#d4351c' });
    band.textContent = 'Example';
    document.body.append(band);
}"""
# What is another each day: days and times, references, numbers, codes, how far off a day is, holidays passed over; and
# how large a PDF is that prints them.
CHANGING = re.compile(
    r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?\d{1,2} (January|February|March|April|May|June|July|August|September|October|"
    r"November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b( \d{4})?( at \d\d:\d\d)?"
    r"|\b[A-Z]\d{11}[A-Z\d]\b|\d{1,2}/\d{1,2}/\d{4}|\b\d\d:\d\d\b|\bERSA-\d+|\b\d{4,}\b"
    r"|\bin (a|\d+) (day|minute|hour|second)s?\b|\b(a|\d+) (day|minute|hour|second)s? (ago|late)\b"
    r"|\b(today|tomorrow|yesterday|just now)\b|\d+ min \d+ s\b|\b\d+ seconds\b|\b\d+ KB\b"
)
HOLIDAYS = re.compile(r" \(not counting the bank holidays?[^)]*\)")


def lasting(lines: list[str]) -> list[str]:
    """The lines without what is another each day."""
    words = (CHANGING.sub("…", HOLIDAYS.sub("", " ".join(line.split()))) for line in lines)
    return [line for line in words if re.search(r"[^\W\d]", line)]  # no bare counts: another day brings other cases


def around(parts: list[Locator]) -> dict[str, float]:
    """The part of the window that holds them all, with a margin."""
    bounds = [part.evaluate(BOUNDS, MARGIN) for part in parts]
    left, top = (max(0, min(box[side] for box in bounds)) for side in (0, 1))
    right, bottom = (max(box[side] for box in bounds) for side in (2, 3))
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


class Notes:
    """The camera of the test: takes no picture, and notes what would be on each."""

    sharpness = 1.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: dict[str, list[str]] = {}

    def take(self, name: str, *parts: Locator, point: Locator | None = None, spoil: Locator | None = None) -> None:
        single = [one for part in parts for one in part.all()]
        assert single, f"{name}: nothing of what it shows is on the page"
        expect(single[0].page.locator("[data-state=dirty], [data-state=saving]")).to_have_count(0)
        for one in single:
            assert one.is_visible(), f"{name}: {one} is not to be seen"
        self.seen[name] = lasting([line for one in single for line in one.evaluate(SAYS)])
        self.draw(name, single, point, spoil)

    def paper(self, name: str, content: bytes) -> None:
        self.seen[name] = lasting(red_lines(content, self.folder))

    def whole(self, name: str, page: Page) -> None:
        self.seen[name] = lasting(page.locator("#app").evaluate(SAYS, True))

    def draw(self, name: str, parts: list[Locator], point: Locator | None, spoil: Locator | None) -> None:
        """A picture, in the camera that takes them."""


class Album(Notes):
    """The camera of `make guide`: keeps pictures and manifest in ``static/guide``. One that shows the same stays."""

    sharpness = 1.5

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        FOLDER.mkdir(exist_ok=True)
        self.known: dict[str, Any] = json.loads(MANIFEST.read_text()) if MANIFEST.exists() else {}
        self.sizes: dict[str, tuple[int, int]] = {}

    def draw(self, name: str, parts: list[Locator], point: Locator | None, spoil: Locator | None) -> None:
        page = parts[0].page
        page.mouse.move(0, 0)
        page.evaluate("() => document.activeElement?.blur()")
        if spoil:
            spoil.evaluate(SPOIL)
        if point:
            point.evaluate(MARK)
        shown = [*parts, point] if point else parts
        clip, shot = None, b""
        while clip != (clip := around(shown)):  # a list above it may have grown meanwhile
            shot = page.screenshot(clip=clip, animations="disabled")  # type: ignore[arg-type]
        if point:
            point.evaluate(UNMARK)
        self.keep(name, Image.open(io.BytesIO(shot)), far=SPOILT_FAR if spoil else FAR)

    def paper(self, name: str, content: bytes) -> None:
        super().paper(name, content)
        path = self.folder / "paper.pdf"
        path.write_bytes(content)
        subprocess.run(
            [need("pdftoppm"), "-r", "110", "-png", "-f", "1", "-l", "1", path, path.with_suffix("")], check=True
        )
        page = Image.open(next(self.folder.glob("paper-*.png")))
        left, top, right, bottom = (int(part * (page.height if n % 2 else page.width)) for n, part in enumerate(PAPER))
        self.keep(name, page.crop((left, top, right, bottom)))

    def whole(self, name: str, page: Page) -> None:
        super().whole(name, page)
        page.mouse.move(0, 0)
        shot = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        if not (README.exists() and self.same(name, shot, README)):
            shot.quantize(COLOURS).save(README, optimize=True)

    def keep(self, name: str, picture: Image.Image, far: float = FAR) -> None:
        picture = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
        path = FOLDER / f"{name}.webp"
        if path.exists() and self.same(name, picture, path, far):
            self.sizes[name] = self.known[name]["width"], self.known[name]["height"]
            return
        self.sizes[name] = (round(picture.width / self.sharpness), round(picture.height / self.sharpness))
        picture.save(path, "WEBP", lossless=True, quality=100, method=6)

    def same(self, name: str, picture: Image.Image, path: Path, far: float = FAR) -> bool:
        """Whether the picture kept there says the same, and looks it but for dates and codes.

        Looked at from afar: another date is another grey, and moves what stands beside it by a hair.
        """
        with Image.open(path) as kept:
            size = min(kept.width, picture.width), min(kept.height, picture.height)
            grown = max(abs(kept.width - picture.width), abs(kept.height - picture.height))
            if grown > GROWN or self.known.get(name, {}).get("text") != self.seen[name]:
                return False
            old, new = (
                one.convert("RGB").crop((0, 0, *size)).resize((size[0] // AFAR, size[1] // AFAR), Image.Resampling.BOX)
                for one in (kept, picture)
            )
            levels = ImageChops.difference(old, new).convert("L").histogram()
        return sum(levels[32:]) <= far * old.width * old.height

    def close(self) -> None:
        """Write the manifest, and remove pictures that nothing shows any more."""
        told = {
            name: {"width": self.sizes[name][0], "height": self.sizes[name][1], "text": text}
            if name in self.sizes
            else {"text": text}
            for name, text in self.seen.items()
        }
        MANIFEST.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for path in FOLDER.glob("*.webp"):
            if path.stem not in told:
                path.unlink()


def test_the_pictures_are_taken(windows: Windows, portal: Portal, album: Album, tmp_path: Path) -> None:
    Walk(windows, portal, album, tmp_path).all()
    album.close()  # of a walk that stopped nothing is removed


class Taking:
    """Gives the run above its camera."""

    @pytest.fixture
    def album(self, tmp_path: Path) -> Album:
        return Album(tmp_path)


if __name__ == "__main__":
    sys.exit(
        pytest.main([__file__, "-q", "--reruns=0", "--disable-warnings", "-p", "no:cacheprovider"], plugins=[Taking()])
    )
