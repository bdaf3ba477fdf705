"""An ERSA to measure with: every question answered, with as much free text and as many outcomes as asked for."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from record import VNOV22, codes
from record.form import Answers, Field, Row
from record.kinds import Choice, Choices, Date, LongText, Number
from routes.ersa import Sent, Written, ersa

WORDS = (
    "he she they reads writes listens speaks a the and with without after before during lunch lesson morning support "
    "adult small group picture cards sentence letter sound number counting friend playground calm quiet loud corridor "
    "needs help repeat instruction slowly again every day week term progress slow steady anxious happy proud falls "
    "behind ahead of his her peers class teacher therapist programme twenty minutes twice weekly reviewed by parents"
).split()
_OUTCOME = 200  # characters of free text in each outcome


def prose(characters: int, chance: random.Random) -> str:
    """Sentences in paragraphs of a few hundred characters, about `characters` in all."""
    paragraphs: list[str] = []
    written = 0
    while written < characters:
        sentences = [
            " ".join(chance.choices(WORDS, k=chance.randint(7, 18))).capitalize() + "."
            for _ in range(chance.randint(2, 5))
        ]
        paragraphs.append(" ".join(sentences))
        written += len(paragraphs[-1]) + 1
    return "\n".join(paragraphs)[:characters].strip()


def story(kilobytes: int = 20, outcomes: int = 30, draft: bool = True) -> dict[str, Any]:
    """What `ersa.pdf.html` is given for a child with that much free text in all, and so many outcomes."""
    chance = random.Random(6)  # noqa: S311
    sections = [f for tab in VNOV22.tabs for section in tab.sections for f in section.fields]
    lists = {rows.name: rows for tab in VNOV22.tabs for rows in tab.lists}
    counts = {name: outcomes if name == "outcomes" else 1 for name in lists}
    long = sum(isinstance(f.kind, LongText) for f in sections)
    long += sum(isinstance(f.kind, LongText) for r in lists.values() if r.name != "outcomes" for f in r.fields)
    share = max(50, (kilobytes * 1000 - outcomes * _OUTCOME) // long)

    def filled(fields: Any, characters: int) -> Mapping[str, str]:
        return {f.name: _answer(f, characters, chance) for f in fields}

    answers = {**filled(sections, share), "first_name": "Zuzanna", "surname": "Kowalczyk", "dob": "2010-05-05"}
    answers |= {"setting_name": "Brentmere Primary School", "nc_year": "11"}
    if draft:
        answers |= {"reason": "", "primary_need": "", "no_views_reason": ""}
    rows = {
        name: [
            Row(
                f"{name}-{n}",
                filled(r.fields, _OUTCOME // 2 if name == "outcomes" else share),
                "Amina Yusuf",
                "Schools",
                "3 November 2026",
            )
            for n in range(counts[name])
        ]
        for name, r in lists.items()
    }
    for number, row in enumerate(rows["outcomes"]):
        row.answers["team"] = list(codes.TEAMS)[number % 6]
    sent = None if draft else Sent("Amina Yusuf, SENCO", datetime(2026, 11, 24, 10, 42, tzinfo=UTC))
    whole = Answers(answers, rows, date(2026, 11, 24))
    written = Written({tab.name: "Amina Yusuf, 3 November 2026" for tab in VNOV22.tabs}, ("Amina Yusuf", "Daljit Kaur"))
    name = "Ealing Request for Statutory Assessment of Education, Health and Care needs"
    return ersa("Ealing Council", name, VNOV22, whole, "ERSA-000041", sent, written)


def _answer(field: Field, characters: int, chance: random.Random) -> str:
    kind = field.kind
    if isinstance(kind, LongText):
        return prose(min(characters, kind.most), chance)
    if isinstance(kind, Choice):
        return chance.choice(list(kind.options))
    if isinstance(kind, Choices):
        return " ".join(list(kind.options)[:2])
    if isinstance(kind, Date):
        return "2026-03-27"
    if isinstance(kind, Number):
        return "12"
    return " ".join(chance.choices(WORDS, k=3)) if field.name != "yes" else "yes"
