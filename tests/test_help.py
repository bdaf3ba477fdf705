"""Help: every question of the FAQ has an answer, found by search and where it arises; what people say is read."""

import json
import re
from collections.abc import Iterator

import httpx2
import psycopg
import pytest
from playwright.sync_api import expect
from starlette.routing import BaseRoute, Mount, Route

from record import VNOV22
from record.codes import OUTCOME_TYPES, TEAMS
from routes import ROUTES
from routes.guard import PERSONA
from routes.guide import facts
from server import Settings
from tests.fixtures_browser import PHONE, Windows
from tests.fixtures_server import HERE, Portal
from tests.persona import NO_RIGHT, ROLES, becoming, session
from tests.test_accessible import record_of, sound
from tests.test_corrections import one, text
from views import MODULES
from views.guide import MANIFEST, parts
from views.help import ABOUT, place, places, questions, search, topics

FACTS = facts(Settings())
KNOWN = topics(**FACTS)
BY_NAME = {topic.name: topic for topic in KNOWN}


def words(name: str) -> str:
    """An answer as it is read."""
    return " ".join(item for part in BY_NAME[name].parts for item in part.items)


# ---- the questions ----------------------------------------------------------------------------------------------


def last_words(routes: list[BaseRoute]) -> Iterator[str]:
    """Every way an address of the portal can be named in help.toml: its words, and each two that follow."""
    for route in routes:
        if isinstance(route, Route) and not isinstance(route, Mount):
            parts = list(route.path.strip("/").replace("-", "_").split("/"))
            yield from parts
            yield from ("/".join(parts[at : at + 2]) for at in range(len(parts) - 1))


def test_the_questions_stand_on_pages_that_there_are() -> None:
    tabs = {tab.name for tab in (*VNOV22.tabs, *VNOV22.appendices)}
    steps = {"assess", "not_assess", "no_plan", "make_plan", "draft", "final", "withdrawn", "moved", "panel", "ceased"}
    steps |= {"question", "exception", "coordinator", "case/receipt", "corrections/setting"}
    steps |= {"rules/draft", "rules/withdrawn", "case/review", "amended", "placement", "appeal"}
    there = tabs | steps | {*last_words(ROUTES), "sign_in", "error"}
    there |= {"people", "children", "imports", "settings"}
    assert places() - there == set(), "help.toml has questions for pages that are not there"
    assert len(BY_NAME) == len(KNOWN) >= 40
    assert {topic.about for topic in KNOWN} == set(ABOUT)


@pytest.mark.parametrize("tab", [*(tab.name for tab in VNOV22.tabs), "documents", "submit", "profiles"])
def test_every_tab_has_a_question(tab: str) -> None:
    assert questions(place(f"/records/some-id/{tab}"))


@pytest.mark.parametrize(("name", "href", "roles"), MODULES)
def test_everything_in_the_menu_has_a_question(name: str, href: str, roles: tuple[str, ...]) -> None:
    missing = [role for role in roles if href != "/help" and not questions(place(href), role)]
    assert not missing, f"help.toml says nothing of “{name}” to {missing}: add {href} to the `at` of a topic"


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("/", "sign_in"),
        ("/sign-in/authenticator", "sign_in"),
        ("/account/authenticator/first", "account/authenticator"),
        ("/records/1/documents/new", "documents/new"),
        ("/settings/new", "settings"),
        ("/records/1/case/receipt", "case/receipt"),
        ("/records/1/receipt", "receipt"),
        ("/records/1/fields/reason/history", "history"),
        ("/imports/children", "children"),
        ("/signed-out", "signed_out"),
        ("/nobody/knows/this", ""),
    ],
)
def test_a_page_is_known_by_the_last_words_of_its_address(path: str, at: str) -> None:
    assert place(path) == at


def test_a_setting_is_not_shown_what_others_do() -> None:
    assert [name for name, _ in questions("corrections", "senco")] == ["locked"]
    assert [name for name, _ in questions("corrections", "senas")] == ["corrections", "locked"]
    assert [name for name, _ in questions("password", "ict")] == ["ict-reset", "password"]
    assert "ict-reset" not in [name for name, _ in questions("password")]
    assert "saved" in [name for name, _ in questions("health", "adviser")]
    assert "saved" not in [name for name, _ in questions("health", "adviser", writes=False)]


def test_each_answer_says_what_this_council_has_set() -> None:
    other = Settings(sleep_days=90, reset_minutes=45, receipt_days=5, upload_bytes=8_000_000, upload_types=("pdf",))
    told = {topic.name: str(topic.parts) for topic in topics(**facts(other))}
    assert "55 days" in words("password")
    assert "90 days" in told["password"]
    assert "45 minutes" in told["password"]
    assert "3 working days" in words("submitted")
    assert "5 working days" in told["submitted"]
    assert "3 MB at most, a photograph 15 MB" in words("upload")
    assert "A PDF may be 8 MB at most." in told["upload"]
    assert [part.items for part in BY_NAME["outcomes"].parts if part.kind == "points"] == [
        tuple(TEAMS.values()),
        tuple(OUTCOME_TYPES.values()),
    ]


