"""The files every page needs arrive small, whole, and are kept by the browser as long as they stay the same."""

import httpx2
import pytest

import views
from tests.fixtures_server import Portal


@pytest.mark.parametrize("name", ["portal.css", "htmx.min.js", "autosave.js"])
@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_a_static_file_is_the_same_however_it_is_packed(portal: Portal, name: str, coding: str) -> None:
    with httpx2.stream("GET", portal.url + views.static(name), headers={"accept-encoding": coding}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding", "identity") == coding
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    whole = (views.STATIC / name).read_bytes()
    assert answer.headers["content-type"].split(";")[0] in ("text/css", "text/javascript")
    assert _unpacked(sent, coding) == whole


def _unpacked(sent: bytes, coding: str) -> bytes:
    return httpx2.Response(200, headers={"content-encoding": coding}, content=sent).content


def test_packing_makes_a_static_file_smaller_than_gzip_does(portal: Portal) -> None:
    def size(coding: str) -> int:
        with httpx2.stream(
            "GET", portal.url + views.static("portal.css"), headers={"accept-encoding": coding}
        ) as answer:
            return len(b"".join(answer.iter_raw()))

    assert size("br") < size("gzip") < size("identity")
