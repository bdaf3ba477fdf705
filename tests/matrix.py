"""Who may do what, written down: two tables that the access tests walk cell by cell, and how each route is asked.

Whoever adds a route adds a line here. A status with a star changes something; one without must change nothing.
``422/303`` is the status for a draft and for what has been submitted.
"""

import re
from dataclasses import dataclass, field

CAST = ("amina", "ben", "carys", "daljit", "ewa", "farah", "grace", "hassan", "nobody")

# What each of the cast is to each kind of record. A hidden record does not exist for them.
WHO = """
                amina    ben      carys    daljit   ewa      farah    grace    hassan   nobody
begun_near      writes   writes   hidden   advises  hidden   hidden   hidden   hidden   out
begun_apart     writes   writes   hidden   hidden   advises  hidden   hidden   hidden   out
sent_near       writes   writes   hidden   advises  hidden   reads    reads    hidden   out
sent_apart      writes   writes   hidden   hidden   advises  reads    reads    hidden   out
sent_asked      writes   writes   hidden   asked    hidden   reads    reads    hidden   out
oswin_begun     hidden   hidden   writes   hidden   hidden   hidden   hidden   hidden   out
oswin_sent      hidden   hidden   writes   advises  advises  reads    reads    hidden   out
"""

# How such a record is found in the demo: setting, already submitted, is daljit involved, is ewa.
KINDS = {
    "begun_near": ("Brentmere Primary School", False, True, False),
    "begun_apart": ("Brentmere Primary School", False, False, True),
    "sent_near": ("Brentmere Primary School", True, True, False),
    "sent_apart": ("Brentmere Primary School", True, False, True),
    "sent_asked": ("Brentmere Primary School", True, False, False),  # daljit is asked for Appendix C
    "oswin_begun": ("St Oswin's High School", False, False, False),
    "oswin_sent": ("St Oswin's High School", True, True, True),
}

ON_A_RECORD = """
                                                writes    advises   reads     hidden  out
GET  /records/{record}                          303       303       303       303     303
GET  /records/{record}/versions                 200       200       200       404     401
GET  /records/{record}/needs-attention          200       200       200       404     303
GET  /records/{record}/fields/{key=reason}      200       200       200       404     401
GET  /records/{record}/fields/{key=advice}      200       200       200       404     401
POST /records/{record}/fields/{key=reason}      200*      403       403       404     401
POST /records/{record}/fields/{key=first_name}  403       403       403       404     401
POST /records/{record}/fields/{key=outcome}     200*      403       403       404     401
POST /records/{record}/fields/{key=advice}      403       200*      403       404     401
GET  /records/{record}/fields/{key=reason}/history  200   200       200       404     303
GET  /records/{record}/fields/{key=advice}/history  200   200       200       404     303
POST /records/{record}/fields/{key=reason}/restore  303*  403       403       404     401
POST /records/{record}/fields/{key=advice}/restore  403   303*      403       404     401
POST /records/{record}/lists/{list=results}     303*      403       403       404     401
POST /records/{record}/lists/{list=outcomes}    303*      303*      403       404     401
POST /records/{record}/lists/{list=professionals}  303*   303*      403       404     401
POST /records/{record}/entries/{entry=parent}/withdraw    303*  403   403     404     401
POST /records/{record}/entries/{entry=outcome}/withdraw   303*  403   403     404     401
POST /records/{record}/entries/{entry=advice}/withdraw    403   303*  403     404     401
POST /records/{record}/entries/{entry=parent}/restore     303*  403   403     404     401
POST /records/{record}/entries/{entry=outcome}/restore    303*  403   403     404     401
POST /records/{record}/entries/{entry=advice}/restore     403   303*  403     404     401
POST /records/{record}/entries/{entry=parent}/up          303*  403   403     404     401
POST /records/{record}/entries/{entry=parent}/down        303*  403   403     404     401
GET  /records/{record}/documents                200       200       200       404     303
GET  /records/{record}/documents/{document}     404/200   404/200   200       404     303
GET  /records/{record}/documents/new            200       200       200       404     303
POST /records/{record}/documents/new            422       422       422       404     401
GET  /records/{record}/documents/{document}/remove    404/403  404/403  404/403  404  303
POST /records/{record}/documents/{document}/remove    404/403  404/403  404/403  404  401
POST /records/{record}/documents/{document}/restore   404  404  404/409   404     401
POST /records/{record}/documents/{document}/ask       404/422  404/422  404/403  404  401
POST /records/{record}/documents/{document}/availability  404  404  422   404     401
GET  /records/{record}/withdraw                 200/403   403       403       404     303
POST /records/{record}/withdraw                 303*/403  403       403       404     401
POST /records/{record}/take-up                  303*/403  403       403       404     401
GET  /records/{record}/bundle                   404       404       200       404     303
POST /records/{record}/bundle                   404       404       422       404     401
GET  /records/{record}/family/conversation      200       200       200       404     303
GET  /records/{record}/family/read-back         200       200       200       404     303
GET  /records/{record}/advice-requests          200       200       200       404     303
POST /records/{record}/advice-requests          422       403       422       404     401
POST /records/{record}/advice-requests/{request=document}   404  404  404  404    401
POST /records/{record}/advice-requests/{request=document}/change   404  404  404  404    401
POST /records/{record}/advice-requests/{request=document}/cancel   404  404  404  404    401
GET  /records/{record}/subject-access           404       404       200       404     303
POST /records/{record}/subject-access           404       404       422       404     401
GET  /records/{record}/hold                     404       404       200       404     303
POST /records/{record}/hold                     404       404       422       404     401
POST /records/{record}/hold/lift                404       404       404       404     401
GET  /records/{record}/submit                   200       200       200       404     303
POST /records/{record}/submit                   422/303   403/303   303       404     401
GET  /records/{record}/report?report=preview    200       200       200       404     303
GET  /records/{record}/report?report=submit     200/303   200/303   303       404     303
GET  /records/{record}/receipt                  303/200   303/200   200       404     303
GET  /records/{record}/readers                  200       404       200       404     303
GET  /records/{record}/corrections/{field=first_name}   200  200  200     404     303
POST /records/{record}/corrections/{field=first_name}   422  422  422     404     401
GET  /records/{record}/review                   404       404       200       404     303
GET  /records/{record}/review/print             404       404       200       404     303
GET  /records/{record}/case                     200       200       200       404     303
GET  /records/{record}/case/{kind=exception}    404       404       200       404     303
POST /records/{record}/case/{kind=exception}    404       404       422       404     401
GET  /records/{record}/steps/{step=question}    404       404       200       404     303
POST /records/{record}/steps/{step=question}    404       404       422       404     401
POST /records/{record}/questions/{question=question}  404/422  404  404       404     401
GET  /records/{record}/{tab=needs}              200       200       200       404     303
GET  /records/{record}/{tab=outcomes}           200       200       200       404     303
GET  /records/{record}/profiles                 200       200       200       404     303
GET  /records/{record}/{tab=appendix_b}         200       200       200       404     303
POST /records/{record}/lists/{list=appendix_b}  303*      403       403       404     401
GET  /records/{record}/profiles/{appendix=appendix_c}/report   404  404  404  404     303
POST /records/{record}/profiles/{appendix=appendix_e}/submit   403  403  403  404  401
POST /records/{record}/{tab=needs}              303*      403       403       404     401
POST /records/{record}/{tab=outcomes}           303*      303*      403       404     401
"""

