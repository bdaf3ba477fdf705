"""One field of a record over HTTP: saved, refused, in conflict, looked up, restored; and whole tabs by form."""

import re
import uuid
from itertools import count

import httpx2
import pytest

from tests.fixtures_server import Portal

SEQ = count(1)


@pytest.fixture(scope="module")
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


@pytest.fixture(scope="module")
def ben(portal: Portal) -> httpx2.Client:
    return portal.sign_in("ben")


@pytest.fixture(scope="module")
def record(amina: httpx2.Client) -> str:
    """The address of a new record of Brentmere's."""
    typed = {
        "setting": re.findall(r'name="setting" value="(\d+)"', amina.get("/start").text)[0],
        "first_name": "Zofia",
        "surname": "Żółkowska-Nguyễn",
        "dob": "3 March 2013",
        "sex": "F",
        "address_line1": "1 Mill Lane",
        "postcode": "w5 2nu",
    }
    answer = amina.post("/start/new", data=typed)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removesuffix("/personal")


def save(who: httpx2.Client, record: str, key: str, value: object, base: int, client: str = "", seq: int = 0):
    body = {"value": value, "base": base, "client": client or uuid.uuid4().hex, "seq": seq or next(SEQ)}
    return who.post(f"{record}/fields/{key}", json=body, headers={"X-Autosave": "1"})


def add(who: httpx2.Client, record: str, name: str) -> str:
    """A new entry of a list; its identifier."""
    entry = str(uuid.uuid4())
    answer = who.post(f"{record}/lists/{name}", data={"entry": entry})
    assert answer.headers["location"].endswith(f"#entry-{entry}")
    return entry


def test_what_is_saved_is_there_with_its_version_author_and_time(amina, record: str) -> None:
    text = "ਪੰਜਾਬੀ 💜\n\nTwo lines — „quoted”"
    answer = save(amina, record, "reason", text, 0)
    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, "saved", 1)
    assert answer.headers["X-Field-Version"] == "1"
    assert int(answer.headers["X-Idle-Remaining"]) > 0
    seen = amina.get(f"{record}/fields/reason").json()
    assert seen["value"] == text
    assert seen["by"] == "Amina Yusuf"
    assert re.fullmatch(r"\d\d:\d\d", seen["label"])
    assert text.splitlines()[0] in amina.get(f"{record}/needs").text


def test_the_same_save_twice_is_one_version(amina, record: str) -> None:
    first = save(amina, record, "risk", "Runs to the road", 0, "samesamesame", 7).json()
    again = save(amina, record, "risk", "Runs to the road", 0, "samesamesame", 7).json()
    assert (first["state"], again["state"]) == ("saved", "superseded")
    assert first["version"] == again["version"] == 1


def test_a_client_goes_on_from_its_own_saves_even_when_their_answers_were_lost(amina, record: str) -> None:
    client = uuid.uuid4().hex
    assert save(amina, record, "independence", "a", 0, client, 1).json()["version"] == 1
    assert save(amina, record, "independence", "ab", 0, client, 2).json()["version"] == 2
    late = save(amina, record, "independence", "a", 0, client, 1)
    assert late.json()["state"] == "superseded"
    assert amina.get(f"{record}/fields/independence").json()["value"] == "ab"


def test_nobody_writes_over_what_somebody_else_wrote_meanwhile(amina, ben, record: str) -> None:
    save(amina, record, "views_interests", "Trains", 0)
    answer = save(ben, record, "views_interests", "Dinosaurs", 0)
    told = answer.json()
    assert answer.status_code == 409
    assert (told["value"], told["by"], told["mine"]) == ("Trains", "Amina Yusuf", False)
    assert save(ben, record, "views_interests", "Dinosaurs", told["version"]).json()["state"] == "saved"


def test_nobody_goes_on_with_another_persons_run_of_saves(amina, ben, record: str) -> None:
    save(amina, record, "views_not_well", "Lunchtime", 0, "stolenstolen", 1)
    save(amina, record, "views_not_well", "Lunchtime, noise", 1, "stolenstolen", 2)
    assert save(ben, record, "views_not_well", "gone", 0, "stolenstolen", 3).status_code == 409


