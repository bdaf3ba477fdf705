"""The review page: all that was submitted, what changed since, what is new to its reader; and nothing to write in."""

import html
import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx2
import pikepdf
import psycopg
import pypdfium2
import pytest

from record import VNOV22
from record.form import Answers, Need, Row
from record.paper import CONFIDENTIAL, paper
from record.review import Shown, as_sent, review
from routes import review_paper
from routes.case import newest_first
from routes.review import changes, lacking
from tests import gallery
from tests.as_opened import whole
from tests.fixtures_server import Portal
from views.pdf import render


def text(answer: httpx2.Response) -> str:
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture(scope="module")
def farah(portal: Portal) -> httpx2.Client:
    return portal.sign_in("farah")


@pytest.fixture(scope="module")
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


@pytest.fixture(scope="module")
def sent(owner: psycopg.Connection[Any]) -> str:
    found = owner.execute(
        """select r.id from portal.record r join portal.setting s on s.id = r.setting
           where s.name = 'Brentmere Primary School' and r.status = 'deciding'
           order by (select count(*) from portal.answer a where a.record = r.id) desc limit 1"""
    ).fetchone()
    assert found
    return str(found[0])


def look(client: httpx2.Client, record: str, query: str = "") -> httpx2.Response:
    answer = client.get(f"/records/{record}/review{query}")
    assert answer.status_code == 200, answer.text[-800:]
    return answer


def last_week(owner: psycopg.Connection[Any], record: str) -> None:
    """Let the last looks have been a week ago."""
    owner.execute("update portal.look set at = now() - interval '7 days' where record = %s", [record])


def test_every_answer_that_was_submitted_is_on_the_page(
    farah: httpx2.Client, owner: psycopg.Connection[Any], sent: str
) -> None:
    page = text(look(farah, sent))
    (kept,) = owner.execute("select answers from portal.submission where record = %s", [sent]).fetchone() or ({},)
    now = as_sent(kept, Answers())
    missing = [
        shown.label
        for tab in VNOV22.tabs
        if tab.applies(now)
        for section in tab.sections
        for field in section.fields
        if (words := field.kind.show(now[field.name])) and field.asked(now, now) and " ".join(words.split()) not in page
        for shown in (field,)
    ]
    assert not missing
    rows = [(row, name) for name, rows in now.lists.items() for row in rows]
    assert rows
    for row, _ in rows:
        long = max(row.answers.values(), key=len)
        assert " ".join(long.split())[:60] in page or len(long) < 20


def test_the_page_has_contents_dates_outcomes_appendices_and_documents_and_no_box_to_write_in(
    farah: httpx2.Client, sent: str
) -> None:
    answer = look(farah, sent)
    page = text(answer)
    for words in (
        "On this page",
        "Dates and steps",
        "+ 42 days",
        "Outcomes by team",
        "Appendices",
        "Documents",
        "ERSA – School",
    ):
        assert words in page
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    for control in ("<input", "<textarea", "<select", "<form", "contenteditable"):
        assert control not in main
    anchors = re.findall(r'<a class="govuk-link" href="#([^"]+)"', main)
    assert len(anchors) > 15
    assert all(f'id="{anchor}"' in main for anchor in anchors)


def test_what_changes_after_submission_stands_beside_what_was_sent(
    farah: httpx2.Client, amina: httpx2.Client, owner: psycopg.Connection[Any], sent: str
) -> None:
    look(farah, sent)
    last_week(owner, sent)
    before = text(look(farah, sent))
    assert "Nothing has changed." in before
    assert " New " not in before.partition("On this page")[2]
    (was, version) = owner.execute(
        "select value, version from portal.answer a join portal.entry e on e.id = a.entry"
        " where a.record = %s and a.field = 'reason' and e.list = 'ersa'",
        [sent],
    ).fetchone() or ("", 0)
    save = {"value": "He has stopped coming to school.", "base": version, "client": f"page-{uuid4()}", "seq": 1}
    kept = amina.post(f"/records/{sent}/fields/reason", json=save, headers={"X-Autosave": "1"})
    assert kept.status_code == 200
    entry = str(uuid4())
    assert amina.post(f"/records/{sent}/lists/outcomes", data={"entry": entry}).status_code == 303
    answer = look(farah, sent)
    page = text(answer)
    assert "Changed since submission (2)" in page
    assert " ".join(was.split())[:80] in page, "what was sent stays to be read"
    assert "Now He has stopped coming to school." in page
    assert "Added since" in page
    assert "Not yet in the advice" in page, "an outcome that has only been begun says so"
    assert re.search(r"Reason and needs\s+New", page)
    assert re.search(r"Outcomes by team\s+New", page)
    assert not re.search(r"Parents and carers\s+New", page)
    assert "by Amina Yusuf" in page


