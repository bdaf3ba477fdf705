"""Everything that SENAS may do is done once, and succeeds; and not a byte of what professionals wrote is another."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from record.clock import today
from routes.case_form import RECORDED
from tests import matrix
from tests.desk import Record
from tests.fixtures_server import Portal
from tests.persona import Owner, value
from tests.test_case import text, typed
from tests.test_corrections import letters, one
from tests.test_documents import bring, newest
from tests.test_queue import received

# What nobody of SENAS may do, and the portal answers politely; and what is about their own account, or nobody.
POLITE = {"POST /records/{record}/submit", "POST /session"}


def written(owner: Owner) -> dict[str, list[tuple[Any, ...]]]:
    """All that anybody wrote and sent, row by row, and the bytes of every paper that was submitted."""
    found = {
        table: owner.execute(f"select * from portal.{table} it order by it::text".encode()).fetchall()
        for table in ("answer", "entry", "history", "submission")
    }
    found["paper"] = owner.execute(
        "select d.id, c.content from portal.content c join portal.document d on d.id = c.document"
        " where d.submission is not null or exists (select from portal.appendix a where a.document = d.id)"
        " order by d.id"
    ).fetchall()
    return found


class Tour:
    """What SENAS does, each request with the route it took. One that does not succeed ends it."""

    def __init__(self, portal: Portal, record: Record) -> None:
        self.portal, self.record = portal, record
        self.people = {name: portal.sign_in(name) for name in ("amina", "farah", "grace")}
        self.routes: set[str] = set()
        self.kinds: set[str] = set()

    def does(
        self, route: str, who: str = "farah", data: dict[str, Any] | None = None, **places: str
    ) -> httpx2.Response:
        address = route
        for name, place in {"record": self.record.id, **places}.items():
            address = address.replace(f"{{{name}}}", place)
        answer = self.people[who].post(address, data=data or {})
        assert answer.status_code in (200, 303), f"{address}: {answer.status_code} {text(answer)}"
        assert 'class="govuk-error-summary' not in answer.text, address
        self.routes.add(f"POST {route}")
        return answer

    def step(self, kind: str, reason: str = "Because of it.", record: str = "", **form: str) -> None:
        data = {"on": typed(today()), "reason": reason, **form}
        more = {"record": record} if record else {}
        self.does("/records/{record}/case/{kind}", data=data, kind=kind, **more)
        self.kinds.add(kind)

    def newest(self, table: str, record: str = "", at: str = "at") -> str:
        statement = f"select id from portal.{table} where record = %s order by {at} desc limit 1"
        return str(one(self.portal, statement, record or self.record.id))


@pytest.fixture(scope="module")
def amina(portal: Portal) -> httpx2.Client:
    return portal.sign_in("amina")


@pytest.fixture(scope="module")
def record(portal: Portal, amina: httpx2.Client) -> Record:
    """A request with answers, an outcome of the school's and a document, submitted a month ago."""
    made = Record(portal, amina, 1)
    made.write(amina, "reason", "She needs more than we can give. ਪੰਜਾਬੀ 🙂")
    for name, field, words in (("outcomes", "outcome", "Asks for help."), ("parents", "phone", "020 7946 0123")):
        entry = str(uuid4())
        assert amina.post(f"/records/{made.id}/lists/{name}", data={"entry": entry}).status_code == 303
        made.write(amina, f"{entry}.{field}", words)
    assert amina.post(f"/records/{made.id}/submit", data={"reason": "In a hurry."}).status_code == 303
    with portal.owner() as db:
        db.execute("set session_replication_role = replica")
        db.execute("update portal.step set happened_on = happened_on - 30 where record = %s", [made.id])
        db.execute("update portal.record set received_at = received_at - interval '30 days' where id = %s", [made.id])
    bring(amina, made)
    return made


@pytest.fixture(scope="module")
def others(portal: Portal, amina: httpx2.Client) -> list[Record]:
    """Two requests that end early."""
    made = [Record(portal, amina, n) for n in (2, 3)]
    for it in made:
        received(portal, it, 5)
    return made


def test_every_act_of_senas_leaves_every_word_as_it_was(
    portal: Portal, owner: Owner, record: Record, others: list[Record]
) -> None:
    tour = Tour(portal, record)
    farah = str(value(owner, "select person from priv.account where username = 'farah'"))
    daljit = str(value(owner, "select person from priv.account where username = 'daljit'"))
    before = written(owner)
    assert all(before.values())
    advice(tour, daljit)
    whole_case(tour, farah)
    documents(tour, portal.sign_in("ben"))
    for field in ("surname", "first_name"):
        tour.does(
            "/records/{record}/corrections/{field}", data={"new": "Nowak", "reason": "The passport."}, field=field
        )
        how, data = ("apply", {}) if field == "surname" else ("refuse", {"answer": "Not on the passport."})
        tour.does(f"/corrections/{{correction}}/{how}", data=data, correction=tour.newest("correction", at="asked_at"))
    about_the_service(tour, owner, farah, others)
    assert written(owner) == before
    record.write(tour.people["amina"], "reason", "Another word")
    assert written(owner) != before, "who may write does make it another"
    assert tour.kinds == set(RECORDED)
    assert letters(portal, record)
    may = {
        line.route
        for line in (*matrix.table(matrix.ON_A_RECORD), *matrix.table(matrix.ELSEWHERE))
        if line.method == "POST" and not line.address.startswith(("/account", "/gateway"))
        for cell in ([line.cells["reads"]] if "reads" in line.cells else [line.cells["farah"], line.cells["grace"]])
        if not {"403", "404"} & set(cell.split("/"))
    }
    assert not may - tour.routes - POLITE, "SENAS may do this, and nobody has tried what it does to answers."


