"""What a form is made of: tabs of sections and lists, fields with a need, and what is still missing.

Valid is not complete: a kind refuses what cannot be stored; this module only reports what is not there yet.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import IntEnum
from typing import Any

from record import clock
from record.kinds import Kind


class Need(IntEnum):
    """How much a field matters on submission (three levels, lowest number is strictest)."""

    CORE = 1  # the law's small core: always blocks
    REQUIRED = 2  # blocks, unless submitted as incomplete with a reason
    WANTED = 3  # a warning, never a block
    OPTIONAL = 4


@dataclass(frozen=True)
class Row:
    """One entry of a list: a parent, a professional, a result. ``id`` is its entry's identifier."""

    id: str
    answers: Mapping[str, str]
    author: str = ""
    team: str = ""
    added: str = ""
    mine: bool = True

    def __getitem__(self, name: str) -> str:
        return self.answers.get(name, "")


@dataclass(frozen=True)
class Answers:
    """Everything stored for one record, as text; what is not there is the empty string."""

    answers: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    today: date = field(default_factory=clock.today)

    def __getitem__(self, name: str) -> str:
        return self.answers.get(name, "")

    def rows(self, name: str) -> Sequence[Row]:
        return self.lists.get(name, ())


@dataclass(frozen=True)
class If:
    """Holds when ``field`` has one of ``values`` (or, without values, any answer at all).

    As data rather than a function, because the page hides and shows a field by it too.
    """

    field: str
    values: tuple[str, ...] = ()

    def __call__(self, here: "Answers | Row", record: "Answers") -> bool:
        answer = here[self.field]
        return answer in self.values if self.values else bool(answer)


Condition = Callable[["Answers | Row", Answers], bool]


@dataclass(frozen=True)
class Field:
    """One question. ``when`` says when it is asked; ``needed_when`` when its need holds (else optional, and not on
    paper while it is empty).

    ``says`` is how its absence is put where the label alone would mislead ("Telephone or email").
    ``work_out`` fills an automatic field from the rest of the record. ``secret_when`` keeps the answer off
    paper; ``with_field`` names the field of which it is a part, so that this is said once.
    ``language_from`` names the field whose answer is the language these words are in.
    """

    name: str
    label: str
    kind: Kind
    need: Need = Need.OPTIONAL
    hint: str = ""
    when: If | None = None
    needed_when: Condition | None = None
    locked: bool = False  # held by the council: shown here, changed by asking SENAS
    automatic: bool = False  # filled by the portal itself
    says: str = ""
    work_out: Callable[[Answers], str] | None = None
    secret_when: Condition | None = None
    with_field: str = ""
    language_from: str = ""

    def answer(self, here: "Answers | Row", record: Answers) -> str:
        """What is stored, or what can be worked out where nothing is stored."""
        return here[self.name] or (self.work_out(record) if self.work_out else "")

    def asked(self, here: "Answers | Row", record: Answers) -> bool:
        return self.when is None or self.when(here, record) or bool(here[self.name])

    def applies(self, here: "Answers | Row", record: Answers) -> bool:
        """True where it is answered, or makes sense to be."""
        if self.answer(here, record):
            return True
        if self.automatic and self.need is Need.OPTIONAL:
            return False
        return self.asked(here, record) and (self.needed_when is None or self.needed_when(here, record))

    def lacking(self, here: "Answers | Row", record: Answers) -> bool:
        """True where an answer is wanted and there is none."""
        if self.need is Need.OPTIONAL or here[self.name] or (self.when and not self.when(here, record)):
            return False
        return self.needed_when is None or self.needed_when(here, record)


@dataclass(frozen=True)
class Section:
    """A heading and its questions."""

    name: str
    title: str
    fields: tuple[Field, ...]
    about: str = ""

    def every(self) -> Iterator[Field]:
        yield from self.fields


@dataclass(frozen=True)
class RowRule:
    """A check over the answers of one entry: ``field`` of it is where its link leads; ``says`` what to look at."""

    field: str
    says: str
    broken: Condition