# Of these, to who is asked for advice and not involved with the child. All else is answered as if it were hidden.
ASKED = """
                                                asked
GET  /records/{record}                          303
GET  /records/{record}/versions                 200
GET  /records/{record}/needs-attention          200
GET  /records/{record}/fields/{key=advice}      200
POST /records/{record}/fields/{key=first_name}  403
POST /records/{record}/fields/{key=advice}      200*
GET  /records/{record}/fields/{key=advice}/history  200
POST /records/{record}/fields/{key=advice}/restore  303*
POST /records/{record}/lists/{list=outcomes}    303*
POST /records/{record}/entries/{entry=advice}/withdraw    303*
POST /records/{record}/entries/{entry=advice}/restore     303*
GET  /records/{record}/documents                200
GET  /records/{record}/documents/new            200
POST /records/{record}/documents/new            422
GET  /records/{record}/advice-requests          200
POST /records/{record}/advice-requests          403
GET  /records/{record}/{tab=outcomes}           200
POST /records/{record}/{tab=outcomes}           303*
GET  /records/{record}/profiles                 200
"""

# What is about no record yet. A child of one's own setting is `mine`, any other `theirs`.
ELSEWHERE = """
                                 amina    ben      carys    daljit   ewa      farah    grace    hassan   nobody
GET  /gateway                    200      200      200      200      200      200      200      200      303
POST /gateway                    200      200      200      200      200      200      200      200      401
GET  /start                      200      200      200      403      403      403      403      403      303
POST /start                      200      200      200      403      403      403      403      403      401
POST /start/new?to=mine          303*     303*     303*     403      403      403      403      403      401
POST /start/new?to=theirs        422      422      422      403      403      403      403      403      401
POST /start/{child=mine}         303      303      303      403      403      403      403      403      401
POST /start/{child=theirs}       404      404      404      403      403      403      403      403      401
GET  /settings                   404      404      404      404      404      404      404      200      303
GET  /settings/export            404      404      404      404      404      404      404      200      303
GET  /settings/new               404      404      404      404      404      404      404      200      303
POST /settings/new               404      404      404      404      404      404      404      422      401
GET  /settings/{setting=place}   404      404      404      404      404      404      404      200      303
POST /settings/{setting=place}   404      404      404      404      404      404      404      422      401
POST /settings/{setting=place}/close  404      404      404      404      404      404      404      422      401
GET  /people/export              404      404      404      404      404      404      404      200      303
GET  /imports                    303      303      303      404      404      404      404      303      303
GET  /imports/{kind=kind}        200      200      200      404      404      404      404      200      303
POST /imports/{kind=kind}        422      422      422      404      404      404      404      422      401
GET  /imports/{kind=kind}/template  200   200   200   404   404   404   404   200   303
GET  /imports/{kind=kind}/{file=gone}  410   410   410   404   404   404   404   410   303
GET  /imports/{kind=kind}/{file=gone}/progress  410   410   410   404   404   404   404   410   303
POST /imports/{kind=kind}/{file=gone}/apply  410   410   410   404   404   404   404   410   401
GET  /imports/{kind=kind}/{file=gone}/failed  404   404   404   404   404   404   404   404   303
POST /gateway/export             200      200      200      200      200      200      200      404      401
GET  /people                     404      404      404      404      404      404      404      200      303
POST /people                     404      404      404      404      404      404      404      200      401
GET  /people/add                 404      404      404      404      404      404      404      200      303
POST /people/add                 404      404      404      404      404      404      404      422      401
GET  /people/{person}            404      404      404      404      404      404      404      200      303
GET  /people/{person}/change     404      404      404      404      404      404      404      200      303
POST /people/{person}/change     404      404      404      404      404      404      404      422      401
GET  /people/{person}/password   404      404      404      404      404      404      404      200      303
POST /people/{person}/password   404      404      404      404      404      404      404      422      401
GET  /people/{person}/reset      404      404      404      404      404      404      404      200      303
POST /people/{person}/reset      404      404      404      404      404      404      404      422      401
GET  /people/{person}/unlock     404      404      404      404      404      404      404      200      303
POST /people/{person}/unlock     404      404      404      404      404      404      404      422      401
GET  /people/{person}/disable    404      404      404      404      404      404      404      200      303
POST /people/{person}/disable    404      404      404      404      404      404      404      422      401
GET  /people/{person}/enable     404      404      404      404      404      404      404      200      303
POST /people/{person}/enable     404      404      404      404      404      404      404      422      401
GET  /people/{person}/hand-over  404      404      404      404      404      404      404      200      303
POST /people/{person}/hand-over  404      404      404      404      404      404      404      422      401
POST /people/{person}/hand-over/preview  404  404     404      404      404      404      404      422      401
GET  /session                    200      200      200      200      200      200      200      200      401
GET  /corrections                404      404      404      404      404      200      200      200      303
POST /corrections/{correction=mine}/apply   404  404  404    404      404      404      404      404      401
POST /corrections/{correction=mine}/refuse  404  404  404    404      404      422      422      422      401
GET  /document-requests          404      404      404      404      404      200      200      404      303
POST /document-requests/{request=mine}/grant    404  404  404  404     404      404      404      404      401
POST /document-requests/{request=mine}/decline  404  404  404  404     404      422      422      404      401
POST /document-requests/{request=mine}/revoke   404  404  404  404     404      404      404      404      401
GET  /invitations                404      404      404      404      404      200      200      404      303
GET  /invitations/export         404      404      404      404      404      200      200      404      303
POST /invitations/{record=mine}  404      404      404      404      404      404      404      404      401
GET  /figures                    404      404      404      404      404      200      200      404      303
GET  /figures/export             404      404      404      404      404      200      200      404      303
GET  /sen2                       404      404      404      404      404      200      200      404      303
GET  /sen2/file                  404      404      404      404      404      200      200      404      303
GET  /sen2/all                   404      404      404      404      404      200      200      404      303
GET  /sen2/mend                  404      404      404      404      404      200      200      404      303
GET  /retention                  404      404      404      404      404      200      200      404      303
GET  /retention/export           404      404      404      404      404      200      200      404      303
GET  /retention/rules/{outcome=rule}   404  404    404      404      404      404      200      404      303
POST /retention/rules/{outcome=rule}   404  404    404      404      404      404      422      404      401
GET  /subject-access             404      404      404      404      404      200      200      404      303
POST /subject-access             404      404      404      404      404      422      422      404      401
GET  /feedback                   404      404      404      404      404      200      200      404      303
POST /help/{topic=topic}         422      422      422      422      422      422      422      422      401
POST /feedback/{said=gone}/take-out     404   404   404      404      404      404      404      404      401
GET  /advice                     200      200      200      200      200      404      404      404      303
POST /advice/{request=mine}/take 404      404      404      404      404      404      404      404      401
GET  /queue                      404      404      404      404      404      200      200      404      303
POST /queue                      404      404      404      404      404      422      422      404      401
GET  /removals                   404      404      404      404      404      200      200      200      303
POST /removals/{reference=mine}/{kind=kind}/{thing=mine}/remove   404  404  404  404  404  404  404  404  401
POST /removals/{reference=mine}/{kind=kind}/{thing=mine}/restore  404  404  404  404  404  404  404  404  401
GET  /audit                      404      404      404      404      404      404      404      200      303
POST /audit                      404      404      404      404      404      404      404      200      401
POST /audit/export               404      404      404      404      404      404      404      200      401
POST /session                    200      200      200      200      200      200      200      200      401
GET  /account                    200      200      200      200      200      200      200      200      303
GET  /account/password           200      200      200      200      200      200      200      200      303
POST /account/password           422      422      422      422      422      422      422      422      401
GET  /account/email              200      200      200      200      200      200      200      200      303
POST /account/email              422      422      422      422      422      422      422      422      401
POST /account/sessions           303      303      303      303      303      303      303      303      401
GET  /account/recovery-codes     200      200      200      200      200      200      200      200      303
POST /account/recovery-codes     200      200      200      200      200      200      200      200      401
GET  /account/authenticator/scan     303  303      303      303      303      303      303      303      303
POST /account/authenticator/scan     303  303      303      303      303      303      303      303      401
GET  /account/authenticator/qr.svg   404  404      404      404      404      404      404      404      303
GET  /account/authenticator/{place=first}   200  200   200   200      200      200      200      200      303
POST /account/authenticator/{place=first}   422  422   422   422      422      422      422      422      401
GET  /account/authenticator/{place=first}/remove  200  200  200  200  200      200      200      200      303
POST /account/authenticator/{place=first}/remove  422  422  422  422  422      422      422      422      401
"""

