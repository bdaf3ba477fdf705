"""The portal's one entry: reads the settings, prepares the database, and serves.

``python server.py`` starts everything. Without DATABASE_URL it brings its own PostgreSQL and the demo people.
"""

import asyncio
import base64
import contextlib
import functools
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import uvicorn
from psycopg.conninfo import conninfo_to_dict
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

import migrations
import views
from migrations import demo
from record import Lists, clock, read_lists, use_lists
from record.sen2_codes import Codes, read_codes
from routes import ROUTES, advice_requests, codes, errands, expiry, first_ict, limits, loop, reminders, scan
from routes import demo as demo_routes
from routes.ersa import Sent, ersa, wrote
from routes.failure import HANDLERS
from routes.guard import Guard
from sql import Database, Identity
from sql.cluster import AlreadyRunning, Cluster, ClusterError
from views.pdf.intake import Intake
from views.pdf.workers import Paper

HERE = Path(__file__).parent
PACKED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/pdf")  # gains nothing by being packed again


class Unusable(Exception):
    """A setting is missing or malformed; the text says what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything a council sets for itself. The README's table says what each is for."""

    database_url: str = ""
    owner_database_url: str = ""
    pg_bin: Path | None = None
    runtime: Path | None = None  # the system's own place for sockets, where a path of ours would be too long
    data: Path = HERE / "var"
    demo: bool = True
    host: str = "127.0.0.1"
    port: int = 8000
    proxy: tuple[str, ...] = ("127.0.0.1", "::1")
    base_url: str = "http://127.0.0.1:8000"
    secret: str = ""
    keys: Mapping[int, bytes] = None  # type: ignore[assignment]
    idle: timedelta = timedelta(minutes=10)
    warn: timedelta = timedelta(minutes=2)
    session_hours: float = 12
    code_drift: int = 1
    reset_minutes: int = 30
    sleep_days: int = 55
    cheap_hashes: bool = False
    council: str = "Ealing Council"
    request_name: str = "Ealing Request for Statutory Assessment of Education, Health and Care needs"
    service_name: str = "SEND professional portal"
    colour: str = "#14504f"
    ersa_email: str = "ERSA@ealing.gov.uk"
    ict_email: str = "EalingEducationICT@ealing.gov.uk"
    mail_from: str = "no-reply@ealing.gov.uk"
    first_ict: tuple[str, str] | None = None  # name and address
    smtp_url: str = ""
    receipt_days: int = 3
    reminders: bool = True
    la_code: str = "307"
    sen2_codes: Codes = field(default_factory=Codes)
    lists: Lists = field(default_factory=read_lists)
    pdf_workers: int = 2
    upload_bytes: int = 3_000_000
    upload_types: tuple[str, ...] = ("pdf", "photo", "word")
    photo_bytes: int = 15_000_000
    clamd: str = ""
    connections: int = 10

    @property
    def mail_folder(self) -> Path:
        """Where the demo's letters are written."""
        return self.data / "mail"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings from the environment. Raises ``Unusable`` with a sentence that says what to do."""

    def text(name: str, default: str = "") -> str:
        return environment.get(name, "").strip() or default

    def number(name: str, default: float, least: float, most: float) -> float:
        typed = text(name, str(default))
        try:
            found = float(typed)
        except ValueError:
            found = least - 1
        if not least <= found <= most:
            raise Unusable(f"{name} is {typed!r}. It should be a number between {least:g} and {most:g}.")
        return found

    def yes(name: str, default: bool) -> bool:
        typed = text(name, "yes" if default else "no").lower()
        if typed not in ("yes", "no"):
            raise Unusable(f"{name} is {typed!r}. It should be yes or no.")
        return typed == "yes"

    def fit(name: str, default: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text(name, default))
        except ValueError as error:
            raise Unusable(f"{name}: {error}") from None

    database_url = text("DATABASE_URL")
    is_demo = yes("PORTAL_DEMO", not database_url)
    data = Path(text("PORTAL_DATA", str(HERE / "var"))).absolute()
    host, port = text("PORTAL_HOST", "127.0.0.1"), int(number("PORTAL_PORT", 8000, 0, 65535))
    base_url = text("PORTAL_BASE_URL", f"http://{host}:{port}").rstrip("/")
    _addressable("PORTAL_BASE_URL", base_url, ("http", "https"), "https://send.example.gov.uk")
    if not is_demo and urlsplit(base_url).scheme != "https":
        raise Unusable("PORTAL_BASE_URL should begin with https:// where real people sign in.")
    _connectable("DATABASE_URL", database_url)
    owner = text("PORTAL_OWNER_DATABASE_URL")
    if database_url and not owner:
        raise Unusable(
            "PORTAL_OWNER_DATABASE_URL is missing. Set it to a connection of the database's owner, "
            "who may create roles: the migrations run with it, the portal itself never does."
        )
    _connectable("PORTAL_OWNER_DATABASE_URL", owner)
    smtp_url = text("PORTAL_SMTP_URL")
    if smtp_url:
        _addressable(
            "PORTAL_SMTP_URL", smtp_url, ("smtp", "smtps", "smtp+starttls"), "smtp+starttls://mail.example:587"
        )
    if not is_demo and not smtp_url:
        raise Unusable(
            "PORTAL_SMTP_URL is missing: letters need a mail server, such as smtp+starttls://mail.example:587"
        )
    secret, keys = text("PORTAL_SECRET"), text("PORTAL_KEYS")
    if is_demo and not (secret or keys):
        secret, keys = _own_secrets(data)
    if len(secret) < 32:
        raise Unusable("PORTAL_SECRET should be at least 32 characters that nobody can guess, for signing cookies.")
    idle = timedelta(minutes=number("PORTAL_IDLE_MINUTES", 10, 0.05, 60))
    warn = timedelta(seconds=number("PORTAL_WARN_SECONDS", min(120, idle.total_seconds() / 2), 1, 600))
    if warn >= idle:
        raise Unusable("PORTAL_WARN_SECONDS should be shorter than PORTAL_IDLE_MINUTES: it is the warning before it.")
    types = tuple(text("PORTAL_UPLOAD_TYPES", "pdf,photo,word").replace(" ", "").split(","))
    if "pdf" not in types or set(types) - {*Settings.upload_types}:
        raise Unusable("PORTAL_UPLOAD_TYPES should be pdf, and perhaps photo and word, such as pdf,photo,word")
    fit("PORTAL_COLOUR", Settings.colour, views.council_css)
    first = text("PORTAL_FIRST_ICT")
    try:
        keyring = codes.read_keys(keys)
        proxy = limits.read_proxies(text("PORTAL_PROXY", ",".join(Settings.proxy)))
        invited = first_ict.read(first) if first else None
    except ValueError as error:
        raise Unusable(str(error)) from None
    return Settings(
        database_url=database_url,
        owner_database_url=owner,
        pg_bin=Path(text("PORTAL_PG_BIN")) if text("PORTAL_PG_BIN") else None,
        runtime=Path(text("XDG_RUNTIME_DIR")) if text("XDG_RUNTIME_DIR") else None,
        data=data,
        demo=is_demo,
        host=host,
        port=port,
        proxy=proxy,
        base_url=base_url,
        secret=secret,
        keys=keyring,
        idle=idle,
        warn=warn,
        session_hours=number("PORTAL_SESSION_HOURS", 12, 0.01, 24),
        code_drift=int(number("PORTAL_CODE_DRIFT", 1, 0, 1)),
        reset_minutes=int(number("PORTAL_RESET_MINUTES", 30, 5, 240)),
        sleep_days=int(number("PORTAL_SLEEP_DAYS", 55, 15, 3650)),
        cheap_hashes=is_demo and yes("PORTAL_CHEAP_HASHES", False),
        council=text("PORTAL_COUNCIL", Settings.council),
        request_name=text("PORTAL_REQUEST_NAME", Settings.request_name),
        service_name=text("PORTAL_SERVICE_NAME", Settings.service_name),
        colour=text("PORTAL_COLOUR", Settings.colour),
        ersa_email=text("PORTAL_ERSA_EMAIL", Settings.ersa_email),
        ict_email=text("PORTAL_ICT_EMAIL", Settings.ict_email),
        mail_from=text("PORTAL_MAIL_FROM", Settings.mail_from),
        first_ict=invited,
        smtp_url=smtp_url,
        receipt_days=int(number("PORTAL_RECEIPT_DAYS", 3, 1, 30)),
        reminders=yes("PORTAL_REMINDERS", True),
        la_code=f"{int(number('PORTAL_LA_CODE', 307, 1, 999)):03}",
        sen2_codes=fit("PORTAL_SEN2_CODES", "", read_codes),
        lists=fit("PORTAL_LISTS", "", read_lists),
        upload_bytes=int(number("PORTAL_UPLOAD_MB", 3, 0.1, 20) * 1_000_000),
        photo_bytes=int(number("PORTAL_PHOTO_MB", 15, 0.1, 20) * 1_000_000),
        upload_types=types,
        clamd=fit("PORTAL_CLAMD", "", scan.read_address),
        pdf_workers=int(number("PORTAL_PDF_WORKERS", 2, 1, 32)),
        connections=int(number("PORTAL_CONNECTIONS", 10, 2, 100)),
    )


def _addressable(name: str, url: str, schemes: tuple[str, ...], example: str) -> None:
    try:
        parts = urlsplit(url)
        right = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half a bracket
        right = False
    if not right:
        # not repeated as it is: it may hold a password
        raise Unusable(f"{name} is not an address. It begins with {'://, '.join(schemes)}://, such as {example}")


def _connectable(name: str, url: str) -> None:
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise Unusable(
            f"{name} is not a connection PostgreSQL understands, such as postgresql://user@host/name"
        ) from None


def _own_secrets(data: Path) -> tuple[str, str]:
    """The demo's own secret and keys: made once, kept in a file only its owner can read."""
    path = data / "secrets.json"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        made = {"secret": secrets.token_urlsafe(48), "keys": "1:" + base64.b64encode(secrets.token_bytes(32)).decode()}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(made, file)
    kept = json.loads(path.read_text())
    return kept["secret"], kept["keys"]