@dataclass(frozen=True)
class Rows:
    """A list whose entries are added one by one. ``name`` is unique over the whole form.

    ``title_of`` is the fields whose answers name an entry; those in one string stand side by side:
    ``("first_name surname", "relationship")`` makes "Anna Kowalska, Mother". Without any, its ``opening`` names it.
    """

    name: str
    title: str
    singular: str
    fields: tuple[Field, ...]
    title_of: tuple[str, ...] = ()
    opening: str = ""  # the field whose first words tell an entry from others of the same name
    about: str = ""
    empty: str = "None added yet."
    most: int = 60
    ordered: bool = False
    own_only: bool = False  # an entry is changed only by its author's team
    one_each: bool = False  # each author has one entry at most
    ready_with: tuple[tuple[str, str], ...] = ()  # what an entry needs to be in the advice, and what to do for it
    team_field: str = ""  # begins with the team of whoever adds the entry
    beside: tuple[str, ...] = ()  # what an entry takes over that is added beside another's
    grouped_by: tuple[str, ...] = ()  # the fields by whose answers it can be grouped, the usual one first
    rules: tuple[RowRule, ...] = ()  # good to have, never asked for

    def every(self) -> Iterator[Field]:
        yield from self.fields

    def sort_of(self, row: Row, without: str = "") -> str:
        """The answers that name an entry; ``without`` one of them where its group's heading has said it."""
        return ", ".join(name for name in self._names(row, without) if name)

    def name_of(self, row: Row) -> str:
        """The same, but never without its first: how the text begins stands in for that."""
        first, *others = self._names(row) or [""]
        if self.opening and not first:
            first = first_words(row[self.opening])
        return ", ".join(name for name in (first, *others) if name)

    def called(self, row: Row, number: int, most: int = 40) -> str:
        """What tells an entry from the others: how its text begins, else its name, else its ``number``, if any."""
        begins = first_words(row[self.opening], most) if self.opening else ""
        return begins or self.name_of(row) or (f"{self.singular} {number}" if number else self.singular)

    def _names(self, row: Row, without: str = "") -> list[str]:
        fields = {f.name: f for f in self.fields}
        return [
            " ".join(words for n in group.split() if (words := fields[n].kind.show(row[n])))
            for group in self.title_of
            if group != without
        ]

    def unfinished(self, row: Row) -> str:
        """Why an entry is not in the advice yet and what to do about it, in words; empty when it is."""
        todo = [what for name, what in self.ready_with if not row[name].strip()]
        return f"Not yet in the advice: {', '.join(todo[:-1])}{' and ' if todo[1:] else ''}{todo[-1]}." if todo else ""