def whole_case(tour: Tour, farah: str) -> None:
    """Every step from the receipt to the end of the plan, one put right and one taken back."""
    year = timedelta(days=365)
    tour.step("coordinator", whom=farah)
    tour.step("receipt")
    tour.step("question", "Has the hearing test taken place?")
    tour.step("panel")
    start = today() - timedelta(days=28)
    tour.step("exception", ground="5(4) d", since=typed(start), until=typed(today() + timedelta(days=7)),
              instead=typed(start + timedelta(days=70)))  # fmt: skip
    tour.step("not_assess")
    wrong = tour.newest("step")
    for act in ({"act": "correct", "on": typed(today())}, {"act": "void"}):
        tour.does(
            "/records/{record}/steps/{step}", data={"reason": "Another one.", "why": "A slip.", **act}, step=wrong
        )
        wrong = tour.newest("step")
    tour.step("not_assess")
    tour.step("appeal", way="tribunal", about="not_assess")
    tour.step("assess", overturned="tribunal", ordered=typed(today()))
    tour.step("draft")
    tour.step("no_plan")
    tour.step("make_plan", overturned="unopposed", ordered=typed(today()))
    tour.step("no_plan")
    tour.step("draft", overturned="council")
    tour.step("final", urn="990101", since=typed(today()))
    tour.step("review", meeting=typed(today()), decision="amend")
    tour.step("amended", urn="990101", since=typed(today() + year / 2))
    tour.step("placement", rank="1", urn="990101")
    tour.step("ceased", code="2")


def documents(tour: Tour, ben: httpx2.Client) -> None:
    """One is released to who asked and taken back; others are brought, bundled, taken away and put back."""
    theirs, at = newest(tour.portal, tour.record), "/records/{record}/documents/{document}"
    assert bring(tour.people["farah"], tour.record, name="From SENAS", again="yes").status_code == 303
    tour.routes.add("POST /records/{record}/documents/new")
    own = newest(tour.portal, tour.record)
    tour.does(f"{at}/availability", data={"availability": "all"}, document=theirs)
    tour.does(f"{at}/availability", data={"availability": "senas"}, document=theirs)
    for answers in (["decline"], ["grant", "revoke"]):
        assert ben.post(f"/records/{tour.record.id}/documents/{theirs}/ask").status_code == 303
        request = tour.newest("document_request", at="asked_at")
        for how in answers:
            tour.does(f"/document-requests/{{request}}/{how}", data={"answer": "About a sibling."}, request=request)
    tour.does("/records/{record}/bundle", data={"document": [theirs, own], "purpose": "panel"})
    tour.does(f"{at}/remove", data={"reason": "Brought twice."}, document=own)
    tour.does(f"{at}/restore", document=own)
    it = {
        "reference": str(one(tour.portal, "select reference from portal.record where id = %s", tour.record.id)),
        "thing": str(one(tour.portal, "select id from portal.entry where record = %s and list = 'outcomes'",
                         tour.record.id)),
    }  # fmt: skip
    for act in ("remove", "restore"):  # the words stay, and the outcome is as it was
        tour.does(
            f"/removals/{{reference}}/{{kind}}/{{thing}}/{act}", data={"reason": "A twin’s."}, kind="outcome", **it
        )


def advice(tour: Tour, whom: str) -> None:
    """Asked for, put off, and taken back."""
    asked = {"list": "appendix_c", "of": whom, "due": "", "words": "What would help in class?"}
    tour.does("/records/{record}/advice-requests", data=asked)
    request = tour.newest("advice_request", at="asked_at")
    at = "/records/{record}/advice-requests/{request}"
    tour.does(f"{at}/change", data={"due": typed(today() + timedelta(days=60)), "whole": "yes"}, request=request)
    tour.does(f"{at}/cancel", request=request)


def about_the_service(tour: Tour, owner: Owner, farah: str, others: list[Record]) -> None:
    """Cases allocated and closed, kept and counted, and what was said of the pages of Help."""
    tour.does("/queue", who="grace", data={"case": [it.id for it in others], "whom": farah})
    tour.step("withdrawn", record=others[0].id)
    tour.step("moved", record=others[1].id, to="Hillingdon")
    tour.does("/records/{record}/hold", data={"reason": "An appeal"})
    tour.does("/records/{record}/hold/lift", who="grace", data={"reason": "It is over"})
    tour.does("/records/{record}/subject-access", data={"reason": "The mother asked."})
    upn = value(owner, "select upn from portal.child where upn is not null limit 1")
    tour.does("/subject-access", data={"upn": upn, "reason": "The father asked."})
    rule = {"since": "closed", "years": "9", "reason": "Decided.", "act": "set"}
    tour.does("/retention/rules/{outcome}", who="grace", data=rule, outcome="moved_out")
    waits = str(value(owner, "select id from portal.record where status = 'assessing' limit 1"))
    for undo in ("", "yes"):
        tour.does("/invitations/{record}", data={"undo": undo}, record=waits)
    tour.does("/help/{topic}", data={"useful": "no", "why": "Too long"}, topic="upload")
    said = str(value(owner, "select max(id) from portal.feedback"))
    tour.does("/feedback/{said}/take-out", said=said)
