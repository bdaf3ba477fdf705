"""The whole cast on one server, each asking for anything; and what none of them may be shown."""

import html
import io
import re
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pypdf

from record.case import OPEN
from tests.fixtures_server import Portal
from tests.matrix import CAST, KINDS, Line

SIGNED_IN = CAST[:-1]
OUTCOME = "provision"  # a long text of an outcome
TEAM = {"daljit": "SLT", "ewa": "EP"}
SENCO_OF = {"Brentmere Primary School": "amina", "St Oswin's High School": "carys"}
number = count(1)

# Which children each may see, said once more and in another way than migrations/rules.sql says it.
SEES = {
    "senco": "c.setting in (select setting from portal.membership where person = %(person)s)",
    "adviser": "c.id in (select child from portal.involvement where person = %(person)s"
    " union select q.child from portal.advice_request q join portal.record r on r.id = q.record"
    f" where q.asked_of = %(person)s and q.state = 'asked' and r.status in {('draft', *OPEN)})",
    "senas": "c.id in (select child from portal.record where status <> 'draft')",
    "manager": "c.id in (select child from portal.record where status <> 'draft')",
    "ict": "false",
}


@dataclass
class Case:
    """One record of a kind, with entries planted in it so that every address has something behind it."""

    record: str
    child: str
    sent: bool
    setting: str
    places: dict[str, str] = field(default_factory=dict)

    def values(self, who: str) -> dict[str, str]:
        """What stands in the places of an address; an adviser's own advice is their team's."""
        advice = self.places[f"advice_{TEAM.get(who, 'SLT')}"]
        return {
            "record": self.record,
            "document": self.places["document"],
            "question": self.places["question"],
            "reason": "reason",
            "first_name": "first_name",
            "exception": "exception",
            "outcome": f"{self.places['outcome_written']}.{OUTCOME}",
            "advice": f"{advice}.{OUTCOME}",
            **{name: name for name in ("needs", "outcomes", "results", "professionals", "parents")},
            **{name: name for name in ("appendix_b", "appendix_c", "appendix_e")},
        }