def test_what_is_new_stays_marked_while_somebody_reads_and_not_after(
    farah: httpx2.Client, portal: Portal, owner: psycopg.Connection[Any], sent: str
) -> None:
    marked = r"Reason and needs\s+New"
    assert re.search(marked, text(look(farah, sent)))
    assert re.search(marked, text(look(farah, sent))), "the same look"
    # it goes on as long as somebody reads, however long; a document shown beside is none
    shown = "select at, since from portal.look where record = %s"
    for _ in range(2):
        owner.execute("update portal.look set at = at - interval '25 minutes' where record = %s", [sent])
        before = owner.execute(shown, [sent]).fetchall()
        look(farah, sent, f"?document={uuid4()}&beside=yes")
        assert owner.execute(shown, [sent]).fetchall() == before
        assert re.search(marked, text(look(farah, sent))), "opened again within half an hour"
    assert re.search(r"Changed since submission \(\d+\)\s+New", text(look(farah, sent)))
    owner.execute(
        "update portal.answer set saved_at = now() - interval '2 days' where record = %s and field = 'reason'", [sent]
    )
    grace = portal.sign_in("grace")
    first = text(look(grace, sent))
    assert "You have not looked at it before" in first
    assert not re.search(marked, first), "each reader has looks of their own"
    owner.execute("update portal.look set at = now() - interval '1 hour' where record = %s", [sent])
    assert not re.search(marked, text(look(farah, sent)))
    # what she brings herself is not new to her
    owner.execute("update portal.look set at = now() - interval '1 hour' where record = %s", [sent])
    add = """insert into portal.document (record, setting, child, name, category, dated, size, sha256, added_by)
             select r.id, r.setting, r.child, 'From SENAS', 'other', current_date, 1, '', a.person
             from portal.record r, priv.account a where r.id = %s and a.username = 'farah' returning id"""
    (brought,) = owner.execute(add, [sent]).fetchone() or ("",)
    try:
        assert not re.search(r"Documents\s+New", text(look(farah, sent)))
        assert re.search(r"Documents\s+New", text(look(grace, sent)))
    finally:
        owner.execute("delete from portal.document where id = %s", [brought])


def test_a_look_at_what_is_not_theirs_is_none(
    amina: httpx2.Client, farah: httpx2.Client, owner: psycopg.Connection[Any], sent: str
) -> None:
    (count,) = owner.execute("select count(*) from portal.look").fetchone() or (0,)
    (draft,) = owner.execute("select id from portal.record where status = 'draft' limit 1").fetchone() or ("",)
    for client, record in ((farah, draft), (farah, uuid4()), (farah, "nonsense"), (amina, sent)):
        assert client.get(f"/records/{record}/review").status_code in (403, 404), record
    assert owner.execute("select count(*) from portal.look").fetchone() == (count,)


def test_reading_it_is_on_the_trail_and_the_record_s_own_people_see_who_did(
    farah: httpx2.Client, amina: httpx2.Client, sent: str
) -> None:
    look(farah, sent)
    page = text(amina.get(f"/records/{sent}/readers"))
    assert "Farah Siddiqui" in page
    assert "read it on the review page" in page


def test_a_document_is_shown_beside_and_may_be_framed_by_the_portal_alone(
    farah: httpx2.Client, owner: psycopg.Connection[Any], sent: str
) -> None:
    (document,) = owner.execute("select id from portal.document where record = %s", [sent]).fetchone() or ("",)
    answer = look(farah, sent, f"?document={document}")
    assert f'<iframe src="/records/{sent}/documents/{document}#' in answer.text
    assert "frame-src 'self'" in answer.headers["content-security-policy"]
    pdf = farah.get(f"/records/{sent}/documents/{document}")
    assert "frame-ancestors 'self'" in pdf.headers["content-security-policy"]
    assert pdf.headers["x-frame-options"] == "SAMEORIGIN"
    assert "<iframe" not in look(farah, sent, f"?document={uuid4()}").text
    assert look(farah, sent).headers["x-frame-options"] == "DENY"


def test_steps_are_read_by_the_day_they_happened_and_then_by_when_they_were_recorded() -> None:
    at = datetime(2026, 11, 3, 9, tzinfo=UTC)
    told = (("receipt", 3, 0), ("panel", 20, 1), ("question", 5, 2), ("answer", 5, 3))
    rows = [
        SimpleNamespace(kind=kind, happened_on=date(2026, 11, on), at=at + timedelta(hours=n)) for kind, on, n in told
    ]
    assert [row.kind for row in newest_first(rows)] == ["panel", "answer", "question", "receipt"]


