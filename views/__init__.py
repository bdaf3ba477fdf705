"""Everything a person reads: pages, fragments of pages, letters, and the council's own colour.

The choice between page and fragment is made here, once, by swapping the layout a template extends.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256, sha384
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from views import help as helping
from views import words

HERE = Path(__file__).parent
STATIC = HERE.parent / "static"


@dataclass(frozen=True)
class Council:
    """Whose portal this is: the words, addresses, colour and clock that a council sets for itself."""

    name: str = "Ealing Council"
    product: str = "SEND professional portal"
    colour: str = "#14504f"
    ersa_email: str = "ERSA@ealing.gov.uk"
    ict_email: str = "EalingEducationICT@ealing.gov.uk"
    idle_seconds: int = 600
    warn_seconds: int = 120
    session_minutes: int = 720
    demo: bool = False


templates = Environment(
    loader=FileSystemLoader(HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters.update(words.FILTERS)
letters = templates.overlay(autoescape=False)  # plain text: the only place where nothing is escaped


@lru_cache(maxsize=64)
def _digest(path: Path, changed: int) -> tuple[str, str]:
    content = path.read_bytes()
    return sha256(content).hexdigest()[:12], "sha384-" + b64encode(sha384(content).digest()).decode()


def static(name: str) -> str:
    """The address of a file of ``static/``; it changes with the content, so it may be kept for ever."""
    path = STATIC / name
    return f"/static/{name}?v={_digest(path, path.stat().st_mtime_ns)[0]}"


def integrity(name: str) -> str:
    """The subresource hash of a file of ``static/``."""
    path = STATIC / name
    return _digest(path, path.stat().st_mtime_ns)[1]


def _light(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), as WCAG 2.2 defines it."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def council_css(colour: str) -> str:
    """The small stylesheet that carries the council's colour, served as ``/council.css``.

    Text upon the colour is white or black, whichever reads better. Raises ValueError unless ``#rrggbb``.
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"The colour {colour!r} should be a hash and six digits, such as #14504f")
    light = _light(colour)
    upon = "#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#0b0c0c"
    return f":root{{--govuk-brand-colour:{colour};--portal-on-brand:{upon}}}\n"


def dress(council: Council) -> None:
    """Put the council's words and colour on every page and letter from now on."""
    css = council_css(council.colour)
    templates.globals["council"] = council
    templates.globals["council_css"] = f"/council.css?v={sha256(css.encode()).hexdigest()[:12]}"


EVERYBODY = ("senco", "adviser", "senas", "manager", "ict")
# The Modules menu: what it says, where it leads, for whose work.
MODULES = (
    ("Work queue", "/queue", ("senas", "manager")),
    ("Gateway", "/gateway", EVERYBODY),
    ("Advice asked of you", "/advice", ("senco", "adviser")),
    ("Figures", "/figures", ("senas", "manager")),
    ("Parent Portal invitations", "/invitations", ("senas", "manager")),
    ("Document requests", "/document-requests", ("senas", "manager")),
    ("Corrections", "/corrections", ("senas", "manager", "ict")),
    ("Remove from a record", "/removals", ("senas", "manager", "ict")),
    ("Retention", "/retention", ("senas", "manager")),
    ("Subject access", "/subject-access", ("senas", "manager")),
    ("Audit", "/audit", ("ict",)),
    ("People", "/people", ("ict",)),
    ("Settings", "/settings", ("ict",)),
    ("Import", "/imports", ("ict",)),
    ("Import children", "/imports/children", ("senco",)),
    ("What people say about Help", "/feedback", ("senas", "manager")),
    ("Help", "/help", EVERYBODY),
    ("My account", "/account", EVERYBODY),
)

# Boxes for passwords and codes: whatever happens, what was typed there is never written into a page again.
SECRET = frozenset(("password", "again", "present", "code", "recovery"))


def secret(name: str) -> str:
    """The name of a box for a password or a code. Raises ValueError unless it is one of SECRET."""
    if name not in SECRET:
        raise ValueError(f"{name!r} is to hold a secret: put it into views.SECRET, so that no page ever repeats it")
    return name


templates.globals.update(static=static, integrity=integrity, secret=secret)
dress(Council())


def layout(request: Request) -> str:
    """The layout a page is shown in.

    A piece of the page where htmx swaps a piece; the main part without scripts where htmx goes back to a page it
    has left (the scripts run already, and Trusted Types lets nobody make another); else the whole page.
    """
    headers = request.headers
    if headers.get("HX-History-Restore-Request") == "true":
        return "_restored.html"
    # what a script of ours sends for names the body as its target, yet asks for a part ("partial")
    whole = headers.get("HX-Request-Type") == "full" and headers.get("HX-Target", "").startswith("body")
    if headers.get("HX-Request") == "true" and not whole:
        return "_fragment.html"
    return "layout.html"


def page(
    request: Request,
    name: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The page ``name`` (a template of this folder), or only its main part where htmx asks for a fragment.

    ``request.state.person`` is who is signed in (with ``id``, ``name`` and ``role`` in words), None or absent
    when nobody is; ``request.state.remaining`` the seconds until they are signed out.
    """
    person = getattr(request.state, "person", None)
    council: Council = templates.globals["council"]  # type: ignore[assignment]
    help_at = (context or {}).get("help_at", helping.place(request.url.path))
    whole = {
        "layout": layout(request),
        "path": request.url.path,
        "person": person,
        "modules": [(name, href) for name, href, roles in MODULES if person and person.role in roles],
        "remaining": getattr(request.state, "remaining", council.idle_seconds),
        "help_at": help_at,
        "asked_here": helping.questions(help_at, person.role if person else ""),
        **(context or {}),
    }
    sent = {"Cache-Control": "no-store", "Vary": "HX-Request, HX-Target, HX-History-Restore-Request", **(headers or {})}
    return HTMLResponse(templates.get_template(name).render(whole), status, sent)


def letter(name: str, /, **context: Any) -> tuple[str, str]:
    """Subject and body of the letter ``<name>.txt``; its first line is the subject."""
    text = letters.get_template(f"{name}.txt").render(context).strip()
    subject, _, body = text.partition("\n")
    return " ".join(subject.split()), body.strip() + "\n"