def quoted() -> list[tuple[str, str]]:
    """What help and guide quote, with the name of the question or part."""
    told = [(topic.name, f"{topic.question} {words(topic.name)}") for topic in KNOWN]
    told += [(part.name, " ".join(f"{step.says} {step.alt}" for step in part.steps)) for part in parts(**FACTS)]
    return [(name, words) for name, text in told for words in re.findall("“([^”]+)”", text)]


def test_what_help_quotes_is_what_the_product_says() -> None:
    files = [
        path
        for kind in ("views/*.html", "views/__init__.py", "record/*.py", "routes/*.py", "static/*.js")
        for path in HERE.glob(kind)
    ]
    said = [path.read_text(encoding="utf-8") for path in files if path.name not in ("help.html", "guide.html")]
    said += [line for it in json.loads(MANIFEST.read_text(encoding="utf-8")).values() for line in it["text"]]
    product = as_typed(" ".join([*said, *(re.sub("<[^>]+>", "", text) for text in said)]))
    others = {"Save as PDF", "service list is empty"}  # what a browser or an app says
    # of a name and what is done with it
    put_together = {"Add advice", "Add professional", "ERSA VNOV22 (Preview)", "Appendix B: submit the advice"}
    unknown = [it for it in quoted() if it[1] not in others | put_together and as_typed(it[1]) not in product]
    assert not unknown, "help.toml or guide.toml quotes what no page says; has it another name now?"


def as_typed(text: str) -> str:
    return " ".join(text.replace("’", "'").lower().split()).rstrip(".!?")


# ---- found by words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("service list empty", "authenticator"),
        ("2FA", "authenticator"),
        ("I have a new phone", "new-phone"),
        ("phone", "new-phone"),
        ("QR code", "authenticator"),
        ("3mb", "upload"),
        ("annual review", "plan"),
        ("legal hold", "retention"),
        ("lost phones", "new-phone"),
        ("forgot my pasword password", "password"),
        ("access denied document", "access-denied"),
        ("upload a document", "upload"),
        ("uploading", "upload"),
        ("pdf too big", "file-refused"),
        ("Appendix B", "senco-advice"),
        ("appendices", "delete"),
        ("parent portal", "parents"),
        ("logged out", "signed-out"),
        ("logging out signed", "signed-out"),
        ("deleting outcomes", "delete"),
        ("address is wrong", "locked"),
        ("previews", "preview"),
        ("authent", "authenticator"),
        ("Oooops", "oooops"),
        ("child's views saved?", "saved"),
    ],
)
def test_a_search_finds_the_answer(typed: str, first: str) -> None:
    assert first in [topic.name for topic in search(KNOWN, typed)[:3]]


def test_a_search_for_what_few_answers_say_shows_only_those() -> None:
    assert len(search(KNOWN, "solicitor")) == 1
    assert search(KNOWN, "zzzzzz") == []
    assert search(KNOWN, " 🙂 ") == []


@pytest.mark.parametrize("typed", ["", "🙂", "zzzzzz", "%", "' or 1=1", "x" * 5_000, "{ersa}", "<b>"])
def test_any_search_is_answered(portal: Portal, typed: str) -> None:
    answer = portal.client().get("/help", params={"search": typed})
    assert answer.status_code == 200
    if typed in ("zzzzzz", "🙂"):
        assert "Nothing was found. Try one other word" in text(answer)
        assert "How do I upload a document?" in text(answer), "whoever finds nothing can look through all"


# ---- read, from where they arise ---------------------------------------------------------------------------------


def test_every_answer_is_read_without_signing_in(portal: Portal) -> None:
    client = portal.client()
    for topic in KNOWN:
        answer = client.get(f"/help/{topic.name}")
        assert answer.status_code == 200
        assert "{" not in text(answer).partition(topic.question)[2].partition("Help with this page")[0]
        assert "Was this page useful?" not in answer.text, "only who has signed in is asked"
    assert 'href="mailto:EalingEducationICT@ealing.gov.uk"' in client.get("/help/access").text.partition("<footer")[0]
    assert client.get("/help/nothing").status_code == 404


def test_the_page_of_an_error_leads_to_its_question(portal: Portal) -> None:
    answer = portal.client().get("/sign-in/nowhere")
    assert answer.status_code == 404
    assert 'href="/help?about=error"' in answer.text
    assert "A page says “Oooops!”" in text(portal.client().get("/help", params={"about": "error"}))


