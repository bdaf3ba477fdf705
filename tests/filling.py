"""What somebody types into each question of the form, and how it gets into the page.

Worked out from the form itself, so that a question added to it is filled in without a word here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from playwright.sync_api import Locator, Page, expect

from record import clock, identifiers
from record.form import Field, Rows, Section, Tab
from record.kinds import Choice, Choices, Date, LongText, Number, Text, Tick, say_date

TWICE = 2  # entries in each list: what many rules of the form ask for

# Answers that must agree with one another, or with the wish that nothing is missing and every tab is asked.
CHOSEN = {
    "nc_year": "9",
    "team": "EP",
    "involvement": "current",
    "primary_need": "SLCN",
    "secondary_need": "ASD",
    "thresholds_checked": "yes",
    "parental_responsibility": "yes",
    "contact_restriction": "no",
    "same_address": "no",
    "family_agrees": "yes",
    "looked_after": "no",
}
CHECKED = {
    identifiers.upn: "V307400124001",
    identifiers.uln: "1000102504",
    identifiers.nhs_number: "9434765919",
    identifiers.postcode: "w5 2hl",
    identifiers.phone: "020 7946 0123",
}
ORIGINAL = "Bardzo lubi żółwie. ਉਹ ਚੰਗਾ ਗਾਉਂਦੀ ਹੈ। அவள் நன்றாகப் பாடுகிறாள். Вона любить їжаків."


@dataclass(frozen=True)
class Said:
    """One answer as it was typed, and the words by which anybody finds it again. ``key`` is its control's name."""

    key: str
    field: Field
    typed: str

    @property
    def stored(self) -> str:
        return self.field.kind.read(self.typed)

    @property
    def words(self) -> list[str]:
        return self.field.kind.show(self.stored).split()


class Words:
    """Words for one record: no two free texts are alike, and no two dates within a list either."""

    def __init__(self) -> None:
        self._number = count(1)

    def typed(self, field: Field, others: tuple[Field, ...], row: int) -> str:
        """What to type: for a choice, codes."""
        n, kind = next(self._number), field.kind
        mark = f"{field.name.replace('_', '')}{n}"
        if isinstance(kind, Text):
            if kind.check is identifiers.email:
                return f"{mark}@school.example"
            return CHECKED[kind.check] if kind.check else f"{mark} Zoë, W7"[: kind.most]
        if isinstance(kind, LongText):
            return f"{mark} begins here.\n\n“She tries hard”, says Mrs O’Neill. {ORIGINAL}"
        if isinstance(kind, Date):
            return self._date(field.name, n, row)
        if isinstance(kind, Number):
            return f"{kind.prefix}{min(kind.most, kind.least + 2 * row + n % 7):,g}"
        if isinstance(kind, Choice):
            return chosen(field, others, row)
        return " ".join(kind.options) if isinstance(kind, Choices) else "yes"

    @staticmethod
    def _date(name: str, n: int, row: int) -> str:
        """A day of the last year, as one or another person writes it; what ends comes after its start."""
        starts, ends = ("cycle_start", "attended_from"), ("cycle_review", "attended_to")
        ago = 300 - row if name in starts else 100 - row if name in ends else 30 + n % 200
        day = clock.today() - timedelta(days=ago)
        return (say_date(day), f"{day.day} {day.month} {day.year}", f"{day:%d/%m/%y}")[n % 3]


def chosen(field: Field, others: tuple[Field, ...], row: int) -> str:
    """The answer that stays: one that leads to further questions, where there are any."""
    assert isinstance(field.kind, Choice)
    options = list(field.kind.options)
    if CHOSEN.get(field.name) in options:
        return CHOSEN[field.name]
    leading = [code for o in others if o.when and o.when.field == field.name for code in o.when.values]
    return leading[0] if leading else options[row % len(options)]


class Filler:
    """Fills in the tab that ``page`` is on, as its person would. ``said`` is everything typed so far."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[Said] = []
        self.entries: dict[str, list[str]] = {}
        self._words = Words()

    def tab(self, tab: Tab) -> None:
        """Every question of every section, and each list twice."""
        for part in tab.parts:
            if isinstance(part, Section):
                self._fields(part.fields)
            else:
                for row in range(TWICE):
                    self._fields(part.fields, self.add(part) + ".", row)

    def add(self, rows: Rows) -> str:
        """Press the list's Add; the new entry's identifier."""
        press = self.page.locator(f'button[id="{rows.name}"]')
        entry = str(press.get_attribute("value"))
        press.click()
        expect(self.page.locator(f'[id="entry-{entry}"]')).to_be_visible()
        self.entries.setdefault(rows.name, []).append(entry)
        return entry

    def _fields(self, fields: tuple[Field, ...], prefix: str = "", row: int = 0) -> None:
        ours = {f.name: Said(prefix + f.name, f, self._words.typed(f, fields, row)) for f in writable(fields)}
        for said in ours.values():
            box = self.box(said.key)
            if box.is_visible():
                put(box, said)
                continue
            # asked only upon another answer: give that, write, and come back to what stays
            when = said.field.when
            assert when, f"{said.key} is on the page but hidden"
            other = ours[when.field]
            put(self.box(other.key), Said(other.key, other.field, when.values[0]))
            put(box, said)
            put(self.box(other.key), other)
        self.said += ours.values()

    def box(self, key: str) -> Locator:
        """All that belongs to one question."""
        return self.page.locator(f'[id="f-{key}"]')


def writable(fields: tuple[Field, ...]) -> Iterator[Field]:
    """The questions that a person answers here."""
    return (f for f in fields if not f.locked and not f.automatic)


def put(box: Locator, said: Said) -> None:
    """Give one answer, by keyboard or mouse."""
    kind = said.field.kind
    if isinstance(kind, Choice) and kind.many:
        box.locator("select").select_option(said.typed)
    elif isinstance(kind, Choice | Choices | Tick):
        for code in said.typed.split():
            box.locator(f'input[value="{code}"]').check()
    else:
        box.locator("input[type=text], textarea").fill(said.typed)
