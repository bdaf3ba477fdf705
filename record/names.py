"""Folds names so that they are found however their accents, case and marks are typed, and stand in a sensible order."""

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


def filed(surname: str, *others: str) -> str:
    """What a child is found and put in order by: the folded surname, and after two spaces the other names.

    The second space is before every letter, so that `` ali  zed`` comes before `` ali khan  al``.
    """
    rest = fold(" ".join(others))
    return f"{fold(surname)} {rest}" if rest else fold(surname)


def _mark(character: str) -> bool:
    """A mark above or below a letter, or an apostrophe: O’Neill is written ONeill as well."""
    return unicodedata.category(character) == "Mn" or character in "'’‘ʼ`´"