def test_a_tab_has_its_questions_after_it_was_swapped_in_too(windows: Windows, portal: Portal) -> None:
    draft = record_of(portal, "s.name = 'Brentmere Primary School' and r.status = 'draft'")
    page = windows.open("amina", f"/records/{draft}/personal", bypass_csp=True)
    asked, foot = page.locator("#asked"), page.get_by_role("link", name="Help with this page")
    expect(asked).to_contain_text("Some details cannot be changed. How do I correct them?")
    expect(foot).to_have_attribute("href", re.compile("about=personal$"))
    page.locator("#tab-outcomes").click()
    expect(asked).to_contain_text("Do I need to add outcomes?")
    expect(foot).to_have_attribute("href", re.compile("about=outcomes$"))
    page.go_back()
    expect(asked).to_contain_text("Some details cannot be changed")
    expect(foot).to_have_attribute("href", re.compile("about=personal$"))
    page.locator("#tab-outcomes").click()
    page.get_by_role("link", name="Help with this tab").click()
    expect(asked).to_be_focused()
    asked.get_by_role("link", name="Do I need to add outcomes?").click()
    expect(page.get_by_role("main")).to_contain_text("CTPLD – Community Team for People with Learning Disabilities")
    sound(page)


# ---- was it of use ----------------------------------------------------------------------------------------------


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
    page.get_by_label("Why?").fill("It does not say how to scan. ਪੰਜਾਬੀ\n<b>Dhruv</b>")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert").first).to_contain_text("SENAS reads")
    assert one(portal, "select p.name from portal.feedback f join portal.person p on p.id = f.person") == "Amina Yusuf"
    senas = windows.open("grace", "/feedback", bypass_csp=True)
    said = senas.locator(".choices li")
    expect(said).to_contain_text("It does not say how to scan. ਪੰਜਾਬੀ")
    expect(said).to_contain_text("<b>Dhruv</b>")
    sound(senas)
    senas.get_by_role("button", name="Take the words out").click()
    expect(senas.get_by_role("alert").first).to_contain_text("gone for good")
    expect(said).to_contain_text("The words were taken out by Grace Mensah")
    expect(said).not_to_contain_text("Dhruv")
    sound(senas)
    assert one(portal, "select useful from portal.feedback where why = '' and taken_out_at is not null") == "no"


def test_who_says_something_is_not_for_them_to_say(portal: Portal) -> None:
    ben: httpx2.Client = portal.sign_in("ben")
    ben.post("/help/upload", data={"useful": "yes", "person": "1", "why": ""})
    assert ben.post("/help/upload", data={"useful": "perhaps"}).status_code == 422
    long = ben.post("/help/upload", data={"useful": "yes", "why": "x" * 1_001})
    assert long.status_code == 422
    assert "x" * 1_001 in long.text, "what was typed stays"
    assert ben.get("/feedback").status_code == 404


def test_each_persons_last_word_counts(portal: Portal) -> None:
    carys, grace = portal.sign_in("carys"), portal.sign_in("grace")
    for useful in ("no", "no", "neutral", "yes"):
        assert carys.post("/help/contacts", data={"useful": useful, "why": ""}).status_code == 303
    assert re.search(r"Where do I add professional contacts\? 1 0 0", text(grace.get("/feedback")))


def test_nobody_can_fill_the_list_by_themselves(portal: Portal) -> None:
    daljit = portal.sign_in("daljit")
    answers = [daljit.post("/help/upload", data={"useful": "no", "why": f"Word {n}"}) for n in range(21)]
    assert [answer.status_code for answer in answers] == [303] * 20 + [429]
    assert "Please send this again in" in text(answers[-1])
    assert "Word 20" in answers[-1].text, "what was typed stays"
    portal.forget_codes()
    assert daljit.post("/help/upload", data={"useful": "no", "why": ""}).status_code == 303


def test_words_are_emptied_by_senas_only_and_never_changed(portal: Portal) -> None:
    ewa, farah = portal.sign_in("ewa"), portal.sign_in("farah")
    ewa.post("/help/upload", data={"useful": "no", "why": "As I wrote it"})
    said = one(portal, "select id from portal.feedback where why = 'As I wrote it'")
    assert ewa.post(f"/feedback/{said}/take-out").status_code == 404
    for wrong in ("0", "x", "9" * 30, "²"):
        assert farah.post(f"/feedback/{wrong}/take-out").status_code == 404
    assert one(portal, "select why from portal.feedback where id = %s", said) == "As I wrote it"
    assert farah.post(f"/feedback/{said}/take-out").status_code == 303
    assert farah.post(f"/feedback/{said}/take-out").status_code == 404


@pytest.mark.parametrize(
    ("who", "change"),
    [
        ("farah", "why = 'Something else'"),
        ("farah", "useful = 'yes'"),
        ("grace", "taken_out_at = null"),
        ("ewa", "why = ''"),
    ],
)
def test_not_even_senas_can_put_words_into_anybodys_mouth(portal: Portal, who: str, change: str) -> None:
    with portal.owner() as owner, psycopg.connect(portal.database.app_url, autocommit=True) as app:
        owner.execute(
            "insert into portal.feedback (topic, useful, why, person)"
            " select 'contacts', 'no', 'Mine alone', person from priv.account where username = 'ewa'"
        )
        with becoming(app, PERSONA[ROLES[who]], session(owner, who)) as db, pytest.raises(NO_RIGHT):
            db.execute(f"update portal.feedback set {change} where topic = 'contacts'".encode())
