"""Reads what a request brings, within bounds; what no database can store is left out, rubbish is refused."""

from typing import Any

from starlette.datastructures import ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import Request

from routes.failure import NotSignedIn


def storable(text: str) -> str:
    """The text without NUL, and with a replacement character for half a surrogate pair."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Form = ImmutableMultiDict[str, str]
FIELDS = 3_000  # a tab with sixty entries of a dozen fields and their versions


async def read_form(request: Request) -> Form:
    """The fields of a form; of a name given twice, ``get`` gives the last. Raises HTTPException 400 or 413.

    A form that says whose page it stands on (``person``) is that person's alone: raises NotSignedIn when somebody
    else is signed in by now, in the same browser.
    """
    sent = await request.form(max_files=0, max_fields=FIELDS, max_part_size=2_000_000)
    form = Form([(name, storable(text)) for name, text in sent.multi_items() if isinstance(text, str)])
    person = request.state.person
    if person is not None and form.get("person", str(person.id)) != str(person.id):
        raise NotSignedIn
    return form


async def read_json(request: Request) -> dict[str, Any]:
    """A JSON object; texts at its top are storable. Raises HTTPException 400 or 413."""
    try:
        found = await request.json()
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise HTTPException(400, "What your browser sent could not be read. Reload the page.")
    return {name: storable(value) if isinstance(value, str) else value for name, value in found.items()}
