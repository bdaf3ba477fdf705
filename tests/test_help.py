"""Help: every question of the FAQ has an answer, found by search and where it arises; what people say is read."""

import httpx2
import pytest
from playwright.sync_api import expect

from record import VNOV22
from tests.fixtures_browser import PHONE, Windows
from tests.fixtures_server import Portal
from tests.test_accessible import sound
from tests.test_corrections import one, text
from views.help import search, topics

KNOWN = topics("ERSA@ealing.gov.uk", "EalingEducationICT@ealing.gov.uk", 10)
PAGES = {"sign_in", "account", "gateway", "submit", "documents", "profiles", "appendix_b"}


def test_the_questions_stand_where_they_arise() -> None:
    places = PAGES | {tab.name for tab in VNOV22.tabs}
    assert {at for topic in KNOWN for at in topic.at} <= places
    assert len({topic.name for topic in KNOWN}) == len(KNOWN) >= 15


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("service list empty", "authenticator"),
        ("I have a new phone", "new-phone"),
        ("forgot my pasword password", "password"),
        ("access denied document", "access-denied"),
        ("upload a document", "upload"),
        ("Appendix B", "senco-advice"),
        ("parent portal", "parents"),
        ("logging out signed", "signed-out"),
    ],
)
def test_a_search_finds_the_answer(typed: str, first: str) -> None:
    assert first in [topic.name for topic in search(KNOWN, typed)[:3]]


@pytest.mark.parametrize("typed", ["", "🙂", "zzzzzz", "%", "' or 1=1", "x" * 5_000])
def test_any_search_is_answered(portal: Portal, typed: str) -> None:
    assert portal.client().get("/help", params={"search": typed}).status_code == 200


def test_every_answer_is_read_without_signing_in(portal: Portal) -> None:
    client = portal.client()
    for topic in KNOWN:
        answer = client.get(f"/help/{topic.name}")
        assert answer.status_code == 200
        assert "{" not in text(answer).partition(topic.question)[2].partition("Help with this page")[0]
        assert "Was this page useful?" not in answer.text, "only who has signed in is asked"
    assert client.get("/help/nothing").status_code == 404


def test_what_people_say_of_a_page_is_read_at_senas(windows: Windows, portal: Portal) -> None:
    page = windows.open("amina", "/gateway", viewport=PHONE, bypass_csp=True)
    page.get_by_role("link", name="Help with this page").click()
    expect(page.get_by_role("heading", name="About the page you come from")).to_be_visible()
    sound(page)
    page.get_by_label("What is it about?").fill("upload")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="How do I upload a document?").click()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#problems")).to_contain_text("Choose one")
    sound(page)
    page.get_by_label("No", exact=True).check()
    page.get_by_label("Why?").fill("It does not say how to scan. ਪੰਜਾਬੀ")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert").first).to_contain_text("SENAS reads")
    senas = windows.open("grace", "/feedback", bypass_csp=True)
    expect(senas.locator(".choices")).to_contain_text("It does not say how to scan. ਪੰਜਾਬੀ")
    sound(senas)
    assert one(portal, "select p.name from portal.feedback f join portal.person p on p.id = f.person") == "Amina Yusuf"


def test_who_says_something_is_not_for_them_to_say(portal: Portal) -> None:
    ben: httpx2.Client = portal.sign_in("ben")
    ben.post("/help/upload", data={"useful": "yes", "person": "1", "why": ""})
    assert ben.post("/help/upload", data={"useful": "perhaps"}).status_code == 422
    assert ben.post("/help/upload", data={"useful": "yes", "why": "x" * 1_001}).status_code == 422
    assert ben.get("/feedback").status_code == 404
