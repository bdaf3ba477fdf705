"""The map: every address of the portal and who answers it."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from routes import (
    account,
    advice_requests,
    audit,
    authenticators,
    bundle,
    case,
    case_steps,
    corrections,
    document_requests,
    documents,
    draft,
    entry,
    exports,
    family,
    feedback,
    field,
    figures,
    forgot,
    gateway,
    guide,
    hold,
    imports,
    leaver,
    my_advice,
    password_link,
    people,
    person_form,
    profiles,
    queue,
    record,
    recovery,
    removal,
    removals,
    reset,
    retention,
    review,
    review_paper,
    sen2,
    session,
    setting_register,
    sign_in,
    start,
    subject_access,
    submit,
    upload,
)
from routes.assets import ASSETS
from sql import Identity, Unavailable


async def health(request: Request) -> Response:
    """For whoever watches over the server: 200 when the database answers, else 503."""
    try:
        async with request.app.state.db.reading(Identity.door) as q:
            await q.health.alive()
    except Unavailable:
        return PlainTextResponse("the database is away\n", 503)
    return PlainTextResponse("well\n")


# Everything here but these asks for somebody who has signed in.
PUBLIC: list[BaseRoute] = [
    Route("/healthz", health),
    *ASSETS,
    *guide.PUBLIC,
    *sign_in.ROUTES,
    *session.ROUTES,
    *password_link.ROUTES,
    *forgot.ROUTES,
    *account.ADDRESS_ROUTES,
]

RECORD = "/records/{record}"
PERSON = "/people/{person}"

ROUTES: list[BaseRoute] = [
    *PUBLIC,
    *account.ROUTES,
    *authenticators.ROUTES,
    *recovery.ROUTES,
    *exports.ROUTES,
    *imports.ROUTES,
    *setting_register.ROUTES,
    Route("/people", people.show),
    Route("/people", people.find, methods=["POST"]),
    Route("/people/add", person_form.new),
    Route("/people/add", person_form.add, methods=["POST"]),
    Route(PERSON, people.open_person),
    Route(f"{PERSON}/change", person_form.edit),
    Route(f"{PERSON}/change", person_form.change, methods=["POST"]),
    Route(f"{PERSON}/password", reset.asking("password")),
    Route(f"{PERSON}/password", reset.give_password, methods=["POST"]),
    Route(f"{PERSON}/reset", reset.asking("reset")),
    Route(f"{PERSON}/reset", reset.reset, methods=["POST"]),
    Route(f"{PERSON}/unlock", reset.asking("unlock")),
    Route(f"{PERSON}/unlock", reset.unlock, methods=["POST"]),
    Route(f"{PERSON}/disable", reset.asking("disable")),
    Route(f"{PERSON}/disable", reset.disable, methods=["POST"]),
    Route(f"{PERSON}/enable", reset.asking("enable")),
    Route(f"{PERSON}/enable", reset.enable, methods=["POST"]),
    Route(f"{PERSON}/hand-over", leaver.show),
    Route(f"{PERSON}/hand-over", leaver.hand_over, methods=["POST"]),
    Route(f"{PERSON}/hand-over/preview", leaver.preview, methods=["POST"]),
    Route("/gateway", gateway.show, methods=["GET", "POST"]),
    Route("/start", start.show, methods=["GET", "POST"]),
    Route("/start/new", start.add, methods=["POST"]),
    Route("/start/{child}", start.begin, methods=["POST"]),
    Route(RECORD, record.first),
    Route(f"{RECORD}/versions", field.versions),
    Route(f"{RECORD}/needs-attention", record.attention),
    Route(f"{RECORD}/fields/{{key}}", field.look),
    Route(f"{RECORD}/fields/{{key}}", field.save, methods=["POST"]),
    Route(f"{RECORD}/fields/{{key}}/history", field.history),
    Route(f"{RECORD}/fields/{{key}}/restore", field.restore, methods=["POST"]),
    Route(f"{RECORD}/lists/{{list}}", entry.add, methods=["POST"]),
    Route(f"{RECORD}/entries/{{entry}}/withdraw", entry.withdraw, methods=["POST"]),
    Route(f"{RECORD}/entries/{{entry}}/restore", entry.restore, methods=["POST"]),
    Route(f"{RECORD}/entries/{{entry}}/up", entry.up, methods=["POST"]),
    Route(f"{RECORD}/entries/{{entry}}/down", entry.down, methods=["POST"]),
    Route(f"{RECORD}/documents", documents.show),
    *upload.ROUTES,
    *bundle.ROUTES,
    *removal.ROUTES,
    *draft.ROUTES,
    *removals.ROUTES,
    *document_requests.ROUTES,
    Route(f"{RECORD}/documents/{{document}}", documents.download),
    Route(f"{RECORD}/submit", submit.show),
    Route(f"{RECORD}/submit", submit.submit, methods=["POST"]),
    Route(f"{RECORD}/report", submit.report),
    Route(f"{RECORD}/receipt", submit.receipt),
    *audit.ROUTES,
    *guide.ROUTES,
    *feedback.ROUTES,
    *figures.ROUTES,
    *sen2.ROUTES,
    *subject_access.ROUTES,
    *retention.ROUTES,
    *hold.ROUTES,
    *advice_requests.ROUTES,
    *my_advice.ROUTES,
    *family.ROUTES,
    *queue.ROUTES,
    *corrections.ROUTES,
    *case.ROUTES,
    *case_steps.ROUTES,
    *review.ROUTES,
    *review_paper.ROUTES,
    *profiles.ROUTES,
    Route(f"{RECORD}/{{tab}}", record.show),
    Route(f"{RECORD}/{{tab}}", record.update, methods=["POST"]),
]
