"""The files every page needs: kept by the browser for ever, since their address changes with their content."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import views

FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"


class Assets(StaticFiles):
    """``static/``: for ever where the address carries the content's hash, else for a day."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOR_EVER if scope["query_string"].startswith(b"v=") else A_DAY
        return response


async def council_css(request: Request) -> Response:
    """The council's own colour."""
    css = views.council_css(request.app.state.settings.colour)
    return Response(css, media_type="text/css", headers={"Cache-Control": FOR_EVER})


ASSETS: list[BaseRoute] = [
    Route("/council.css", council_css),
    Mount("/static", Assets(directory=views.STATIC)),
]