@pytest.mark.parametrize(
    ("key", "typed", "reason"),
    [
        ("start_date", "31 2 2024", "There is no 31 February 2024."),
        ("start_date", "soon", "Write the date as day, month and year"),
        ("nhs_number", "943 476 5918", "NHS number"),
        ("attendance_pct", "140", "between 0 and 100"),
        ("primary_need", "XYZ", "Choose one"),
        ("reason", "x" * 20_001, "20,000 at most"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_the_reason(
    amina, record: str, key: str, typed: str, reason: str
) -> None:
    before = amina.get(f"{record}/fields/{key}").json()
    answer = save(amina, record, key, typed, before["version"])
    assert answer.status_code == 422
    assert reason in answer.json()["message"]
    assert amina.get(f"{record}/fields/{key}").json() == before


def test_a_date_is_read_as_people_write_it_and_shown_in_words(amina, record: str) -> None:
    assert save(amina, record, "sen_support_since", "5.9.24", 0).json()["stored"] == "5 September 2024"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"value": 3}',
        b"\xff\xfe",
        b'{"value":"x","base":-1,"client":"abcdefgh","seq":1}',
        b'{"value":"x","base":true,"client":"abcdefgh","seq":1}',
        b'{"value":"x","base":0,"client":"abcdefgh","seq":true}',
        b'{"value":"x","base":' + b"9" * 5000 + b',"client":"abcdefgh","seq":1}',
        b"[" * 100_000,
    ],
)
def test_rubbish_gets_a_sentence(amina, record: str, body: bytes) -> None:
    answer = amina.post(f"{record}/fields/reason", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert len(answer.json()["message"]) > 10


@pytest.mark.parametrize("saved", ["9" * 5000, "9" * 20, "-1", "1.5", "٣", "yes", "\x00"])
def test_how_many_were_saved_is_only_said_where_it_can_be_so(amina, record: str, saved: str) -> None:
    answer = amina.get(f"{record}/needs", params={"saved": saved})
    assert answer.status_code == (404 if saved == "\x00" else 200)
    assert "answers saved" not in answer.text


@pytest.mark.parametrize("odd", ["a\x00b", "half \ud83d pair", "\u202eback", "\r\nlines\r"])
def test_odd_characters_never_break_a_save(amina, record: str, odd: str) -> None:
    before = amina.get(f"{record}/fields/court_orders").json()
    content = b'{"value": %s, "base": %d, "client": "%s", "seq": %d}'
    import json

    body = content % (json.dumps(odd).encode(), before["version"], uuid.uuid4().hex.encode(), next(SEQ))
    answer = amina.post(f"{record}/fields/court_orders", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text


def test_what_the_council_holds_is_not_changed_here(amina, record: str) -> None:
    answer = save(amina, record, "surname", "Smith", 0)
    assert answer.status_code == 403
    assert "Ask SENAS" in answer.json()["message"]


def test_the_history_tells_who_when_from_what_to_what_and_brings_a_text_back(amina, ben, record: str) -> None:
    save(amina, record, "medication", "None", 0)
    save(ben, record, "medication", "Inhaler", 1)
    page = amina.get(f"{record}/fields/medication/history").text
    assert page.index("Inhaler") < page.index("None")
    assert "Ben" in page
    assert "Amina Yusuf" in page
    answer = amina.post(f"{record}/fields/medication/restore", data={"version": "1"})
    assert answer.headers["location"] == f"{record}/health#f-medication"
    now = amina.get(f"{record}/fields/medication").json()
    assert (now["value"], now["version"]) == ("None", 3)


@pytest.mark.parametrize("version", ["", "99", "-1", "1e3", "9" * 40])
def test_a_version_that_never_was_cannot_be_restored(amina, record: str, version: str) -> None:
    assert amina.post(f"{record}/fields/reason/restore", data={"version": version}).status_code == 404


# ---------------------------------------------------------------- lists


def test_an_entry_is_added_once_however_often_its_button_is_pressed(amina, record: str) -> None:
    entry = add(amina, record, "parents")
    amina.post(f"{record}/lists/parents", data={"entry": entry})
    assert amina.get(f"{record}/parents").text.count(f'id="entry-{entry}"') == 1


def test_entries_change_places_are_withdrawn_and_come_back(amina, record: str) -> None:
    first, second = add(amina, record, "parents"), add(amina, record, "parents")
    save(amina, record, f"{first}.first_name", "Maria", 0)
    save(amina, record, f"{second}.first_name", "Jan", 0)

    def order() -> list[str]:
        page = amina.get(f"{record}/parents").text
        return [e for e in re.findall(r'id="entry-([0-9a-f-]{36})"', page) if e in (first, second)]

    assert order() == [first, second]
    amina.post(f"{record}/entries/{second}/up")
    assert order() == [second, first]
    amina.post(f"{record}/entries/{second}/down")
    assert order() == [first, second]
    amina.post(f"{record}/entries/{first}/withdraw")
    page = amina.get(f"{record}/parents").text
    assert "withdrawn" in page
    assert f'name="{first}.first_name"' not in page
    assert save(amina, record, f"{first}.first_name", "X", 1).status_code == 410
    amina.post(f"{record}/entries/{first}/restore")
    assert f'name="{first}.first_name"' in amina.get(f"{record}/parents").text


def test_pressing_add_saves_what_was_typed_in_the_same_form(amina, record: str) -> None:
    entry = add(amina, record, "professionals")
    more = {"entry": str(uuid.uuid4()), f"{entry}.name": "Dr Okonkwo", f"base.{entry}.name": "0"}
    assert amina.post(f"{record}/lists/professionals", data=more).status_code == 303
    assert amina.get(f"{record}/fields/{entry}.name").json()["value"] == "Dr Okonkwo"


# ---------------------------------------------------------------- a whole tab, without script


def test_update_saves_what_was_changed_and_leaves_what_was_not(amina, ben, record: str) -> None:
    save(amina, record, "health_conditions", "Asthma", 0)
    save(ben, record, "health_conditions", "Asthma and eczema", 1)
    typed = {
        "health_conditions": "Asthma",  # as the form was made, before Ben's change
        "base.health_conditions": "1",
        "healthcare_plan": "Plan of May",
        "base.healthcare_plan": "0",
    }
    answer = amina.post(f"{record}/health", data=typed)
    assert answer.headers["location"] == f"{record}/health?saved=1"
    assert amina.get(f"{record}/fields/health_conditions").json()["value"] == "Asthma and eczema"
    assert "1 answer saved" in amina.get(answer.headers["location"]).text


def test_update_shows_both_texts_when_two_wrote_and_saves_mine_the_second_time(amina, ben, record: str) -> None:
    save(amina, record, "family_support", "None yet", 0)
    save(ben, record, "family_support", "Short breaks since May", 1)
    answer = amina.post(f"{record}/social_care", data={"family_support": "Mine", "base.family_support": "1"})
    assert answer.status_code == 409
    assert "Short breaks since May" in answer.text
    assert ">\nMine</textarea>" in answer.text
    assert 'name="base.family_support" value="2"' in answer.text
    amina.post(f"{record}/social_care", data={"family_support": "Mine", "base.family_support": "2"})
    assert amina.get(f"{record}/fields/family_support").json()["value"] == "Mine"


def test_update_keeps_a_refused_text_on_the_page_and_saves_the_rest(amina, record: str) -> None:
    typed = {
        "start_date": "31 2 2024",
        "base.start_date": "0",
        "attendance_pct": "91.5",
        "base.attendance_pct": "0",
    }
    answer = amina.post(f"{record}/setting", data=typed)
    assert answer.status_code == 422
    assert "There is no 31 February 2024." in answer.text
    assert 'value="31 2 2024"' in answer.text
    assert amina.get(f"{record}/fields/attendance_pct").json()["value"] == "91.5"


def test_a_form_left_open_is_not_saved_as_somebody_elses_who_signed_in_since(amina, ben, record: str) -> None:
    whose = re.search(r'name="person" value="(\d+)"', amina.get(f"{record}/health").text)
    assert whose
    typed = {"person": whose.group(1), "healthcare_plan": "Amina typed this", "base.healthcare_plan": "1"}
    answer = ben.post(f"{record}/health", data=typed)
    assert answer.status_code == 401
    assert "Amina typed this" in answer.text
    assert amina.get(f"{record}/fields/healthcare_plan").json()["value"] == "Plan of May"


def test_a_tab_for_older_pupils_is_shown_only_to_them(amina, record: str) -> None:
    assert amina.get(f"{record}/adulthood").status_code == 200  # 13 years old: Year 9
    young = amina.get(
        re.search(r'href="(/records/[^"]+)">Simran', amina.get("/gateway").text.replace("<bdi>", "")).group(1)
    )
    assert amina.get(young.headers["location"].replace("/personal", "/adulthood")).status_code == 404