# For everybody, and about no child.
PUBLIC = """
GET  /
GET  /healthz
GET  /council.css
GET  /static
GET  /help
GET  /help/guide
GET  /help/{topic}
GET  /sign-in
POST /sign-in
GET  /sign-in/password
POST /sign-in/password
GET  /sign-in/choose
POST /sign-in/choose
GET  /sign-in/authenticator
POST /sign-in/authenticator
GET  /sign-in/qr.svg
GET  /sign-in/code
POST /sign-in/code
POST /sign-out
GET  /signed-out
POST /session/again
GET  /password
POST /password
GET  /password/set
GET  /password/{token}
POST /sign-in/forgot
GET  /sign-in/forgotten
GET  /unlock/{token}
POST /unlock/{token}
GET  /address/{token}
POST /address/{token}
GET  /demo/code/{username}
GET  /demo/mail
GET  /demo/mail/{letter}
"""

PLACE = re.compile(r"\{(\w+)(?:=(\w+))?\}")


@dataclass(frozen=True)
class Line:
    """One line of a table: a request, and by column what it is answered."""

    method: str
    address: str
    cells: dict[str, str] = field(default_factory=dict)

    @property
    def route(self) -> str:
        """Method and path as the map of routes has them."""
        path = PLACE.sub(lambda place: "{" + place[1] + "}", self.address)
        return f"{self.method} {path.partition('?')[0]}"

    def __str__(self) -> str:
        return f"{self.method} {self.address}"

    def filled(self, values: dict[str, str]) -> str:
        """The address with something in every place; ``{key=reason}`` takes the value of ``reason``."""
        return PLACE.sub(lambda place: values[place[2] or place[1]], self.address)


def cell(line: Line, how: str) -> str:
    """What a line of ON_A_RECORD is answered to somebody who is that to the record."""
    asked = {str(it): it.cells["asked"] for it in table(ASKED)}
    return asked.get(str(line), line.cells["hidden"]) if how == "asked" else line.cells[how]


def table(text: str) -> list[Line]:
    """The lines of a table with methods and addresses; the first line has the columns' names."""
    head, *lines = text.strip("\n").splitlines()
    columns = head.split()
    found = []
    for words in map(str.split, lines):
        if len(words) != 2 + len(columns):
            raise ValueError(f"{' '.join(words)}: there should be {len(columns)} cells after method and address")
        found.append(Line(words[0], words[1], dict(zip(columns, words[2:], strict=True))))
    return found


def cells(text: str) -> dict[str, dict[str, str]]:
    """A table whose lines begin with one word: by that word, then by column."""
    head, *lines = text.strip("\n").splitlines()
    return {words[0]: dict(zip(head.split(), words[1:], strict=True)) for words in map(str.split, lines)}


def public() -> set[str]:
    return {" ".join(line.split()) for line in PUBLIC.strip().splitlines()}