def application(settings: Settings, database_url: str, revive: Callable[[], bool] | None = None) -> Starlette:
    """The portal as an ASGI application, on a database that is migrated already.

    ``revive`` starts that database again if it has ended; only the embedded one is ours to start.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await app.state.db.open()
        app.state.paper.start()
        folder = settings.mail_folder if settings.demo and not settings.smtp_url else None
        post = loop.Post(settings.mail_from, settings.smtp_url, folder)
        given = (app.state.db, settings)
        chores: list[loop.Chore] = [functools.partial(errands.work, *given), expiry.chore(*given)]
        chores += [reminders.chore(*given), advice_requests.chore(*given)] if settings.reminders else []
        if app.state.scanner:
            chores.append(functools.partial(scan.again, app.state.db, app.state.scanner, settings.base_url))
        working = asyncio.create_task(loop.run(app.state.db, post, revive, chores))
        try:
            yield
        finally:
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
            app.state.paper.close()
            await app.state.db.close()

    use_lists(settings.lists)
    views.dress(
        views.Council(
            name=settings.council,
            product=settings.service_name,
            colour=settings.colour,
            ersa_email=settings.ersa_email,
            ict_email=settings.ict_email,
            idle_seconds=int(settings.idle.total_seconds()),
            warn_seconds=int(settings.warn.total_seconds()),
            session_minutes=round(settings.session_hours * 60),
            demo=settings.demo,
        )
    )
    app = Starlette(
        routes=[*ROUTES, *(demo_routes.ROUTES if settings.demo else ())],
        middleware=[
            Middleware(GZipMiddleware, minimum_size=500, compresslevel=6, exclude_content_types=PACKED),
            Middleware(Guard),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.db = Database(database_url, settings.connections)
    app.state.paper = Paper(workers=settings.pdf_workers, colour=settings.colour)
    app.state.intake = Intake()
    app.state.scanner = scan.Scanner(settings.clamd) if settings.clamd else None
    app.state.cast = [asdict(member) for member in demo.CAST] if settings.demo else []
    return app


def prepare(settings: Settings, owner_url: str, database_url: str, set_password: bool) -> None:
    """Bring the database to the present schema, check it, and put the demo into an empty one."""
    login = conninfo_to_dict(database_url)
    migrations.migrate(owner_url, str(login["user"]), login.get("password"), set_password=set_password)  # type: ignore[arg-type]
    migrations.check(database_url)
    if not settings.demo:
        if said := asyncio.run(first_ict.invite(database_url, settings)):
            print(said)
        return
    if not asyncio.run(_holds_only_demo(database_url)):
        raise Unusable("This database holds more than demo data, so the demo does not start on it. Set PORTAL_DEMO=no.")
    paper = Paper(workers=1)
    try:
        if demo.load(owner_url, clock.today(), lambda it: asyncio.run(_print(settings, paper, it))):
            print("The demo's people and children are in the database.")
    finally:
        paper.close()


async def _holds_only_demo(database_url: str) -> bool:
    async with Database(database_url, 2) as db, db.reading(Identity("portal_p_loop", "")) as q:
        return bool(await q.health.only_demo())


async def _print(settings: Settings, paper: Paper, it: dict[str, Any]) -> bytes:
    sent = Sent(it["submitted_by"], it["received_at"], it["incomplete_reason"], it["lacking"])
    by = wrote(it["form"], it["written"])
    data = ersa(settings.council, settings.request_name, it["form"], it["answers"], it["reference"], sent, by)
    return await paper.render("ersa.pdf.html", data)


def serve(settings: Settings, database_url: str, revive: Callable[[], bool] | None = None) -> None:
    """Until Ctrl-C."""
    uvicorn.run(
        application(settings, database_url, revive),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(settings.proxy),
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=64 << 10,
    )


def greet(settings: Settings) -> None:
    """Say where it runs, and in the demo who can sign in."""
    print(f"\n{settings.service_name}: {settings.base_url}   (Ctrl-C stops it)\n", flush=True)
    if settings.demo:
        print("A demo, on data that is invented. Sign in as one of these; at the first sign-in you choose a password")
        print("of your own and scan a QR code. The sign-in page can show their current codes.\n")
        people = (f"  {member.username:8} {member.password:28} {member.what}" for member in demo.CAST)
        print(*people, "", sep="\n", flush=True)


def main() -> int:
    """Start the portal. 0 after Ctrl-C, 1 where it could not start; the reason stands on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # uvicorn ends gracefully and then raises the signal again: it must not end us before the database is stopped
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    try:
        settings = read_settings(os.environ)
        if settings.database_url:
            prepare(settings, settings.owner_database_url, settings.database_url, set_password=False)
            greet(settings)
            serve(settings, settings.database_url)
            return 0
        with Cluster(settings.data / "postgres", preferred=settings.pg_bin, runtime=settings.runtime) as cluster:
            cluster.serving(settings.base_url)
            database_url = cluster.url("portal_app")
            prepare(settings, cluster.owner_url, database_url, set_password=True)
            greet(settings)
            serve(settings, database_url, cluster.revive)
    except (Unusable, AlreadyRunning, ClusterError, migrations.MigrationFailed, migrations.CheckFailed) as reason:
        print(f"\nThe portal did not start. {reason}", file=sys.stderr)
        return 1
    except psycopg.OperationalError as reason:
        print(f"\nThe portal did not start. The database cannot be reached: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
