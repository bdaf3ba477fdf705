"""What people typed or pasted, cleaned for print and cut into paragraphs; no word is dropped."""

import re
import unicodedata
from functools import cache

# Control characters, lone surrogates, and direction overrides: a page must read as it was typed.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffb\ufffe\uffff\ufeff\ud800-\udfff\u202a-\u202e\u2066-\u206f]"
)
# Line ends of other systems, characters with no shape, and Word's private bullets.
_REPLACED = str.maketrans(
    {
        "\t": " ",
        "\x0b": "\n",
        "\x0c": "\n",
        "\x85": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
        "\u00ad": None,
        "\u034f": None,
        "\u180e": None,
        "\u200b": None,
        "\u2060": None,
        "\uf0b7": "\u2022",
        "\uf0a7": "\u25aa",
        "\uf0d8": "\u203a",
        "\uf0fc": "\u2713",
        "\uf06f": "\u25cb",
        "\uf0a8": "\u25a1",
        "\uf0e0": "\u2192",
    }
)
# Skin tones, variation selectors, frames of keys and joiners between emoji: the people and things themselves stay.
_EMOJI_MODIFIERS = re.compile(
    "[\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
    "|(?<=[\u2190-\u2bff\U0001f000-\U0001faff])\u200d"
)
# A flag of England, Scotland, Wales or Texas: a black one, with unseen letters after it.
_REGIONAL_FLAG = re.compile("\U0001f3f4((?:[\U000e0030-\U000e0039\U000e0061-\U000e007a])+)\U000e007f")
_FANCY_LETTERS = re.compile("[\U0001d400-\U0001d7ff]+")
# First group: letters written from right to left.
_STRONG = re.compile(
    "[A-Za-z\u00aa-\u02af\u0370-\u058f\u0900-\u1fff\u2c00-\ud7ff]|([\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc])"
)
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HANGUL = re.compile("[\u3131-\u318e\uac00-\ud7a3]")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

LONGEST_PARAGRAPH = 4000
"""Characters. Layout takes time with the square of a paragraph's length: a longer one is cut at a space."""


def _flag(found: re.Match[str]) -> str:
    """The letters of a flag's region, as a country's flag is printed: ENG for England."""
    region = "".join(chr(ord(tag) - 0xE0000) for tag in found[1]).removeprefix("gb")
    return "".join(chr(0x1F1E6 + ord(letter) - ord("a")) if letter.isalpha() else letter for letter in region)


def clean(text: object) -> str:
    """`text` (None is empty) in Unicode's composed form, lines ended by "\\n", without the unprintable."""
    typed = "" if text is None else str(text)
    if typed.isascii() and typed.isprintable():  # as nearly all answers are
        return typed
    typed = typed.replace("\r\n", "\n").replace("\r", "\n").translate(_REPLACED)
    typed = _FANCY_LETTERS.sub(lambda found: unicodedata.normalize("NFKC", found.group(0)), typed)
    typed = _REGIONAL_FLAG.sub(_flag, _UNPRINTABLE.sub("", typed))
    typed = _EMOJI_MODIFIERS.sub("", typed)
    return unicodedata.normalize("NFC", typed)


def lines(text: str) -> list[str]:
    """The non-empty lines of cleaned `text`, each at most LONGEST_PARAGRAPH characters."""
    found = []
    for line in text.split("\n"):
        rest = line.strip()
        while len(rest) > LONGEST_PARAGRAPH:
            space = rest.rfind(" ", LONGEST_PARAGRAPH // 2, LONGEST_PARAGRAPH)
            cut = space if space > 0 else LONGEST_PARAGRAPH
            found.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip()
        if rest:
            found.append(rest)
    return found


def right_to_left(text: str) -> bool:
    """Whether the first letter of `text` belongs to a right-to-left script (Unicode annex 9, rule P2)."""
    strong = _STRONG.search(text)
    return bool(strong and strong.group(1))


def unspaced(text: str) -> bool:
    """Whether `text` is mostly of scripts without spaces between words, so that lines may end anywhere."""
    return len(_UNSPACED.findall(text)) * 3 > len(text)


def han_shapes(text: str, language: str = "") -> str:
    """Whose shapes the Han characters of `text` get: "japanese", "traditional", or "" for those of mainland China.

    `language` is its BCP 47 tag where that is known. Unicode has one code for what is written differently in Japan, in
    Hong Kong and Taiwan, and in Beijing; which it is, other characters of the same text tell: kana, or those that only
    one of the two ways to write Chinese has. Korea writes Han, where it still does, in the older shapes.
    """
    if not _HAN.search(text):
        return ""
    known, _, region = language.partition("-")
    if known == "ja" or (known in ("", "und") and _KANA.search(text)):
        return "japanese"
    if known in ("ko", "yue") or region in ("Hant", "HK", "MO", "TW") or _HANGUL.search(text):
        return "traditional"
    return "traditional" if sum(map(_leaning, text)) > 0 else ""


@cache
def _leaning(character: str) -> int:
    """1 for what only traditional Chinese writes, -1 for what only simplified does, 0 for all else."""
    return _in_code(character, "big5hkscs") - _in_code(character, "gb2312") if _HAN.match(character) else 0


def _in_code(character: str, code: str) -> bool:
    try:
        character.encode(code)
    except UnicodeEncodeError:
        return False
    return True
