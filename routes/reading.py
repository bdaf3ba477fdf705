"""Reads what a request brings, within bounds; what no database can store is left out, rubbish is refused."""

from typing import Any

from starlette.datastructures import FormData, ImmutableMultiDict, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from routes.failure import NotSignedIn


def storable(text: str) -> str:
    """The text without NUL, and with a replacement character for half a surrogate pair."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def number(text: str, most: int = 2**31 - 1) -> int | None:
    """A whole number as it stands in an address or a form; None for what is none, or more than a column holds."""
    found = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None
    return found if found is not None and found <= most else None


Form = ImmutableMultiDict[str, str]
FIELDS = 3_000  # a tab with sixty entries of a dozen fields and their versions
LONGEST = 2_000_000  # bytes of one text
UNREADABLE = (
    "What your browser sent could not be read, so nothing was changed: a text in it is far too long, or it was cut off."
)


async def read_form(request: Request) -> Form:
    """The fields of a form; of a name given twice, ``get`` gives the last. Raises HTTPException 400 or 413.

    A form that says whose page it stands on (``person``) is that person's alone: raises NotSignedIn when somebody
    else is signed in by now, in the same browser.
    """
    return (await _read(request, 0))[0]


async def read_upload(request: Request) -> tuple[Form, UploadFile | None]:
    """The same of a form with a file in it; None where none was chosen."""
    form, sent = await _read(request, 1)
    file = sent.get("file")
    return form, file if isinstance(file, UploadFile) and file.filename else None


async def _read(request: Request, files: int) -> tuple[Form, FormData]:
    try:
        sent = await request.form(max_files=files, max_fields=FIELDS, max_part_size=LONGEST)
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise HTTPException(400, UNREADABLE) from error
    form = Form([(name, storable(text)) for name, text in sent.multi_items() if isinstance(text, str)])
    person = request.state.person
    if person is not None and form.get("person", str(person.id)) != str(person.id):
        raise NotSignedIn
    return form, sent


async def read_json(request: Request) -> dict[str, Any]:
    """A JSON object; texts at its top are storable. Raises HTTPException 400 or 413."""
    try:
        found = await request.json()
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise HTTPException(400, "What your browser sent could not be read. Reload the page.")
    return {name: storable(value) if isinstance(value, str) else value for name, value in found.items()}