def test_what_was_missing_is_said_by_section_and_who_added_an_entry_with_it() -> None:
    (record,) = gallery.told(["haruto"])
    found = whole(record)
    said = lacking(found.opened, found.tabs)
    assert any(re.match(r"Section \d+ Child’s views: ", line) for line in said)
    (wanted, *_) = (it["says"] for it in found.opened.submission.lacking if it["need"] > Need.REQUIRED)
    assert not any(wanted in line for line in said), "what is only good to have was not missing"
    added = [it for it in changes(found.opened, found.tabs, None) if "added since" in it["label"]]
    assert [it["by"] for it in added] == ["Daljit Gill"]
    assert all(it["at"] for it in added)


def test_a_head_repeated_on_a_next_page_has_its_own_rule() -> None:
    rows = [{"name": f"Report {n}", "about": "Report", "pages": "1 page", "added": "today"} for n in range(60)]
    data = review_paper.review_paper(whole(next(gallery.told(["haruto"]))), "Ealing", "Farah")
    made = render.engine()("review.pdf.html", {**data, "documents": rows}).pdf
    thick = []
    with pypdfium2.PdfDocument(made) as pdf:
        for page in pdf:
            heads = page.get_textpage().search("Type, author and date")
            found = heads.get_next()
            while found:
                bottom = page.get_textpage().get_charbox(found[0])[1]
                below = [
                    bounds
                    for it in page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_PATH])
                    if bottom - 9 < (bounds := it.get_bounds())[3] < bottom
                ]
                thick.append({round(top - foot, 1) for _, foot, _, top in below})
                found = heads.get_next()
    assert len(thick) > 2
    assert len(set(map(frozenset, thick))) == 1, thick


# ---------------------------------------------------------------- the comparison itself


def all_shown(tabs: list[dict[str, Any]]) -> dict[str, Shown]:
    return {
        shown.key: shown
        for tab in tabs
        for part in tab["parts"]
        for shown in [*part.get("fields", ()), *(f for row in part.get("rows", ()) for f in row["fields"])]
    }


def test_an_emptied_answer_is_a_change_and_an_unasked_one_is_not_shown() -> None:
    shown = all_shown(review(VNOV22, Answers({"reason": "Because."}), Answers({})))
    assert shown["reason"] == Shown("reason", shown["reason"].label, "Because.", "", True, True, False)
    assert "gp_name" not in all_shown(review(VNOV22, Answers(), Answers()))


def test_sections_have_the_numbers_of_the_submitted_paper_and_one_that_applies_only_since_has_none() -> None:
    sent, now = Answers({"nc_year": "5"}), Answers({"nc_year": "10"})
    numbers = {tab["name"]: tab["number"] for tab in review(VNOV22, sent, now)}
    assert numbers.pop("adulthood") == 0
    assert numbers == {tab["name"]: tab["number"] for tab in paper(VNOV22, sent, preview=False)}


def test_withdrawn_entries_stay_as_they_were_sent() -> None:
    row = Row("a1", {"first_name": "Anna", "surname": "K"}, "Amina", "Schools", "1 May 2026")
    tabs = review(VNOV22, Answers({}, {"parents": [row]}), Answers())
    found = [r for tab in tabs for part in tab["parts"] for r in part.get("rows", ())]
    assert [(r["state"], r["title"]) for r in found] == [("withdrawn", "Parent or carer 1: Anna K")]
    assert not any(f.changed for f in found[0]["fields"])
    assert next(tab for tab in tabs if tab["name"] == "parents")["changed"] == 1


# ---------------------------------------------------------------- the same on paper


@pytest.fixture(scope="module")
def printed(
    farah: httpx2.Client, amina: httpx2.Client, owner: psycopg.Connection[Any], sent: str
) -> tuple[bytes, list[str]]:
    """The page on paper, as what its pages say, after an answer and an entry were added to what was sent."""
    save = {"value": "He has not been to school since May.", "base": 1, "client": f"page-{uuid4()}", "seq": 1}
    (save["base"],) = owner.execute(
        "select version from portal.answer a join portal.entry e on e.id = a.entry"
        " where a.record = %s and a.field = 'reason' and e.list = 'ersa'",
        [sent],
    ).fetchone() or (0,)
    assert amina.post(f"/records/{sent}/fields/reason", json=save, headers={"X-Autosave": "1"}).status_code == 200
    assert amina.post(f"/records/{sent}/lists/outcomes", data={"entry": str(uuid4())}).status_code == 303
    answer = farah.get(f"/records/{sent}/review/print")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    with pypdfium2.PdfDocument(answer.content) as pdf:
        pages = [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]
    return answer.content, pages


