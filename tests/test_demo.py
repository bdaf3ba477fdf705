"""The demo: invented, complete, never stale, and loaded only into an empty database."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from migrations.demo import CAST
from migrations.demo.cast import COLLEAGUES
from migrations.demo.days import born, day_of
from migrations.demo.records import Record, read_records
from migrations.demo.register import read_register
from record import VNOV22, identifiers
from record.clock import LONDON, decision_due, is_working_day, receipt_due
from record.form import Missing, Need
from record.kinds import Refused
from record.years import number, number_by_age

SCHEMA = Path(__file__).parent.parent / "migrations" / "0001_portal.sql"
TODAY = datetime.now(LONDON).date()
DAYS = [TODAY - timedelta(days=31 * n) for n in range(13)]
PEOPLE = {person.username: person for person in (*CAST, *COLLEAGUES)}


def records(today: date = TODAY) -> dict[str, Record]:
    _, children = read_register(today)
    return {record.child.name: record for record in read_records(children, today)}


def lacking(record: Record, need: Need, today: date = TODAY) -> list[Missing]:
    return [m for m in record.form.missing(record.whole(PEOPLE, today)) if m.need <= need]


def texts(record: Record) -> Iterator[str]:
    yield from record.answers.values()
    for entry in record.entries:
        yield from entry.answers.values()


# ---------------------------------------------------------------- the people


def test_the_cast_is_the_eight_who_sign_in() -> None:
    assert [(p.username, p.role, p.team) for p in CAST] == [
        ("amina", "senco", "Schools"),
        ("ben", "senco", "Schools"),
        ("carys", "senco", "Schools"),
        ("daljit", "adviser", "SLT"),
        ("ewa", "adviser", "EP"),
        ("farah", "senas", "Early years and primary"),
        ("grace", "manager", "SENAS"),
        ("hassan", "ict", "ICT"),
    ]


def test_temporary_passwords_are_long_and_tell_nothing_of_the_person() -> None:
    passwords = [p.password for p in CAST]
    assert len(set(passwords)) == len(CAST)
    for person in CAST:
        assert len(person.password) >= 12
        assert not any(word.casefold() in person.password for word in (person.username, *person.name.split()))


def test_a_colleague_has_no_account() -> None:
    assert not any(person.password for person in COLLEAGUES)


# ---------------------------------------------------------------- nothing in it is anybody's


def test_nobody_can_be_reached_by_what_the_demo_says() -> None:
    settings, _ = read_register(TODAY)
    found = [p.phone for p in PEOPLE.values()] + [s.phone for s in settings]
    emails = [p.email for p in PEOPLE.values()] + [s.email for s in settings]
    for record in records().values():
        for text in texts(record):
            found += re.findall(r"\b0\d{2,4} \d{3,4} ?\d{3,4}\b", text)
            emails += re.findall(r"\S+@\S+", text)
    assert len(found) > 80
    assert all(re.fullmatch(r"020 7946 0\d{3}|07700 900\d{3}", phone) for phone in found), found
    assert len(emails) > 40
    assert all(email.endswith(".example") for email in emails)


def test_every_upn_and_nhs_number_is_well_formed_and_of_the_range_kept_for_tests() -> None:
    _, children = read_register(TODAY)
    upns = [child.upn for child in children if child.upn]
    assert all(identifiers.upn(upn) == upn and upn[1:4] == "307" for upn in upns)
    assert len(set(upns)) == len(upns)
    numbers = [r.answers["nhs_number"] for r in records().values() if "nhs_number" in r.answers]
    assert len(numbers) > 20
    assert len(set(numbers)) == len(numbers)
    assert all(n.startswith("999 ") for n in numbers)


def test_every_postcode_is_one_of_the_borough_s_districts() -> None:
    settings, children = read_register(TODAY)
    for place in (*settings, *children):
        assert identifiers.postcode(place.postcode) == place.postcode
        assert place.postcode.split()[0] in "W3 W5 W7 W13 NW10 UB1 UB2 UB5 UB6".split()


# ---------------------------------------------------------------- the children and their records


def test_there_are_enough_children_at_every_kind_of_setting() -> None:
    settings, children = read_register(TODAY)
    assert {s.kind for s in settings} == {"nursery", "primary", "high", "special", "college", "other"}
    at = Counter(child.setting.name for child in children)
    assert len(children) >= 48
    assert min(at.values()) >= 4
    assert at["Brentmere Primary School"] + at["St Oswin's High School"] > len(children) / 2
    assert len({(c.first_name, c.surname) for c in children}) == len(children)


def test_every_state_of_a_request_is_there_and_children_without_one() -> None:
    states = re.search(r"check \(status in \((.*?)\)\)", SCHEMA.read_text(encoding="utf-8"), re.DOTALL)
    assert states
    assert {r.status for r in records().values()} == set(re.findall(r"'(\w+)'", states[1]))
    _, children = read_register(TODAY)
    assert len({c.name for c in children} - set(records())) >= 15


def test_there_is_a_draft_of_every_degree() -> None:
    drafts = {name: r for name, r in records().items() if r.status == "draft"}
    count = {name: len(lacking(r, Need.REQUIRED)) for name, r in drafts.items()}
    assert not lacking(drafts["kacper"], Need.WANTED)
    assert not lacking(drafts["malachi"], Need.WANTED)
    assert count["abdirahman"] == count["mustafa"] == 1
    assert sum(5 < n < 15 for n in count.values()) >= 3
    assert sum(n >= 20 for n in count.values()) >= 3


def test_what_was_submitted_was_complete_or_says_why_not() -> None:
    submitted = [r for r in records().values() if r.status != "draft"]
    assert len(submitted) >= 15
    for record in submitted:
        assert not lacking(record, Need.CORE), record.child.name
        assert bool(lacking(record, Need.REQUIRED)) == bool(record.incomplete_reason), record.child.name
        assert record.received_at
    assert not any(r.received_at or r.incomplete_reason for r in records().values() if r.status == "draft")


def test_one_receipt_and_two_decisions_are_overdue() -> None:
    received = {r.child.name: r.received_at.astimezone(LONDON).date() for r in records().values() if r.received_at}
    late = {name for name, r in records().items() if r.status == "submitted" and receipt_due(received[name], 3) < TODAY}
    assert late == {"chloe"}
    late = {name for name, r in records().items() if r.status == "deciding" and decision_due(received[name]) < TODAY}
    assert late == {"jayden", "kornelia"}


def test_long_texts_are_there_and_no_paragraph_twice() -> None:
    told = records()
    assert sum(sum(map(len, texts(r))) >= 4_000 for r in told.values()) >= 10
    paragraphs = Counter(p for r in told.values() for text in texts(r) for p in text.split("\n\n") if len(p) > 100)
    assert len(paragraphs) > 300
    assert [p for p, times in paragraphs.items() if times > 1] == []


def test_parents_speak_in_their_own_scripts() -> None:
    scripts = {
        "Arabic": r"[\u0600-\u06ff]",
        "Gurmukhi": r"[\u0a00-\u0a7f]",
        "Gujarati": r"[\u0a80-\u0aff]",
        "Tamil": r"[\u0b80-\u0bff]",
        "Sinhala": r"[\u0d80-\u0dff]",
        "Devanagari": r"[\u0900-\u097f]",
        "Cyrillic": r"[\u0400-\u04ff]",
        "Japanese": r"[\u3040-\u30ff]",
        "emoji": r"[\U0001f300-\U0001faff]",
    }
    whole = "\n".join(text for r in records().values() for text in texts(r))
    assert [name for name, letters in scripts.items() if not re.search(letters, whole)] == []
    languages = {r.answers.get("parent_language", "") for r in records().values() if r.answers.get("parent_original")}
    assert len(languages) >= 12


def test_every_tab_and_every_list_is_filled_somewhere() -> None:
    told = records().values()
    asked = {f.name for tab in VNOV22.tabs for s in tab.sections for f in s.fields if not f.locked and not f.automatic}
    unused = asked - {name for r in told for name in r.answers}
    assert len(unused) < len(asked) / 20, unused
    for tab in VNOV22.tabs:
        for part in tab.lists:
            assert any(e.list == part.name for r in told for e in r.entries), part.name


@pytest.mark.parametrize("today", DAYS)
def test_the_demo_is_never_stale(today: date) -> None:
    _, children = read_register(today)
    for child in children:
        assert number_by_age(child.dob, today) == number(child.year), child.name
        assert child.dob < today
    told = records(today)
    assert not lacking(told["kacper"], Need.WANTED, today)
    assert len(lacking(told["abdirahman"], Need.REQUIRED, today)) == 1
    for record in told.values():
        assert "later than the start" not in str(lacking(record, Need.WANTED, today)), record.child.name
        if record.received_at:
            assert record.started_at < record.changed_at < record.received_at
            assert bool(lacking(record, Need.REQUIRED, today)) == bool(record.incomplete_reason), record.child.name


# ---------------------------------------------------------------- days and answers that cannot rot


def test_days_are_said_from_today_and_fall_on_working_days() -> None:
    tuesday = date(2026, 11, 24)
    assert day_of("today", tuesday, "3") == tuesday
    assert day_of("1 day ago", tuesday, "3") == date(2026, 11, 23)
    assert day_of("2 days ago", tuesday, "3") == date(2026, 11, 20)  # a Sunday: the Friday before
    assert day_of("3 weeks ago", tuesday, "3") == date(2026, 11, 3)
    assert day_of("in 2 months", tuesday, "3") == date(2027, 1, 22)
    assert day_of("start of R", tuesday, "3") == date(2023, 9, 6)
    assert day_of("end of 2", tuesday, "3") == date(2026, 7, 20)
    for days in range(400):
        assert is_working_day(day_of(f"{days} days ago", tuesday, "R"))


@pytest.mark.parametrize("said", ["yesterday", "3 weeks", "in 3 weeks ago", "start of spring", ""])
def test_a_day_the_demo_does_not_understand_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="“"):
        day_of(said, TODAY, "3")


def test_a_birthday_falls_in_the_school_year() -> None:
    assert born("31 August", "3", date(2026, 11, 24)) == date(2019, 8, 31)
    assert born("1 September", "3", date(2026, 11, 24)) == date(2018, 9, 1)
    assert born("1 September", "3", date(2026, 8, 31)) == date(2017, 9, 1)


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ('[answers]\nnhs_number = "999 001 0014"', "oliver.toml: nhs_number"),
        ('[answers]\nfavourite = "blue"', "oliver.toml: the form has no field favourite"),
        ('[answers]\nsurname = "Other"', "oliver.toml: surname"),
        ('[answers]\nstart_date = "lately"', "oliver.toml: start_date"),
        ('[[parents]]\nrelationship = "aunt"', "oliver.toml: relationship"),
        ('[[parents]]\ncolour = "red"', "oliver.toml: parents has no colour"),
        ('[[pets]]\nname = "Rex"', "oliver.toml: the form has no pets"),
    ],
)
def test_an_answer_the_form_does_not_take_is_refused_by_name(tmp_path: Path, lines: str, wrong: str) -> None:
    about = 'status = "draft"\nstarted_by = "amina"\nstarted = "3 days ago"\n'
    (tmp_path / "oliver.toml").write_text(about + lines, encoding="utf-8")
    _, children = read_register(TODAY)
    with pytest.raises(ValueError, match=re.escape(wrong)):
        read_records(children, TODAY, tmp_path)


def test_every_answer_reads_back_as_itself() -> None:
    kinds = {f.name: f.kind for tab in VNOV22.tabs for s in tab.sections for f in s.fields}
    for record in records().values():
        for name, value in record.answers.items():
            try:
                assert kinds[name].read(kinds[name].typed(value)) == value, name
            except Refused as refusal:
                pytest.fail(f"{record.child.name}: {name}: {refusal}")
