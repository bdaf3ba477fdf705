"""What people read: every template, the one choice between page and fragment, words, letters, colour, style."""

import re
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256, sha384
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader, UndefinedError
from starlette.requests import Request

import views
from views import words

STATIC = Path(views.STATIC)
TEMPLATES = sorted(p.name for p in views.HERE.glob("*.html"))
LETTERS = sorted(p.name for p in views.HERE.glob("*.txt"))
SCREEN = [name for name in TEMPLATES if not name.endswith(".pdf.html")]
# What the npm package htmx.org 4.0.1 holds; the hash printed in that version's own README is another one's.
HTMX = "Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AMINA = SimpleNamespace(id=1, name="Amina Yusuf", username="amina", role="senco")


def source(name: str) -> str:
    return (views.HERE / name).read_text(encoding="utf-8")


def asked(path: str = "/gateway", person: Any = None, **headers: str) -> Request:
    named = [(k.replace("_", "-").lower().encode(), v.encode()) for k, v in headers.items()]
    state = {"person": person} if person else {}
    return Request(
        {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": named, "state": state}
    )


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes templates for one test, beside the real ones."""

    def write(**files: str) -> None:
        texts = {name.replace("__", "."): text for name, text in files.items()}
        loader = ChoiceLoader([DictLoader(texts), views.templates.loader])
        monkeypatch.setattr(views.templates, "loader", loader)
        monkeypatch.setattr(views.letters, "loader", loader)

    return write


def a_child(**changed: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "name": "Zofia Kowalska",
        "dob": date(2016, 5, 5),
        "upn": "",
        "setting": "Brentmere Primary School",
        "status": "Draft",
        "status_colour": "grey",
        "missing": 3,
        "next_date": None,
        "updated": NOON,
        "href": "/records/r1",
    } | changed


def gateway(**changed: Any) -> str:
    context = {
        "rows": [a_child()],
        "searchable": True,
        "search": "",
        "sort": "name",
        "sorts": [("name", "Surname"), ("change", "Last changed")],
        "total": "1 child",
        "newer": "",
        "older": "",
        "may_start": True,
        "settings": [],
        "empty": "There is no child here yet.",
    } | changed
    return bytes(views.page(asked(person=AMINA), "gateway.html", context).body).decode()


# ---------------------------------------------------------------- every template


@pytest.mark.parametrize("name", SCREEN + LETTERS)
def test_a_template_can_be_read(name: str) -> None:
    views.templates.get_template(name)


BANNED = {
    "hx-on": r"\bhx-on\b",
    "js: (htmx runs what follows)": r"\bjs:",
    "javascript:": r"\bjavascript:",
    "style=": r"\sstyle\s*=",
    "an on… attribute": r"\son[a-z]+\s*=",
    "a filter in hx-trigger": r"hx-trigger=\"[^\"]*\[",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an inline stylesheet": r"<style\b",
    "|safe (nothing typed may pass unescaped)": r"\|\s*safe\b",
    "another site": r"(src|href|action)=\"(https?:)?//",
}


def breaches(text: str) -> list[str]:
    return [what for what, pattern in BANNED.items() if re.search(pattern, text)]


@pytest.mark.parametrize("name", SCREEN)
def test_a_template_holds_nothing_that_the_content_policy_forbids(name: str) -> None:
    found = breaches(source(name))
    assert not found, f"{name} has {', '.join(found)}: use a class, a script file or a plain trigger instead"


@pytest.mark.parametrize(
    "bad",
    [
        '<p hx-on:click="x">',
        "<a hx-vals='js:{a:1}'>",
        '<p style="color:red">',
        '<a onclick="x()">',
        '<i hx-trigger="keyup[key==1]">',
        "<script>1</script>",
        "<style>a{}</style>",
        "{{ name | safe }}",
        '<img src="//elsewhere.example/x.png">',
    ],
)
def test_the_check_of_templates_notices_what_is_forbidden(bad: str) -> None:
    assert breaches(bad)


@pytest.mark.parametrize("name", SCREEN)
def test_every_class_in_a_template_is_in_the_stylesheet(name: str) -> None:
    styled = set(re.findall(r"\.(-?[A-Za-z_](?:[\w-]|\\.)*)", (STATIC / "portal.css").read_text()))
    styled = {c.replace("\\", "") for c in styled} | {"history__list", "govuk-template"}
    used: set[str] = set()
    for attribute in re.findall(r'class="([^"]*)"', source(name)):
        used |= set(re.sub(r"\{[%{].*?[%}]\}", " ", attribute).split())
    unknown = {c for c in used - styled if not c.endswith("--")}
    assert not unknown, f"{name}: no style for {sorted(unknown)}; a typing mistake, or `make css` was not run"


# ---------------------------------------------------------------- page and fragment


def test_a_page_is_whole_and_in_british_english() -> None:
    html = gateway()
    assert html.startswith('<!doctype html>\n<html lang="en-GB"')
    assert "Skip to main content" in html
    assert 'action="/sign-out"' in html
    assert ">Modules<" in html


def test_htmx_gets_the_main_part_and_the_title_only(written: Any) -> None:
    written(
        tab__html="{% extends layout %}{% block title %}Health{% endblock %}"
        '{% block main %}<p id="it">{{ x }}</p>{% endblock %}'
    )
    answer = views.page(asked(HX_Request="true"), "tab.html", {"x": "<b>"})
    assert bytes(answer.body).decode().split() == (
        f'<title>Health – {views.Council().name}</title> <p id="it">&lt;b&gt;</p>'.split()
    )
    assert "HX-Request" in answer.headers["vary"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HX_Request": "true", "HX_Request_Type": "full", "HX_Target": "body"},
    ],
)
def test_whoever_has_no_page_yet_gets_the_whole_page(headers: dict[str, str]) -> None:
    assert views.layout(asked(**headers)) == "layout.html"


def test_a_piece_selected_from_an_answer_is_cut_from_a_fragment() -> None:
    headers = {"HX_Request": "true", "HX_Request_Type": "full", "HX_Target": "div#gateway"}
    assert views.layout(asked(**headers)) == "_fragment.html"


def test_what_a_script_asks_for_is_a_fragment_although_it_names_the_body() -> None:
    headers = {"HX_Request": "true", "HX_Request_Type": "partial", "HX_Target": "body"}
    assert views.layout(asked(**headers)) == "_fragment.html"


def test_going_back_brings_the_main_part_without_a_script(written: Any) -> None:
    written(tab__html="{% extends layout %}{% block main %}<p>{{ x }}</p>{% endblock %}")
    answer = views.page(asked(HX_History_Restore_Request="true"), "tab.html", {"x": "back"})
    html = bytes(answer.body).decode()
    assert "<p>back</p>" in html
    assert "hx-history-elt" in html
    assert "<script" not in html


def test_nobody_signed_in_means_no_menu_and_no_way_to_sign_out() -> None:
    context = {
        "title": "Not found",
        "what": "There is no such page.",
        "steps": (),
        "reference": "",
        "kept": [],
        "back": None,
        "left_out": False,
    }
    html = bytes(views.page(asked(), "error.html", context, 404).body).decode()
    assert "Sign out" not in html
    assert "Modules" not in html
    assert "data-user" not in html


def test_a_name_that_looks_like_html_is_only_shown() -> None:
    html = gateway(rows=[a_child(name="<script>alert(1)</script> & Co")])
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in html
    assert "<script>alert" not in html


def test_a_word_missing_from_the_context_is_an_error_and_not_an_empty_space() -> None:
    with pytest.raises(UndefinedError):
        views.page(asked(), "gateway.html", {})


def test_a_search_for_a_name_is_never_in_an_address() -> None:
    html = gateway(search="Kowalska", older="abc", newer="def")
    [find] = re.findall(r'<form id="find"[^>]*>', html)
    assert 'method="post"' in find
    assert "hx-get" not in find
    assert not re.search(r'(href|action|hx-post)="[^"]*Kowalska', html)


def test_a_late_date_and_a_missing_answer_are_said_in_words() -> None:
    html = gateway(rows=[a_child(next_date=("Receipt due", date(2026, 11, 20), True), missing=0)])
    assert "20 November 2026 – late" in html
    assert "Nothing" in html
    assert "1 answer<" in gateway(rows=[a_child(missing=1)]).replace("\n", "")


def test_an_empty_list_says_what_to_do() -> None:
    assert "There is no child here yet." in gateway(rows=[])


def test_a_failure_keeps_what_was_typed_and_leads_back() -> None:
    context = {
        "title": "Something went wrong",
        "what": "The fault is ours.",
        "steps": ("Try again in a moment.",),
        "reference": "7K2M9QXD",
        "kept": [("reason", 'She said "<no>".\nTwice.'), ("base.reason", "3")],
        "back": ("/records/r1/submit", "Go back to Submit ERSA"),
        "left_out": False,
        "action": "/records/r1/needs",
    }
    answer = views.page(asked(person=AMINA), "error.html", context, 500)
    html = bytes(answer.body).decode()
    assert answer.status_code == 500
    assert "Oooops!" in html
    assert "7K2M9QXD" in html
    assert '<a class="govuk-link" href="/records/r1/submit">Go back to Submit ERSA</a>' in html
    assert 'name="reason" value="She said &#34;&lt;no&gt;&#34;.\nTwice."' in html
    assert 'name="base.reason" value="3"' in html
    assert 'action="/records/r1/needs"' in html
    assert 'href="/gateway"' in html


# ---------------------------------------------------------------- words and letters


def test_times_are_england_s_in_summer_and_winter() -> None:
    assert words.when(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2026 at 00:30"
    assert words.when(datetime(2026, 11, 24, 10, 42, tzinfo=UTC)) == "24 November 2026 at 10:42"
    assert words.clock(datetime(2026, 7, 1, 9, 5, tzinfo=UTC)) == "10:05"
    assert words.when(None) == words.clock(None) == words.ago(None) == words.day(None) == ""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2016, 5, 5), "5 May 2016"),
        ("2016-05-05", "5 May 2016"),
        ("2026-07-01T23:30:00+00:00", "2 July 2026"),
        ("spring 2016", "spring 2016"),
        ("", ""),
    ],
)
def test_a_day_is_said_with_its_month_s_name(value: date | str, said: str) -> None:
    assert words.day(value) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=3), "today at 09:00"),
        (timedelta(hours=20), "yesterday at 16:00"),
        (timedelta(days=2), "22 November 2026"),
        (timedelta(minutes=-5), "24 November 2026"),
    ],
)
def test_how_long_ago_is_said_ever_more_roughly(before: timedelta, said: str) -> None:
    assert words.ago(NOON - before, NOON) == said


def test_an_address_breaks_only_where_it_may() -> None:
    assert words.address("a.b@c.example") == "a<wbr>.b@<wbr>c<wbr>.example"
    assert words.address("<b>@c") == "&lt;b&gt;@<wbr>c"


def test_a_number_agrees_with_its_noun() -> None:
    assert words.plural(1, "child", "children") == "1 child"
    assert words.plural(1204, "child", "children") == "1,204 children"
    assert words.plural(0, "answer") == "0 answers"


def test_the_size_of_a_file_is_said_shortly() -> None:
    said = [words.size(n) for n in (0, 1, 999, 1000, 184_233, 999_499, 999_500, 3_000_000)]
    assert said == ["0 bytes", "1 byte", "999 bytes", "1 KB", "184 KB", "999 KB", "1 MB", "3 MB"]


def test_lines_are_kept_and_what_is_in_them_is_escaped() -> None:
    assert words.lines("a < b\r\nc") == "a &lt; b<br>c"


def test_a_letter_has_its_subject_on_the_first_line_and_is_plain_text(written: Any) -> None:
    written(hello__txt="Receipt {{ reference }}\n\nDear {{ name }},\n\nthank you.\n{% if more %}\nMore.\n{% endif %}\n")
    subject, body = views.letter("hello", reference="ERSA-1", name="Anne & Zoë <x>", more=True)
    assert subject == "Receipt ERSA-1"
    assert body == "Dear Anne & Zoë <x>,\n\nthank you.\nMore.\n"


def test_a_page_still_escapes_after_a_letter_did_not(written: Any) -> None:
    written(a__txt="{{ x }}\nbody", b__html="{{ x }}")
    assert views.letter("a", x="<b>")[0] == "<b>"
    assert bytes(views.page(asked(), "b.html", {"x": "<b>"}).body) == b"&lt;b&gt;"


# ---------------------------------------------------------------- colour, style, scripts


@pytest.mark.parametrize(
    ("colour", "upon"), [("#14504f", "#ffffff"), ("#ffdd00", "#0b0c0c"), ("#FFFFFF", "#0b0c0c"), ("#000000", "#ffffff")]
)
def test_words_upon_the_council_s_colour_can_be_read(colour: str, upon: str) -> None:
    assert views.council_css(colour) == f":root{{--govuk-brand-colour:{colour};--portal-on-brand:{upon}}}\n"


@pytest.mark.parametrize("colour", ["red", "#fff", "#14504f;}body{display:none", "#14504g", "#14504f\n"])
def test_a_colour_that_is_not_one_stops_the_start(colour: str) -> None:
    with pytest.raises(ValueError, match="hash and six digits"):
        views.council_css(colour)


def test_another_council_s_words_and_colour_reach_the_page() -> None:
    try:
        views.dress(views.Council(name="Mereham Council", ict_email="ict@mereham.example", colour="#5b2a86"))
        html = gateway()
    finally:
        views.dress(views.Council())
    assert "Mereham Council" in html
    assert "ict@mereham.example" in html
    assert 'content="#5b2a86"' in html
    assert "Ealing" not in html


def test_htmx_is_the_file_it_should_be() -> None:
    assert b64encode(sha384((STATIC / "htmx.min.js").read_bytes()).digest()).decode() == HTMX
    assert views.integrity("htmx.min.js") == f"sha384-{HTMX}"


def test_a_static_file_s_address_changes_with_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "STATIC", tmp_path)
    (tmp_path / "a.css").write_text("one")
    before = views.static("a.css")
    (tmp_path / "a.css").write_text("other")
    assert before.startswith("/static/a.css?v=")
    assert views.static("a.css") != before


def test_the_committed_stylesheet_was_made_from_the_committed_sources() -> None:
    sources = [STATIC / "portal.scss", *sorted((STATIC / "scss").glob("*.scss"))]
    digest = sha256(b"".join(p.read_bytes() for p in sources)).hexdigest()[:16]
    css = (STATIC / "portal.css").read_text()
    assert css.endswith(f"/* sources {digest} */\n"), "static/portal.css is older than its sources: run `make css`"


def test_the_stylesheet_loads_nothing_and_has_neither_crown_nor_web_font() -> None:
    css = (STATIC / "portal.css").read_text()
    assert "url(" not in css
    assert "@font-face" not in css
    assert "@import" not in css
    assert "GDS Transport" not in css
    assert "crown" not in css
