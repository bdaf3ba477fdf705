"""Every page that an address leads to, written down: who looks at it, what axe looks through, what is photographed.

Whoever adds a GET route adds a line to one of the three tables; ``test_map_pages.py`` says so where one is forgotten.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

import psycopg
from starlette.routing import BaseRoute, Match, Route

from record import VNOV22

PLACE = re.compile(r"\{(\w+)\}")
GROWN = "adulthood"  # the tab that a young child's record does not have

# Opened by their address alone. test_accessible.py has axe look through them, screenshots.py takes their pictures.
OPENED = """
amina   /gateway
grace   /gateway
hassan  /gateway
amina   /start
farah   /start
amina   /records/{nobody}/needs
amina   /records/{draft}/profiles
amina   /records/{draft}/appendix_b
amina   /records/{draft}/documents
amina   /records/{draft}/documents/new
amina   /records/{draft}/submit
amina   /records/{draft}/report?report=submit
amina   /records/{draft}/withdraw
amina   /records/{draft}/readers
amina   /records/{draft}/corrections/first_name
amina   /records/{draft}/advice-requests
amina   /records/{sent}/submit
amina   /records/{sent}/receipt
amina   /records/{sent}/documents
amina   /records/{sent}/fields/reason/history
amina   /records/{deciding}/case
farah   /records/{grown}/profiles
farah   /records/{grown}/appendix_b
farah   /records/{grown}/documents
farah   /records/{grown}/submit
farah   /records/{grown}/receipt
farah   /records/{sent}/bundle
farah   /records/{sent}/subject-access
farah   /records/{with_paper}/documents/{paper}/remove
farah   /records/{deciding}/review
farah   /records/{deciding}/case
farah   /records/{deciding}/case/assess
farah   /records/{deciding}/case/not_assess
farah   /records/{deciding}/case/coordinator
farah   /records/{deciding}/case/question
farah   /records/{deciding}/case/exception
farah   /records/{deciding}/steps/{step}
farah   /document-requests
farah   /records/{sent}/advice-requests?appendix=appendix_c
daljit  /advice
ben     /advice
farah   /queue?whose=all
grace   /queue?whose=none&kind=new
farah   /queue?whose=team&kind=decision
farah   /queue?whose=mine&kind=question
farah   /records/{withdrawn}/case
farah   /records/{withdrawn}/subject-access
farah   /records/{moved}/review
ewa     /advice
farah   /invitations
grace   /figures
grace   /sen2
grace   /feedback
grace   /retention
farah   /subject-access
grace   /retention/rules/plan
farah   /records/{sent}/hold
amina   /help?about=documents
amina   /help/guide
amina   /help/upload
amina   /help/guide
hassan  /removals?reference=ERSA-001044
hassan  /people/{person}/enable
daljit  /records/{theirs}/professionals
daljit  /records/{theirs}/outcomes
daljit  /records/{theirs}/needs
nobody  /demo/mail
nobody  /demo/code/amina
"""

# Seen by axe on a way through the product, in the module named here; photographed by their address where that is
# enough. A dash: the way there is photographed too.
ON_THE_WAY = """
/sign-in                                       test_sign_in_browser      -
/sign-in/password                              test_sign_in_browser      -
/sign-in/choose                                test_sign_in_browser      -
/sign-in/authenticator                         test_sign_in_browser      -
/sign-in/code                                  test_sign_in_browser      nobody  /sign-in?late=1
/sign-in/forgotten                             test_account_browser      nobody  /sign-in?late=1
/signed-out                                    test_sign_in_browser      nobody  /signed-out?why=idle
/demo/mail/{letter}                            test_accessible           nobody  /demo/mail
/password                                      test_people_browser       nobody  /password
/password/set                                  test_people_browser       nobody  /password/set
/password/{token}                              test_people_browser       nobody  /password/nothing
/unlock/{token}                                test_account_browser      nobody  /unlock/nothing
/address/{token}                               test_account_browser      ben     /address/nothing
/account                                       test_account_browser      ben     /account
/account/password                              test_account_browser      ben     /account/password
/account/email                                 test_account_browser      ben     /account/email
/account/recovery-codes                        test_account_browser      ben     /account/recovery-codes
/account/authenticator/scan                    test_account_browser      ben     /account/authenticator/scan
/account/authenticator/{place}                 test_account_browser      ben     /account/authenticator/first
/account/authenticator/{place}/remove          test_account_browser      ben     /account/authenticator/first/remove
/people                                        test_people_browser       hassan  /people
/people/add                                    test_people_browser       hassan  /people/add
/people/{person}                               test_people_browser       hassan  /people/{person}
/people/{person}/change                        test_people_browser       hassan  /people/{person}/change
/people/{person}/password                      test_people_browser       hassan  /people/{person}/password
/people/{person}/reset                         test_people_browser       hassan  /people/{person}/reset
/people/{person}/unlock                        test_people_browser       hassan  /people/{person}/unlock
/people/{person}/disable                       test_people_browser       hassan  /people/{person}/disable
/people/{person}/hand-over                     test_people_browser       hassan  /people/{person}/hand-over
/settings                                      test_imports_browser      hassan  /settings
/settings/new                                  test_imports_browser      hassan  /settings/new
/settings/{setting}                            test_imports_browser      hassan  /settings/{setting}
/imports/{kind}                                test_imports_browser      hassan  /imports/settings
/imports/{kind}/{file}                         test_imports_browser      hassan  /imports/people/{nobody}
/corrections                                   test_corrections_browser  farah   /corrections
/audit                                         test_corrections_browser  hassan  /audit
"""

# What is no page: a file, a piece of a page, an answer to a script, or the way to another address.
NO_PAGE = """
/
/healthz
/council.css
/static
/session
/sign-in/qr.svg
/account/authenticator/qr.svg
/people/export
/settings/export
/imports
/imports/{kind}/template
/imports/{kind}/{file}/progress
/imports/{kind}/{file}/failed
/records/{record}
/records/{record}/versions
/records/{record}/needs-attention
/records/{record}/fields/{key}
/records/{record}/documents/{document}
/records/{record}/family/conversation
/records/{record}/review/print
/records/{record}/family/read-back
/records/{record}/profiles/{appendix}/report
/records/{record}/review/print
/figures/export
/retention/export
/invitations/export
/sen2/file
/sen2/all
/sen2/mend
"""


@dataclass(frozen=True)
class Page:
    """A page as one of the cast opens it; ``path`` has places for what a run finds in the demo."""

    who: str  # "nobody" for who is not signed in
    path: str

    def __str__(self) -> str:
        return f"{self.who} {self.path}"

    @property
    def name(self) -> str:
        """For the file of a picture."""
        return re.sub(r"\W+", "-", str(self)).strip("-")


def opened() -> list[Page]:
    """What is opened by its address: the table's lines and, of a draft and of a whole record, every tab of the form."""
    tabs = [tab.name for tab in VNOV22.tabs]
    found = [Page(*line.split()) for line in OPENED.strip().splitlines()]
    found += [Page("amina", f"/records/{{draft}}/{tab}") for tab in tabs if tab != GROWN]
    return found + [Page("farah", f"/records/{{grown}}/{tab}") for tab in tabs]