def test_the_printed_page_says_on_each_page_whose_it_is_and_which_page(
    printed: tuple[bytes, list[str]], owner: psycopg.Connection[Any], sent: str
) -> None:
    _, pages = printed
    (name, reference) = owner.execute(
        "select c.first_name || ' ' || c.surname, r.reference from portal.record r"
        " join portal.child c on c.id = r.child where r.id = %s",
        [sent],
    ).fetchone() or ("", "")
    assert len(pages) > 5
    for number, page in enumerate(pages, 1):
        assert name in page
        assert reference in page
        assert f"Page {number} of {len(pages)}" in page


def test_the_printed_page_holds_what_the_page_holds(
    printed: tuple[bytes, list[str]], owner: psycopg.Connection[Any], sent: str
) -> None:
    pages = "".join("".join(printed[1]).split())
    (kept,) = owner.execute("select answers from portal.submission where record = %s", [sent]).fetchone() or ({},)
    now = as_sent(kept, Answers())
    for words in (
        "Dates and steps",
        "+ 42 days",
        "Steps, the newest first",
        "Outcomes by team",
        "Appendices",
        "ERSA – School",
        "As submitted",
        "He has not been to school since May.",
        "Added since submission, not finished by the adviser",
        "by Farah Siddiqui",
    ):
        assert "".join(words.split()) in pages, words
    assert re.search(r"1[34]\.Outcomesbyteam", pages), "it is numbered as in the submitted ERSA"
    said = [now[name] for name in ("reason", "attitude", "teaching_needs") if len(now[name]) > 20]
    assert said
    for words in said:
        assert "".join(words.split())[:60] in pages, "what was sent stays to be read"


def test_the_printed_page_is_tagged_with_its_title_and_a_bookmark_for_each_section(
    printed: tuple[bytes, list[str]], farah: httpx2.Client, sent: str
) -> None:
    with pikepdf.open(BytesIO(printed[0])) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.docinfo.Title).startswith("Review – ")
        with pdf.open_outline() as outline:
            marks = [re.sub(r"\s+", " ", str(mark.title)) for mark in outline.root]
    main = look(farah, sent).text.partition("<main")[2]
    found = re.findall(r'<h2 class="govuk-heading-m"[^>]*>([^<]+)', main.partition("</main>")[0])
    titles = [html.unescape(re.sub(r"\s+", " ", title)).strip() for title in found]
    assert len(titles) > 15
    assert marks == titles


def test_printing_it_is_on_the_trail_and_is_no_look_at_it(
    portal: Portal, farah: httpx2.Client, owner: psycopg.Connection[Any], sent: str
) -> None:
    look(farah, sent)
    last_week(owner, sent)
    asked = (
        "select at, since from portal.look l join portal.person p on p.id = l.person where record = %s and p.name = %s"
    )
    before = owner.execute(asked, [sent, "Farah Siddiqui"]).fetchall()
    assert before
    assert farah.get(f"/records/{sent}/review/print").status_code == 200
    assert owner.execute(asked, [sent, "Farah Siddiqui"]).fetchall() == before
    (noted,) = owner.execute(
        "select action from audit.event where record = %s order by id desc limit 1", [sent]
    ).fetchone() or ("",)
    assert noted == "record.review_print"
    main = look(farah, sent).text.partition("<main")[2]
    assert f'href="/records/{sent}/review/print"' in main, "a link, which needs no script"


@pytest.mark.parametrize(
    ("it", "words"),
    [
        ({"until": date(2032, 5, 1), "goes": None}, "Until 1 May 2032. (six years)"),
        ({"until": date(2026, 5, 1), "goes": date(2026, 6, 1)}, "It will be deleted on 1 June 2026. (six years)"),
        ({"until": date(2032, 5, 1), "open_beside": True}, "another open request, and until 1 May 2032. (six years)"),
        ({"until": None, "held": True, "how": ""}, "It is on legal hold, as long as the hold stands."),
    ],
)
def test_how_long_it_is_kept_stands_on_paper_too(it: dict[str, Any], words: str) -> None:
    usual = {"until": None, "goes": None, "held": False, "open_beside": False, "how": "six years"}
    assert review_paper.kept({**usual, **it}).endswith(words)
    assert review_paper.kept(None) == ""


def test_a_confidential_answer_is_not_on_paper() -> None:
    secret = Shown("a1.address", "Address", "3 Mill Lane", "5 Mill Lane", False, True, True)
    kept = review_paper.as_field(secret)
    assert "Mill" not in str(kept)
    assert kept["value"] == CONFIDENTIAL
