"""Starting an ERSA: for a child of one's own setting, or for one who is added to the register with it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from psycopg.errors import UniqueViolation
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from record import VNOV22, clock
from record.kinds import Refused
from record.names import filed
from record.personal import HELD
from record.personal import TAB as PERSONAL
from routes.failure import Explained, Words
from routes.gateway import PAGE, wanted
from routes.guard import Person, signed_in
from routes.opened import identifier
from routes.reading import Form, number, read_form
from routes.trail import listed
from views import page

NEEDED = {
    "first_name": "Enter the child’s first name.",
    "surname": "Enter the child’s surname.",
    "dob": "Enter the child’s date of birth.",
    "sex": "Choose the child’s sex as registered.",
}
NOT_YOURS = Words(
    "Only the child’s setting can start an ERSA",
    "Your account is not one of a school or setting. Nothing was changed.",
    ("Ask the SENCO of the child’s setting to start it.", "If that is you, Education ICT can put your account right."),
)
TAKEN = (
    "A child with this UPN is in the portal already. Check the number; if it is right, the child may be known at "
    "another setting: write to SENAS, who can move the record to yours."
)


@signed_in
async def show(request: Request) -> Response:
    """The children of one's own setting, to choose from; or the form for one who is not in the list."""
    form = await read_form(request) if request.method == "POST" else Form()
    return await _start_page(request, str(form.get("search", "")))


async def _start_page(
    request: Request,
    typed: str = "",
    form: dict[str, str] | None = None,
    refused: dict[str, str] | None = None,
    alike: Sequence[Any] = (),
) -> Response:
    """``form`` is what was typed for a child who is not in the list, ``alike`` the children it might be."""
    person: Person = request.state.person
    if person.role != "senco":
        raise Explained(403, NOT_YOURS)
    rows: list[Any] = []
    why = ""
    async with request.app.state.db.reading(person.identity) as q:
        settings = await q.child.settings()
        try:
            rows = await q.gateway.by_name(**{**wanted(typed), "all": True}, after=None, most=PAGE + 1)
        except Refused as refusal:
            why = str(refusal)
    await listed(request, (r.id for r in (*rows[:PAGE], *alike)))
    labels = {f.name: f.label for part in PERSONAL.sections for f in part.fields}
    ended = ("not_assess", "not_issue", "final_plan", "withdrawn", "moved_out", "ceased")
    return page(
        request,
        "start.html",
        {
            "search": typed,
            "children": [
                {
                    "id": r.id,
                    "name": f"{r.first_name} {r.surname}",
                    "dob": r.dob,
                    "upn": r.upn or "",
                    "setting": r.setting,
                    "href": f"/records/{r.record}" if r.record and r.status not in ended else "",
                }
                for r in rows[:PAGE]
            ],
            "empty": why
            or (
                "No child of your setting matches this search." if typed else "No child of your setting is in the list."
            ),
            "more": f"Only the first {PAGE} are shown: search by name to find the others." if len(rows) > PAGE else "",
            "settings": [(str(s.id), s.name) for s in settings],
            "sexes": [("F", "Female"), ("M", "Male"), ("U", "Not known")],
            "form": form or {},
            "refused": refused or {},
            "alike": [
                {
                    "id": r.id,
                    "name": " ".join(filter(None, (r.first_name, r.middle_names, r.surname))),
                    "dob": r.dob,
                    "upn": r.upn or "",
                    "setting": r.setting_name,
                    "href": f"/records/{r.record}" if r.record else "",
                }
                for r in alike
            ],
            "errors": [{"href": f"#{n}", "text": t, "label": labels.get(n, "")} for n, t in (refused or {}).items()]
            + [{"href": "#alike", "text": "Is it this child? One of this name and birthday is in the list already."}]
            * bool(alike),
        },
        422 if refused or alike else 200,
    )


@signed_in
async def begin(request: Request) -> Response:
    """Start an ERSA for a child in the list; where there is one already, open that."""
    person: Person = request.state.person
    await read_form(request)
    child = identifier(request.path_params["child"])
    if person.role != "senco":
        raise Explained(403, NOT_YOURS)
    async with request.app.state.db.writing(person.identity) as q:
        made = await q.record.start(child=child, form=VNOV22.version) or await q.record.live(child=child)
    if made is None:
        raise HTTPException(404)
    return RedirectResponse(f"/records/{made}/personal", 303)


@signed_in
async def add(request: Request) -> Response:
    """Add a child of one's own setting and start their ERSA. What was typed stays on the page if it is refused."""
    person: Person = request.state.person
    form = await read_form(request)
    if person.role != "senco":
        raise Explained(403, NOT_YOURS)
    typed = {name: str(form.get(name, "")) for name in (*HELD, "setting")}
    async with request.app.state.db.reading(person.identity) as q:
        settings = {s.id for s in await q.child.settings()}
    child, refused = read_child(typed, settings)
    if refused:
        return await _start_page(request, form=typed, refused=refused)
    named = {"named": filed(child["surname"], *child["first_name"].split()[:1]), "dob": child["dob"]}
    try:
        async with request.app.state.db.writing(person.identity) as q:
            await q.child.one_at_a_time(**named)
            alike = [] if form.get("another") == "yes" else await q.child.alike(**named)
            known = next((r.id for r in alike if is_same(r, child)), None)
            made = None
            if known or not alike:
                made = await q.record.start(child=known or await q.child.add(**child), form=VNOV22.version)
                made = made or await q.record.live(child=known)
    except UniqueViolation:
        return await _start_page(request, form=typed, refused={"upn": TAKEN})
    if made is None:
        return await _start_page(request, form=typed, alike=alike)
    return RedirectResponse(f"/records/{made}/personal", 303)


def is_same(known: Any, child: Mapping[str, Any]) -> bool:
    """Whether a child of the register is the one that was typed: every name the same, and nothing against it."""
    upns = {known.upn, child["upn"]} - {None}
    return (known.search, known.setting) == (child["search"], child["setting"]) and len(upns) < 2


def read_child(typed: Mapping[str, str], settings: Collection[int]) -> tuple[dict[str, Any], dict[str, str]]:
    """The child as sql/child.sql takes it, and what is refused, by field; the setting has to be one of ``settings``."""
    fields = {f.name: f for part in PERSONAL.sections for f in part.fields}
    refused: dict[str, str] = {}
    child: dict[str, Any] = {}
    for name in HELD:
        try:
            child[name] = fields[name].kind.read(typed[name])
        except Refused as refusal:
            refused[name] = str(refusal)
        else:
            if not child[name] and name in NEEDED:
                refused[name] = NEEDED[name]
    child["setting"] = number(typed["setting"])
    if child["setting"] not in settings:
        refused["setting"] = "Choose the setting."
    if "dob" not in refused and (age := clock.today().year - date.fromisoformat(child["dob"]).year) > 26:
        refused["dob"] = (
            f"An ERSA is for children and young people up to 25. Somebody born then would be {age - 1} or {age}."
        )
    if not refused:
        child["dob"], child["upn"] = date.fromisoformat(child["dob"]), child["upn"] or None
        child["search"] = filed(child["surname"], child["first_name"], child["middle_names"])
    return child, refused