class Stage:
    """The server, the cast signed in, and a connection that row-level security does not hold back."""

    def __init__(self, portal: Portal, owner: psycopg.Connection) -> None:
        self.portal, self.owner = portal, owner
        self.clients = {name: portal.sign_in(name) for name in SIGNED_IN} | {"nobody": portal.client()}
        self.people = {
            name: self.rows("select p.id, p.role from portal.person p join priv.account a on a.person = p.id"
                            " where a.username = %s", name)[0]
            for name in SIGNED_IN
        }  # fmt: skip
        self.cases = {kind: self._case(*wanted, asked=kind == "sent_asked") for kind, wanted in KINDS.items()}
        self.unseen = {name: Unseen(self, name) for name in SIGNED_IN}

    def rows(self, query: str, *given: Any, **named: Any) -> list[Any]:
        return self.owner.execute(query.encode(), named or given).fetchall()

    def value(self, query: str, *given: Any, **named: Any) -> Any:
        (row,) = self.rows(query, *given, **named)
        return row[0]

    def _case(self, setting: str, sent: bool, daljit: bool, ewa: bool, asked: bool) -> Case:
        involved = "exists (select from portal.involvement i where i.child = c.id and i.person = %s) = %s"
        found = self.rows(
            f"""select c.id, r.id from portal.child c join portal.setting s on s.id = c.setting
                left join portal.record r on r.child = c.id
                where s.name = %s and {involved} and {involved} and coalesce(r.status <> 'draft', false) = %s
                order by r.id is not null, (select count(*) from portal.answer a where a.record = r.id), c.id
                limit 1""",
            setting, self.people["daljit"][0], daljit, self.people["ewa"][0], ewa, sent,
        )  # fmt: skip
        assert found, f"The demo needs a child at {setting}: submitted {sent}, daljit involved {daljit}, ewa {ewa}."
        child, record = found[0]
        if record is None:
            answer = self.clients[SENCO_OF[setting]].post(f"/start/{child}", data={"form": "VNOV22"})
            record = answer.headers["location"].split("/")[2]
        case = Case(str(record), str(child), sent, setting)
        documents = self.rows("select id from portal.document where record = %s and submission is not null", record)
        case.places["document"] = str(documents[0][0]) if documents else str(uuid4())
        case.places["question"] = str(self._question(record) if sent else uuid4())
        senco = self.people[SENCO_OF[setting]][0]
        for name, list_name, team, author in (
            ("parent", "parents", "Schools", senco),
            ("parent_too", "parents", "Schools", senco),
            ("outcome", "outcomes", "Schools", senco),
            ("outcome_written", "outcomes", "Schools", senco),
            ("advice_SLT", "outcomes", "SLT", self.people["daljit"][0]),
            ("spare_SLT", "outcomes", "SLT", self.people["daljit"][0]),
            ("advice_EP", "outcomes", "EP", self.people["ewa"][0]),
            ("spare_EP", "outcomes", "EP", self.people["ewa"][0]),
        ):
            entry = self.value(
                "insert into portal.entry (record, setting, child, list, author, team)"
                " select id, setting, child, %s, %s, %s from portal.record where id = %s returning id",
                list_name, author, team, record,
            )  # fmt: skip
            case.places[name] = str(entry)
            if list_name == "outcomes":
                self._plant(entry, OUTCOME, author)
        self._plant(self.main(case), "reason", senco)
        if asked:
            self.owner.execute(
                "insert into portal.advice_request (record, setting, child, list, asked_of, asked_by, due)"
                " select id, setting, child, 'appendix_c', %s, %s, current_date + 30 from portal.record where id = %s",
                [self.people["daljit"][0], self.people["farah"][0], record],
            )
            self.owner.execute("update portal.record set status = 'assessing' where id = %s", [record])
        return case

    def _question(self, record: Any) -> Any:
        """A question of SENAS's that waits for an answer."""
        return self.value(
            "insert into portal.step (record, setting, child, kind, happened_on, author, reason)"
            " select id, setting, child, 'question', current_date, %s, 'What did the last review say?'"
            " from portal.record where id = %s returning id",
            self.people["farah"][0], record,
        )  # fmt: skip

    def _plant(self, entry: Any, name: str, author: int) -> None:
        """Two versions of a text that stands nowhere else."""
        for _ in range(2):
            self.owner.execute(
                "insert into portal.answer (entry, field, record, setting, child, value, author)"
                " select id, %(field)s, record, setting, child, %(text)s, %(author)s"
                " from portal.entry where id = %(entry)s"
                " on conflict (entry, field) do update set value = excluded.value, version = answer.version + 1",
                {"entry": entry, "field": name, "text": words("planted"), "author": author},
            )

    def main(self, case: Case) -> Any:
        return self.value("select id from portal.entry where record = %s and list = 'ersa'", case.record)

    def written(self, case: Case) -> Any:
        """What changes when anything in the record does."""
        return self.rows(
            """select (select count(*) from portal.history where record = r.id),
                      (select string_agg(concat_ws(' ', e.id, e.position, e.withdrawn_at), ', ' order by e.id)
                       from portal.entry e where e.record = r.id),
                      (select count(*) from portal.document where record = r.id),
                      (select count(*) from portal.submission where record = r.id), r.status, r.received_at,
                      r.withdrawn_at
               from portal.record r where r.id = %s""", case.record,
        )  # fmt: skip

    def version(self, key: str, case: Case) -> int:
        entry, _, name = key.rpartition(".")
        found = self.rows(
            "select version from portal.answer where entry = %s and field = %s", entry or self.main(case), name
        )
        return found[0][0] if found else 0

    def events(self, since: int, who: str, record: str) -> list[str]:
        return [
            action
            for (action,) in self.rows(
                "select action from audit.event where id > %s and person = %s and record = %s order by id",
                since, self.people[who][0], record,
            )
        ]  # fmt: skip

    def newest_event(self) -> int:
        return self.value("select coalesce(max(id), 0) from audit.event")

    # Asking

    def ask(self, who: str, line: Line, values: dict[str, str], case: Case | None = None) -> httpx2.Response:
        """That request of the table as that person, with a body in which everything is right."""
        address = line.filled(values)
        client = self.clients[who]
        if line.method == "GET":
            answer = client.get(address)
        elif "/fields/" in address and not address.endswith("/restore"):
            base = self.version(address.rpartition("/")[2], case) if case else 0
            sent = {"value": words(who), "base": base, "client": f"page-{uuid4()}", "seq": 1}
            answer = client.post(address, json=sent, headers={"X-Autosave": "1"})
        else:
            answer = client.post(address.partition("?")[0], data=self._form(who, address, values, case))
        if who != "nobody":
            self.unseen[who].look(answer)
        return answer

    def _form(self, who: str, address: str, values: dict[str, str], case: Case | None) -> dict[str, str]:
        form = {"note": "sent with it"}
        if "/lists/" in address:
            return form | {"entry": str(uuid4())}
        if case is None:
            return form
        for key in ("reason", values["outcome"], values["advice"]):
            if address.endswith("/restore") and f"/fields/{key}/" in address:
                return form | {"version": str(self.version(key, case) - 1)}
            if (address.endswith("/needs") and key == "reason") or (address.endswith("/outcomes") and "." in key):
                form |= {key: words(who), f"base.{key}": str(self.version(key, case))}
        return form

    def make_ready(self, who: str, line: Line, case: Case, values: dict[str, str]) -> None:
        """So that withdrawing finds an entry that is there, restoring one that is not, moving one with a neighbour."""
        self.owner.execute(
            "update portal.record set withdrawn_at = case when %s then now() end where id = %s and status = 'draft'",
            [line.address.endswith("/take-up"), case.record],
        )
        if "{entry=" not in line.address:
            return
        name = line.address.partition("{entry=")[2].partition("}")[0]
        entry = case.places[f"spare_{TEAM.get(who, 'SLT')}" if name == "advice" else name]
        if line.address.endswith(("/up", "/down")):
            self.owner.execute("update portal.entry set withdrawn_at = null where record = %s", [case.record])
            order = "desc" if line.address.endswith("/up") else "asc"
            entry = self.rows(
                "select id from portal.entry where record = %s and list = 'parents' and withdrawn_at is null"
                f" order by position {order} limit 1", case.record,
            )[0][0]  # fmt: skip
        else:
            gone = line.address.endswith("/restore")
            self.owner.execute(
                "update portal.entry set withdrawn_at = case when %s then now() end where id = %s", [gone, entry]
            )
        values[name] = str(entry)