def on_the_way() -> dict[str, tuple[str, Page | None]]:
    """By route, the test module in which axe sees its page, and how it is photographed."""
    lines = (line.split() for line in ON_THE_WAY.strip().splitlines())
    return {route: (module, Page(*how) if len(how) == 2 else None) for route, module, *how in lines}


def no_page() -> set[str]:
    return set(NO_PAGE.split())


def is_whole(text: str) -> bool:
    """True for a page; a piece of one has no beginning."""
    return text.lstrip().lower().startswith("<!doctype html")


def route_of(path: str, routes: Iterable[BaseRoute]) -> str:
    """The route that answers ``path``, as the portal itself would find it; empty where none does."""
    scope = {"type": "http", "method": "GET", "path": PLACE.sub("x", path).partition("?")[0]}
    found = (r.path for r in routes if isinstance(r, Route) and r.matches(scope)[0] is Match.FULL)
    return next(found, "")


def places(db: psycopg.Connection) -> dict[str, str]:
    """Something of the demo for every place in the tables."""

    def one(query: str) -> tuple[str, ...]:
        found = db.execute(query).fetchone()  # type: ignore[call-overload]
        assert found, f"the demo has nothing for {query}"
        return tuple(str(value) for value in found)

    def record(where: str) -> str:
        """The one with the most answers of those for which ``where`` holds."""
        return one(
            "select r.id from portal.record r join portal.child c on c.id = r.child"
            " join portal.setting s on s.id = c.setting"
            f" where {where} order by (select count(*) from portal.answer a where a.record = r.id) desc limit 1"
        )[0]

    deciding = record(
        "s.name = 'Brentmere Primary School' and r.status = 'deciding' and not exists"
        " (select from portal.step a where a.record = r.id and a.kind = 'answer')"
    )
    with_paper, paper = one(
        "select d.record, d.id from portal.document d join portal.record r on r.id = d.record where r.status <> 'draft'"
        " and d.submission is null and d.withdrawn_at is null order by d.added_at limit 1"
    )
    return {
        "nobody": str(uuid4()),
        "draft": record("s.name = 'Brentmere Primary School' and r.status = 'draft'"),
        "sent": record("s.name = 'Brentmere Primary School' and r.status = 'submitted'"),
        "deciding": deciding,
        "withdrawn": record("r.status = 'withdrawn'"),
        "moved": record("r.status = 'moved_out'"),
        "step": one(f"select id from portal.step where record = '{deciding}' order by id limit 1")[0],
        "grown": record(
            "s.name = $$St Oswin's High School$$ and r.status <> 'draft' and c.dob < now() - interval '15 years'"
        ),
        "theirs": record(
            "exists (select 1 from portal.involvement i join portal.person p on p.id = i.person"
            " where i.child = c.id and p.name like 'Daljit%')"
        ),
        "with_paper": with_paper,
        "paper": paper,
        "person": one("select id from portal.person where name = 'Ben Carter'")[0],
        "setting": one("select id from portal.setting where name = 'Brentmere Primary School'")[0],
    }


def filled(path: str, found: dict[str, str]) -> str:
    """The address with something in every place."""
    return PLACE.sub(lambda place: found[place[1]], path)
