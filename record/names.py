"""Folds names so that a search finds them however their accents, case and marks are typed."""

import unicodedata

# Letters that stand for themselves in Unicode, so that taking marks away leaves them as they are.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n"}
)


def fold(text: str) -> str:
    """Words of ``text`` in lower case without marks or punctuation, each after a space: `` lukasz ozturk``.

    The space before the first word lets a search for `` ozt`` find the beginnings of words only.
    """
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    kept = (c for c in unicodedata.normalize("NFKD", plain) if not _mark(c))
    words = "".join(c if c.isalnum() or unicodedata.category(c) == "Mc" else " " for c in kept).split()
    return " " + " ".join(words) if words else ""


def _mark(character: str) -> bool:
    """A mark above or below a letter, or an apostrophe: O’Neill is written ONeill as well."""
    return unicodedata.category(character) == "Mn" or character in "'’‘ʼ`´"