def words(who: str) -> str:
    """A text that stands nowhere else; any five words of it say so."""
    mark = f"{who}{next(number)}"
    return f"{mark} wrote this down here {mark} and nobody else did {mark}"


def plain(answer: httpx2.Response) -> str:
    """What a person could read in an answer, with its headers."""
    headers = " ".join(answer.headers.values())
    if answer.headers.get("content-type", "").startswith("application/pdf"):
        pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
        return headers + " ".join(page.extract_text() for page in pages)
    return headers + " " + html.unescape(re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), answer.text))


def grams(text: str) -> set[tuple[str, ...]]:
    """Every run of five words: enough to know a text by."""
    found = re.findall(r"\w+", text.lower())
    return {tuple(found[at : at + 5]) for at in range(len(found) - 4)}


class Unseen:
    """Everything about children that one person may not see: names, numbers, and every text ever written."""

    def __init__(self, stage: Stage, who: str) -> None:
        self.who = who
        person, role = stage.people[who]
        mine = f"(select c.id from portal.child c where {SEES[role]})"
        children = stage.rows(
            f"select first_name, surname, upn from portal.child where id not in {mine}".replace(
                "%(person)s", str(person)
            )
        )
        assert children
        self.names = {name for first, last, upn in children for name in (f"{first} {last}", upn) if name}
        # of a child whom one sees for the advice alone that one is asked for, what one's team wrote in outcomes
        alone = f"""h.child in (select child from portal.advice_request where asked_of = {person} and state = 'asked'
                    except select child from portal.involvement where person = {person})"""
        ours = f"e.list = 'outcomes' and e.team = (select p.team from portal.person p where p.id = {person})"
        told = "h.field = any (priv.personal_fields())"
        both = f"""select h.value, h.child in {mine} and (not {alone} or ({ours}) or {told})
                   from portal.history h join portal.entry e on e.id = h.entry"""
        both = both.replace("%(person)s", str(person))
        theirs: set[tuple[str, ...]] = set()
        own: set[tuple[str, ...]] = set()
        for text, visible in stage.rows(both):
            (own if visible else theirs).update(grams(text))
        for name, address, postcode in stage.rows("select name, address, postcode from portal.setting"):
            own |= grams(f"{name} {address} {postcode}")  # a school's address is no child's
        self.texts = theirs - own
        assert self.texts

    def look(self, answer: httpx2.Response) -> None:
        text = plain(answer)
        where = f"{self.who} was shown, at {answer.request.method} {answer.request.url}"
        named = [name for name in self.names if name in text]
        assert not named, f"{where}, the name or UPN of a child who is not theirs to see: {named}"
        leaked = self.texts & grams(text)
        assert not leaked, f"{where}, what was written about a child who is not theirs to see: {leaked}"


def same(answer: httpx2.Response) -> tuple[int, str, str, str]:
    """An answer without what differs each time: identifiers, what was typed, the seconds left."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", answer.text)
    text = re.sub(r"\w+\d+(?= (wrote this down here|and nobody else did))|(?<=nobody else did )\w+\d+", "…", text)
    text = re.sub(r'data-remaining="\d+"', "", re.sub(r'value="\d+"', "", text))
    return answer.status_code, answer.headers.get("content-type", ""), answer.headers.get("cache-control", ""), text
