"""The fonts that the paper carries: which characters each can draw, and which of them one document needs."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import uharfbuzz

FOLDER = Path(__file__).parent / "fonts"

BASE = "NotoSans"
# After the base font, in the order in which they are asked for a character that it lacks.
_OTHERS = (
    "NotoSansArabic",
    "NotoSansGurmukhi",
    "NotoSansDevanagari",
    "NotoSansTamil",
    "NotoSansBengali",
    "NotoSansGujarati",
    "NotoSansSinhala",
    "NotoSansMalayalam",
    "NotoSansTelugu",
    "NotoSansKannada",
    "NotoSansEthiopic",
    "NotoSansArmenian",
    "NotoSansGeorgian",
    "NotoSansHebrew",
    "NotoSansSyriac",
    "NotoSansThaana",
    "NotoSansThai",
    "NotoSansLao",
    "NotoSansKhmer",
    "NotoSansMyanmar",
    "NotoSansKR",
    "NotoSansSC",
    "NotoSansHK",
    "NotoSansJP",
    "NotoSansMath",
    "NotoSansSymbols2",
    "NotoSansSymbols",
    "NotoEmoji",
)
HAN_SHAPES = {"japanese": "NotoSansJP", "traditional": "NotoSansHK"}
"""The family asked first for Han characters of other shapes than mainland China's, by the class of such a paragraph."""
_JOINERS = {0x200C, 0x200D, 0x200E, 0x200F}
_PRIVATE = range(0xE000, 0xF900)


@dataclass(frozen=True)
class Font:
    """One family of the folder; `characters` are the code points its regular face can draw."""

    family: str
    regular: Path
    bold: Path | None
    characters: frozenset[int]


def _read(family: str) -> Font:
    regular = FOLDER / f"{family}-Regular.ttf"
    bold = FOLDER / f"{family}-Bold.ttf"
    drawn = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(regular))).unicodes
    # A font's private characters mean nothing outside it, and the shaping uses that area itself.
    characters = frozenset(code for code in drawn if code not in _PRIVATE and code >= 0x20)
    return Font(family, regular, bold if bold.exists() else None, characters)


@cache
def every() -> tuple[Font, ...]:
    """All fonts, the base font first."""
    return tuple(_read(family) for family in (BASE, *_OTHERS))


@cache
def _family_of(code: int) -> str | None:
    return next((font.family for font in every() if code in font.characters), None)


@cache
def drawable(character: str) -> bool:
    """Whether some font has a shape for `character`, or it needs none (spaces, joiners)."""
    return character.isspace() or ord(character) in _JOINERS or _family_of(ord(character)) is not None


def strange(text: str) -> set[str]:
    """The characters of `text` that no font has a shape for."""
    if text.isascii() and text.isprintable():
        return set()
    return {character for character in set(text) if not drawable(character)}


def printable(text: str) -> str:
    """`text` with each character that no font has shown as its code point, such as [U+1F9FF]."""
    unknown = strange(text)
    if not unknown:
        return text
    return text.translate({ord(character): f"[U+{ord(character):04X}]" for character in unknown})


def needed(text: str, shapes: Iterable[str] = ()) -> list[Font]:
    """The fonts that `text` needs, some of it in these HAN_SHAPES, the base font first; each costs time and memory."""
    families = {BASE, *(_family_of(ord(character)) for character in set(text)), *(HAN_SHAPES[it] for it in shapes)}
    return [font for font in every() if font.family in families]


def css(fonts: Iterable[Font]) -> str:
    """The `@font-face` rules of `fonts` and the rules that name them in order, with one for each of HAN_SHAPES."""
    chosen = list(fonts)
    rules = []
    for font in chosen:
        rules.append(f'@font-face {{ font-family: "{font.family}"; src: url("{font.regular}") }}')
        if font.bold:
            rules.append(f'@font-face {{ font-family: "{font.family}"; font-weight: bold; src: url("{font.bold}") }}')
    names = [font.family for font in chosen]
    rules.append(f"html, body {{ font-family: {_stack(names)} }}")
    for shape, family in HAN_SHAPES.items():
        if family in names:
            first = [names[0], family]
            rules.append(f".{shape} {{ font-family: {_stack([*first, *(n for n in names if n not in first)])} }}")
    return "\n".join(rules)


def _stack(families: Iterable[str]) -> str:
    return ", ".join(f'"{family}"' for family in families)


def runs(text: str, faces: Sequence[str], covers: dict[str, frozenset[int]]) -> list[tuple[str, str]]:
    """Cut `text` into (run, face), each run the longest that one face draws, the first of `faces` that can.

    Marks, joiners and signs that several scripts share stay with the letters before them where their face has
    them: a vowel sign in another font than its letter cannot be shaped with it. `covers` maps faces to code
    points.
    """
    found: list[tuple[str, str]] = []
    start, current = 0, ""
    for index, character in enumerate(text):
        code = ord(character)
        shapeless = code in _JOINERS or character.isspace()
        if index and _clings(character) and (shapeless or code in covers[current]):
            continue
        chosen = next((face for face in faces if code in covers[face]), current or faces[0])
        if not current:
            current = chosen
        elif chosen != current:
            found.append((text[start:index], current))
            start, current = index, chosen
    if text:
        found.append((text[start:], current or faces[0]))
    return found


def _clings(character: str) -> bool:
    """Whether `character` is drawn in the font of the one before it, if that has it."""
    return (
        character.isspace()
        or ord(character) in _JOINERS
        or character in "।॥"
        or unicodedata.category(character)[0] == "M"
    )
