"""The files every page needs: kept by the browser for ever, since their address changes with their content."""

import functools
import mimetypes
from pathlib import Path

import brotli
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import views

FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"

mimetypes.add_type("image/webp", ".webp")  # not every system's list has it, and nosniff shows nothing else

TEXT = {".css", ".js", ".svg"}


class Assets(StaticFiles):
    """``static/``: for ever where the address carries the content's hash, else for a day.

    Text goes out as small as it can be made, once a file and not once a request: a school's line may be slow.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if isinstance(response, FileResponse) and (file := Path(response.path)).suffix in TEXT:
            if "br" in Headers(scope=scope).get("accept-encoding", "").replace(" ", "").split(","):
                packed = _packed(file, response.headers["etag"])
                response = Response(packed, headers={"Content-Encoding": "br"}, media_type=response.media_type)
            response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = FOR_EVER if scope["query_string"].startswith(b"v=") else A_DAY
        return response


@functools.lru_cache(maxsize=64)
def _packed(file: Path, etag: str) -> bytes:
    return brotli.compress(file.read_bytes())


async def council_css(request: Request) -> Response:
    """The council's own colour."""
    css = views.council_css(request.app.state.settings.colour)
    return Response(css, media_type="text/css", headers={"Cache-Control": FOR_EVER})


ASSETS: list[BaseRoute] = [
    Route("/council.css", council_css),
    Mount("/static", Assets(directory=views.STATIC)),
]