def first_words(text: str, most: int = 40) -> str:
    """How a text begins, on one line, cut between words where it is longer than ``most`` characters."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    whole = line[:most].rpartition(" ")[0].rstrip(" ,;:.–—-")
    return f"{whole or line[: most - 1]}…"


@dataclass(frozen=True)
class Rule:
    """A check over several answers. ``field`` is where its link leads; ``says`` what is missing.

    ``about`` are all the fields it speaks of, where paper shall show each of them as not given.
    """

    field: str
    says: str
    broken: Callable[[Answers], bool]
    need: Need = Need.WANTED
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tab:
    """One tab of the record; its name is its URL segment, its module, its DOM id."""

    name: str
    title: str
    parts: tuple[Section | Rows, ...] = ()
    about: str = ""
    rules: tuple[Rule, ...] = ()
    applies: Callable[[Answers], bool] = lambda record: True
    adviser_may_write: bool = False
    written_by: tuple[str, ...] = ()  # the teams that write it; empty for a tab that is not one team's

    @property
    def sections(self) -> tuple[Section, ...]:
        return tuple(p for p in self.parts if isinstance(p, Section))

    @property
    def lists(self) -> tuple[Rows, ...]:
        return tuple(p for p in self.parts if isinstance(p, Rows))


@dataclass(frozen=True)
class Missing:
    """One thing still missing. ``key`` is the field's address (``reason`` or ``<entry>.first_name``).

    ``what`` is it in words, ``where`` the entry of a list that it is missing from.
    """

    need: Need
    tab: str
    section: str
    key: str
    what: str
    where: str = ""

    @property
    def says(self) -> str:
        return f"{self.what} ({self.where})" if self.where else self.what

    def details(self) -> dict[str, Any]:
        """As a submission keeps it, in the words of that day."""
        return {**asdict(self), "says": self.says}


def said(missing: Iterable[Missing]) -> list[str]:
    """What is missing in words: once, with all entries it is missing from."""
    found: dict[str, list[str]] = {}
    for it in missing:
        found.setdefault(it.what, []).append(it.where)
    return [f"{what} ({'; '.join(where)})" if any(where) else what for what, where in found.items()]


def missing(tab: Tab, record: Answers) -> list[Missing]:
    """What ``tab`` still lacks, in the order of the page. Empty for a tab that does not apply."""
    if not tab.applies(record):
        return []
    found = []
    for part in tab.parts:
        if isinstance(part, Section):
            found += [
                Missing(f.need, tab.name, part.title, f.name, f.says or f.label)
                for f in part.fields
                if f.lacking(record, record)
            ]
            continue
        for number, row in enumerate(record.rows(part.name), 1):
            where = first_words(part.called(row, number), 80)
            found += [
                Missing(f.need, tab.name, part.title, f"{row.id}.{f.name}", f.says or f.label, where)
                for f in part.fields
                if f.lacking(row, record)
            ]
            found += [
                Missing(Need.WANTED, tab.name, part.title, f"{row.id}.{r.field}", r.says, where)
                for r in part.rules
                if r.broken(row, record)
            ]
    found += [Missing(r.need, tab.name, "", r.field, r.says) for r in tab.rules if r.broken(record)]
    return found


@dataclass(frozen=True)
class Form:
    """A version of the form, such as ``VNOV22``; a record keeps the version it was started on."""

    version: str
    title: str
    tabs: tuple[Tab, ...]
    appendices: tuple[Tab, ...] = ()  # advice beside the form itself: never part of what is submitted or missing
    narrow: bool = False  # only what somebody sees who is asked for advice and for nothing else
    report: str = ""  # what the report that submits it is called

    @property
    def every_tab(self) -> tuple[Tab, ...]:
        return self.tabs + self.appendices

    def asked_for(self, appendices: Collection[str], whole: bool) -> "Form":
        """The form as somebody sees it who is asked for these appendices.

        All tabs to read where the ``whole`` request may be read, else the personal details; to write in, the
        appendices and the outcomes of their own team.
        """
        tabs = (t for t in self.tabs if whole or t.name in ("personal", "outcomes"))
        return replace(
            self,
            tabs=tuple(replace(t, adviser_may_write=t.name == "outcomes") for t in tabs),
            appendices=tuple(t for t in self.appendices if t.name in appendices),
            narrow=not whole,
        )

    def tab(self, name: str) -> Tab | None:
        return next((t for t in self.every_tab if t.name == name), None)

    def shown(self, record: Answers) -> list[Tab]:
        return [t for t in self.tabs if t.applies(record)]

    def numbered(self, record: Answers) -> list[tuple[int, Tab]]:
        """Those, each with the number it has on every paper."""
        return list(enumerate(self.shown(record), 1))

    def field(self, tab: Tab, list_name: str, name: str) -> Field | None:
        """That field of ``tab``: of its sections where ``list_name`` is empty, else of that list."""
        for part in tab.parts:
            if (isinstance(part, Rows) and part.name == list_name) or (isinstance(part, Section) and not list_name):
                for f in part.fields:
                    if f.name == name:
                        return f
        return None

    def missing(self, record: Answers) -> list[Missing]:
        return [m for tab in self.tabs for m in missing(tab, record)]
