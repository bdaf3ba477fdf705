"""The ERSA on paper: every script, every word, nothing from outside, and the marks of a draft."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from reportlab.pdfbase import pdfmetrics

from tests.paper import SCRIPTS, field, fields, printed, read, row, rows, run, tab
from views.pdf import fonts, layout, render, shaping, text

_DIRECTION_MARKS = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def plain(found: str) -> str:
    """Text as compared here: ligatures taken apart, the direction marks that pdftotext adds left out."""
    return unicodedata.normalize("NFKC", found.translate(_DIRECTION_MARKS))


def squeezed(found: str) -> str:
    return re.sub(r"\s+", "", plain(found))


def answer(value: str, **more: Any) -> dict[str, Any]:
    """A tab with one long answer."""
    return tab(1, "Reason and needs", fields("Reason", field("The reason", value, long=True, **more)))


def reds(pdf: bytes) -> int:
    """How often the content of the pages sets the red that marks what is missing."""
    count = 0
    with pikepdf.open(BytesIO(pdf)) as document:
        for page in document.pages:
            for instruction in pikepdf.parse_content_stream(page):
                if str(instruction.operator) == "rg":
                    red, green, blue = (float(value) for value in instruction.operands)
                    count += red > 0.6 and green < 0.25 and blue < 0.2
    return count


INCOMPLETE = tab(
    8,
    "Reason and needs",
    fields("Reason", field("Why an EHC needs assessment is requested", long=True, missing=True)),
    missing=["Why an EHC needs assessment is requested"],
)


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("long", [True, False], ids=["flowing", "in a cell"])
def test_each_script_can_be_copied_in_reading_order(script: str, long: bool, tmp_path: Path) -> None:
    made = printed(tab(1, "Names", fields("", field("Name", SCRIPTS[script], long=long))), draft=False)
    found = plain(read(made.pdf, tmp_path))
    for word in plain(SCRIPTS[script]).replace("،", " ").split():
        assert word in found
    assert not made.warnings


def test_every_script_stands_in_bold_names_and_headers_too(tmp_path: Path) -> None:
    for word in SCRIPTS.values():
        child = {"name": word, "dob": "5 May 2016", "setting": word, "year": ""}
        made = printed(tab(1, word), child=child)
        assert not made.warnings
        assert plain(word).split()[0].strip("،,") in plain(read(made.pdf, tmp_path))


def test_digits_of_arabic_script_run_from_left_to_right() -> None:
    printed(answer("۱۴۰۲ سال"))
    font = pdfmetrics.getFont("notosansarabic_00")
    assert isinstance(font, shaping.ShapingFont)
    assert str(font.shaped("۱۴۰۲")[0]) == "۱۴۰۲"


def test_arabic_letters_are_joined() -> None:
    printed(answer("سلام"))
    font = pdfmetrics.getFont("notosansarabic_00")
    assert isinstance(font, shaping.ShapingFont)
    apart = sum(font.shaped(letter, "rtl")[1] for letter in "سلام")
    assert font.shaped("سلام", "rtl")[1] < apart * 0.9


def test_a_vowel_sign_is_drawn_before_the_letter_it_is_typed_after() -> None:
    printed(answer("हिन्दी"))
    font = pdfmetrics.getFont("notosansdevanagari_00")
    assert isinstance(font, shaping.ShapingFont)
    shaped = font.shaped("हि")[0]
    assert shaped.index("ह") == len(shaped) - 1


def test_marks_and_joiners_stay_in_the_font_of_their_letter() -> None:
    covers = {font.family: font.characters for font in fonts.every()}
    faces = list(covers)
    assert fonts.runs("ශ්‍රී", faces, covers) == [("ශ්‍රී", "NotoSansSinhala")]
    assert fonts.runs("a। है।", faces, covers)[-1] == ("है।", "NotoSansDevanagari")


def test_a_character_that_no_font_has_is_shown_as_its_code_point_and_reported(tmp_path: Path) -> None:
    made = printed(answer("before \U00013000 and \ue123 after"))
    found = read(made.pdf, tmp_path)
    assert "before [U+13000] and [U+E123] after" in found
    assert made.warnings == ("printed as code points, since no font has them: U+E123, U+13000",)


@pytest.mark.parametrize(
    ("language", "words", "shapes"),
    [
        ("ja", "直骨海角", "JP"),
        ("", "直骨海角の", "JP"),
        ("zh", "直骨海角", "SC"),
        ("zh", "直骨の", "SC"),
        ("", "直骨", "SC"),
        ("zh", "直說骨頭", "HK"),
        ("", "直說骨頭", "HK"),
        ("zh", "直说骨头", "SC"),
        ("yue", "直骨", "HK"),
        ("zh-Hant", "直骨", "HK"),
        ("ko", "직 直骨", "HK"),
    ],
)
def test_han_has_the_shapes_of_where_it_was_written(language: str, words: str, shapes: str) -> None:
    """Unicode has one code for what children in Japan, Hong Kong and Beijing learn to write differently."""
    made = printed(answer(words, language=language))
    assert not made.warnings
    used = set()

    def read_one(said: str, _: Any, __: Any, font: Any, ___: Any) -> None:
        if "直" in said:
            used.add(str(font["/BaseFont"]).partition("+")[2])

    for page in pypdf.PdfReader(BytesIO(made.pdf)).pages:
        page.extract_text(visitor_text=read_one)
    assert used == {f"NotoSans{shapes}-Regular"}


def test_the_end_of_a_line_draws_no_empty_box() -> None:
    lacking = [font.family for font in fonts.every() if 0x20 not in font.characters]
    assert lacking == []


def test_emoji_print_as_the_people_and_things_they_show(tmp_path: Path) -> None:
    made = printed(answer("She loves 🐶 and 👩🏽‍🏫 ❤️ ✓"), draft=False)
    assert not made.warnings
    assert squeezed("She loves 🐶 and 👩🏫 ❤ ✓") in squeezed(read(made.pdf, tmp_path, "-raw"))


def test_keys_and_flags_print_as_their_digits_and_letters(tmp_path: Path) -> None:
    england = "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in "gbeng") + "\U000e007f"
    made = printed(answer(f"1\ufe0f\u20e3 first, #\ufe0f\u20e3 last, 🇵🇱 or {england} {england[:1]}"), draft=False)
    assert not made.warnings
    assert squeezed("1 first, # last, 🇵🇱 or 🇪🇳🇬 🏴") in squeezed(read(made.pdf, tmp_path, "-raw"))


def places(pdf: bytes, folder: Path) -> list[tuple[str, float, float]]:
    """The words of the second page of a PDF, each with its left and its right edge in points."""
    path = folder / "places.pdf"
    path.write_bytes(pdf)
    found = run("pdftotext", "-bbox", "-f", "2", "-l", "2", str(path), "-")
    words = re.findall(r'<word xMin="([\d.]+)".*? xMax="([\d.]+)".*?>(.*?)</word>', found)
    return [(plain(word), float(left), float(right)) for left, right, word in words]


def test_the_space_after_an_emoji_is_as_wide_as_any_other(tmp_path: Path) -> None:
    made = printed(answer("Happy 🐶 today 🐱 🏫 also ☃ too"), draft=False)
    at = {word: (left, right) for word, left, right in places(made.pdf, tmp_path)}
    for before, after in (("Happy", "🐶"), ("🐶", "today"), ("🐱", "🏫"), ("🏫", "also"), ("also", "☃"), ("☃", "too")):
        assert 2 < at[after][0] - at[before][1] < 3.5, (before, after)


def test_a_name_written_from_right_to_left_leaves_the_header_in_its_place(tmp_path: Path) -> None:
    child = {"name": "فاطمة الزهراء", "dob": "5 May 2016", "setting": "Brentmere", "year": "Year 5"}
    made = printed(answer("Because."), draft=False, child=child)
    header = {word: left for word, left, _ in places(made.pdf, tmp_path)[:8]}
    # words from right to left are listed with their letters as they stand, from left to right
    at = [header[word] for word in ("الزهراء"[::-1], "فاطمة"[::-1], "·", "born", "5", "May", "2016", "ERSA-000041")]
    assert at == sorted(at)
    assert at[0] < 57


LONG_TEXTS = {
    "one paragraph": " ".join(f"word{number}" for number in range(2200)),
    "many paragraphs": "\n\n".join(f"line{number} of what was written" for number in range(700)),
    "no spaces": "".join(f"x{number}" for number in range(4000)),
    "many lines": "\r\n".join(f"l{number}" for number in range(1500)),
}


@pytest.mark.parametrize("kind", LONG_TEXTS)
@pytest.mark.parametrize("long", [True, False], ids=["long answer", "short answer"])
def test_no_word_of_a_long_text_is_lost(kind: str, long: bool, tmp_path: Path) -> None:
    part = fields("", field("Before", "start"), field("Answer", LONG_TEXTS[kind], long=long), field("After", "end"))
    made = printed(tab(1, "Views", part), draft=False)
    assert not made.warnings
    # Without header and footer, which would stand between the words of two pages.
    body = read(made.pdf, tmp_path, "-layout", "-x", "0", "-y", "70", "-W", "600", "-H", "705")
    assert squeezed(LONG_TEXTS[kind]) in squeezed(body)


def test_no_word_of_the_cells_of_a_table_is_lost(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(300)]
    texts = [" ".join(words[start : start + 50]) for start in range(0, 300, 50)]
    made = printed(tab(1, "Results", rows("Results", row("Result 1", *[field("Note", text) for text in texts]))))
    found = read(made.pdf, tmp_path).split()
    assert [word for word in found if word in set(words)] == words


def test_text_stays_between_the_margins_at_a_size_that_can_be_read(tmp_path: Path) -> None:
    made = printed(
        answer(LONG_TEXTS["no spaces"] + "\n" + "https://example.org/" + "a" * 500 + "\n" + "我" * 900),
        draft=False,
    )
    path = tmp_path / "margins.pdf"
    path.write_bytes(made.pdf)
    boxes = re.findall(
        r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', run("pdftotext", "-bbox", str(path), "-")
    )
    assert len(boxes) > 100
    for left, top, right, bottom in boxes:
        assert float(left) >= 56
        assert float(right) <= 595.3 - 56
        assert 6 < float(bottom) - float(top) < 60


HOSTILE = [
    "<img src=/etc/passwd>",
    "<pdf:insertpdf src='/etc/passwd'>",
    "</style><style>@import 'http://example.org/x.css'</style>",
    "{{ 7 * 7 }} {% include '/etc/passwd' %}",
    "<pdf:pagenumber> &lt;b&gt; &amp;",
    "</p></td></table><h1>Heading</h1>",
    '"><script>alert(1)</script>',
    "<font color=\"[[[getattr(pow, Word('__globals__'))]]]\">colour</font>",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_markup_that_someone_types_is_printed_as_they_typed_it(typed: str, tmp_path: Path) -> None:
    made = printed(
        tab(
            1,
            typed,
            fields(typed, field(typed, typed, long=True), field(typed, typed)),
            rows(typed, row(typed, field(typed, typed), by=typed, missing=[typed]), empty=typed),
            missing=[typed],
        ),
        child={"name": typed, "dob": typed, "setting": typed, "year": typed},
    )
    assert squeezed(read(made.pdf, tmp_path)).count(squeezed(typed)) >= 10


def test_control_characters_lone_surrogates_and_direction_overrides_vanish(tmp_path: Path) -> None:
    made = printed(answer("a\x00b\x08c\ud800d\u202ee\ufefff\u2066g"))
    assert "abcdefg" in read(made.pdf, tmp_path)
    assert text.clean(None) == ""


@pytest.fixture
def listening() -> Iterator[tuple[str, list[str]]]:
    """A web server of this machine, and the paths it was asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_outside_is_fetched_even_by_a_template(listening: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = listening
    secret = tmp_path / "secret.txt"
    secret.write_text("THE SECRET WORD")
    references = "".join(
        f'<img src="{place}"><link rel="stylesheet" href="{place}"><pdf:insertpdf src="{place}">'
        f'<object data="{place}"></object><iframe src="{place}"></iframe>'
        f"<p style=\"background-image: url('{place}')\">x</p>"
        for place in (f"{address}/a", str(secret), secret.as_uri(), "../../../../etc/passwd")
    )
    style = f"@import url('{address}/b'); @font-face {{ font-family: F; src: url('{address}/c.ttf') }}"
    (tmp_path / "reaching.pdf.html").write_text(
        f"<html><head><style>{style} @page {{ background-image: url('{address}/d.pdf') }}</style></head>"
        f"<body>{references}<p>The end</p></body></html>"
    )
    made = render.engine(tmp_path)("reaching.pdf.html", {})
    found = read(made.pdf, tmp_path)
    assert "The end" in found
    assert "SECRET" not in found
    assert "root:" not in found
    assert asked == []
    assert made.warnings


def test_a_preview_says_draft_and_shows_in_red_what_each_section_needs(tmp_path: Path) -> None:
    made = printed(INCOMPLETE, draft=True)
    found = " ".join(read(made.pdf, tmp_path).split())
    assert "This draft is not complete. These sections need updating:" in found
    assert "Section 8, Reason and needs, needs updating: Why an EHC needs assessment is requested" in found
    assert "DRAFT" in found
    assert reds(made.pdf) >= 4


def test_a_submitted_form_has_no_draft_mark_and_nothing_in_red(tmp_path: Path) -> None:
    submitted = {
        "by": "Amina Yusuf, SENCO",
        "at": "24 November 2026",
        "incomplete_reason": "The family moves on Friday.",
        "lacking": ["Section 8 Reason and needs: Primary need"],
    }
    made = printed(INCOMPLETE, draft=False, submitted=submitted)
    found = " ".join(read(made.pdf, tmp_path).split())
    assert "DRAFT" not in found
    assert "needs updating" not in found
    assert reds(made.pdf) == 0
    assert "Submitted by Amina Yusuf, SENCO" in found
    assert "The family moves on Friday. What was missing: Section 8 Reason and needs: Primary need" in found


def test_a_complete_preview_names_no_section(tmp_path: Path) -> None:
    found = read(printed(answer("Because.")).pdf, tmp_path)
    assert "not complete" not in found


def test_what_was_missing_goes_on_over_the_page_whole(tmp_path: Path) -> None:
    lacking = [f"Section {n} Something: {'an answer; ' * 12}the last of {n}" for n in range(1, 41)]
    submitted = {"by": "A", "at": "today", "incomplete_reason": "The family moves.", "lacking": lacking}
    found = " ".join(read(printed(answer("Because."), draft=False, submitted=submitted).pdf, tmp_path).split())
    assert all(f"the last of {n}" in found for n in range(1, 41))


def test_entries_that_answer_different_questions_share_a_table_with_a_dash_where_one_was_not_asked() -> None:
    first = row("One", field("Name", "Oak"), field("To", "July"))
    second = row("Two", field("Name", "Elm"), field("From", "May"), field("To", ""))
    assert layout.columns([first, second]) == ["Name", "From", "To"]
    answered = [answer and answer["value"] for answer in layout.cells(first, ["Name", "From", "To"])]
    assert answered == ["Oak", None, "July"]
    assert layout.columns([row("One", field("Told", "long " * 20))]) == []


def test_every_page_says_whose_it_is_and_which_of_how_many(tmp_path: Path) -> None:
    made = printed(answer(LONG_TEXTS["many paragraphs"]), draft=False)
    pages = read(made.pdf, tmp_path).split("\f")[:-1]
    assert len(pages) > 5
    for number, page in enumerate(pages, 1):
        assert "Zuzanna Kowalczyk · born 5 May 2016" in page
        assert "ERSA-000041" in page
        assert f"Page {number} of {len(pages)}" in page


def test_the_contents_and_the_bookmarks_lead_to_the_pages_of_their_sections(tmp_path: Path) -> None:
    titles = ["Setting", "Views", "Needs", "Health"]
    made = printed(
        *[
            tab(number, title, fields("", field("Answer", LONG_TEXTS["one paragraph"], long=True)))
            for number, title in enumerate(titles, 1)
        ],
        draft=False,
    )
    reader = pypdf.PdfReader(BytesIO(made.pdf))
    pages = read(made.pdf, tmp_path, "-layout").split("\f")
    contents = dict(re.findall(r"\d\. (\w+) +(\d+)\n", pages[0]))
    bookmarks = {str(mark.title): reader.get_destination_page_number(mark) for mark in reader.outline}
    assert list(contents) == titles
    for number, title in enumerate(titles, 1):
        assert f"{number}. {title}" in pages[int(contents[title]) - 1]
        assert bookmarks[f"{number}. {title}"] == int(contents[title]) - 1
    links = [link for link in reader.pages[0]["/Annots"] if link.get_object()["/Subtype"] == "/Link"]
    led_to = [link.get_object()["/Dest"][0].get_object() for link in links]
    assert led_to == [reader.pages[int(contents[title]) - 1] for title in titles]


def test_the_file_is_sound_titled_in_english_and_tagged(tmp_path: Path) -> None:
    made = printed(
        answer("Because."),
        tab(2, "Results", rows("Results", *[row(f"Result {n}", field("Score", str(n))) for n in range(60)])),
    )
    path = tmp_path / "sound.pdf"
    path.write_bytes(made.pdf)
    run("qpdf", "--check", str(path))
    info = run("pdfinfo", str(path))
    assert re.search(r"Tagged:\s+yes", info)
    assert re.search(r"Title:\s+ERSA VNOV22 \(Preview\) – Zuzanna Kowalczyk – ERSA-000041", info)
    assert re.search(r"Author:\s+London Borough of Ealing, SENAS", info)
    assert re.search(r"JavaScript:\s+no", info)
    with pikepdf.open(path) as document:
        assert str(document.Root.Lang) == "en-GB"
    structure = run("pdfinfo", "-struct-text", str(path))
    assert re.search(r"H2 \(block\)\s+\"1\. Reason and needs \"", structure)
    assert re.search(r"H4 \(block\)\s+\"The reason \"\s+P \(block\)\s+\"Because\.", structure)
    # The header row of the table is repeated on its second page, but read once.
    assert structure.count('"Score') == 1
    assert structure.count("Table (block)") == 2


@pytest.mark.parametrize("answered", ["the answer", "the answer " * 20, "the answer " * 30, "جواب " * 60])
def test_a_heading_is_not_left_at_the_foot_of_a_page(answered: str, tmp_path: Path) -> None:
    for short, long in ((1, 14), (1, 15), (1, 16), (3, 13), (3, 14), (3, 15)):
        above = "\n".join(["a line"] * short + ["a longer line " * 14] * long)
        filling = field("Filling", above, long=True)
        made = printed(tab(1, "Views", fields("", filling, field("The last question", answered, long=True))))
        page = next(p for p in read(made.pdf, tmp_path).split("\f") if "The last question" in p)
        assert answered.split()[-1] in page, (short, long)


@pytest.mark.parametrize("word", ["plain", "مدرسة"])
def test_no_line_of_a_paragraph_stands_alone_on_a_page(word: str, tmp_path: Path) -> None:
    for before in range(24, 30):
        for lines in (3, 5):
            filling = "\n".join(f"filling {n}" for n in range(before))
            made = printed(answer(f"{filling}\n{f'{word} ' * (16 * lines - 8)}"), draft=False)
            pages = [page.count(word) for page in read(made.pdf, tmp_path).split("\f")]
            parts = [count for count in pages if count]
            assert sum(parts) == 16 * lines - 8
            assert len(parts) == 1 or min(parts) > 16, (before, lines)


def test_what_is_to_be_checked_stands_with_what_it_is_said_of(tmp_path: Path) -> None:
    for lines in range(20, 46):
        filling = tab(
            1, "Views", fields("", field("Filling", "\n".join(f"filling {n}" for n in range(lines)), long=True))
        )
        doubtful = {**answer("the reason itself"), "number": 2, "warnings": ["a doubtful thing"]}
        pages = read(printed(filling, doubtful).pdf, tmp_path).split("\f")
        page = next(p for p in pages if "a doubtful thing" in p)
        assert "the reason itself" in page, lines


def test_the_contents_stand_on_one_page_however_many_reasons_there_are(tmp_path: Path) -> None:
    tabs = [tab(n, f"Section about {n:02}", fields("", field("Question", "Answer"))) for n in range(1, 17)]
    for reasons in (0, 6, 12, 24):
        sent = {
            "by": "Amina",
            "at": "24 November",
            "incomplete_reason": "\n".join(["In time."] * reasons),
            "lacking": [],
        }
        pages = read(printed(*tabs, draft=False, submitted=sent).pdf, tmp_path).split("\f")
        page = next(p for p in pages if "Contents" in p)
        assert [n for n in range(1, 17) if f"Section about {n:02}" not in page] == [], reasons


def test_a_heading_before_a_table_stands_on_the_page_of_its_first_row(tmp_path: Path) -> None:
    questions = [f"How many {what} it took in a usual week of lessons" for what in ("minutes", "adults", "pounds")]
    some = [row(f"Entry {n} of the list", *(field(q, "30") for q in questions), by="Amina Yusuf") for n in range(3)]
    for lines in range(20, 46):
        filling = field("Filling", "\n".join(f"filling {n}" for n in range(lines)), long=True)
        made = printed(tab(1, "Views", fields("", filling), rows("The last list", *some)))
        page = next(p for p in read(made.pdf, tmp_path).split("\f") if "The last list" in p)
        assert "Entry 0" in page, lines


def test_a_page_that_goes_on_with_something_says_with_what(tmp_path: Path) -> None:
    questions = [field(f"Question {n}", f"answer {n}") for n in range(60)]
    long = field("What happened", "\n".join(f"line {n}" for n in range(40)), long=True)
    views = tab(
        1, "Views", rows("People", row("Person 1: Żaneta Ștefan", *questions, long), row("Person 2: Ben", *questions))
    )
    made = printed(views, tab(2, "Reason", fields("Why", field("Reason", "Because.", long=True))), draft=False)
    assert not made.warnings
    lines = [plain(page).split("\n") for page in read(made.pdf, tmp_path).split("\f")[:-1]]
    found = [" ".join(line.strip() for line in page if "(continued)" in line) for page in lines]
    assert found == [
        "",
        "",
        "1. Views · Person 1: Żaneta Ștefan (continued)",
        "1. Views · Person 1: Żaneta Ștefan (continued)",
        "1. Views · Person 1: Żaneta Ștefan · What happened (continued)",
        "1. Views · Person 2: Ben (continued)",
        "1. Views · Person 2: Ben (continued)",
    ]
    assert "(continued)" not in run("pdfinfo", "-struct-text", str(tmp_path / "read.pdf"))


def test_an_entry_with_no_answers_at_all_is_a_heading_and_no_table_of_one_column(tmp_path: Path) -> None:
    found = read(printed(tab(1, "Outcomes", rows("Outcomes", row("Outcome 1")))).pdf, tmp_path)
    assert "Outcome 1" in found
    assert "Entry" not in found


def test_rows_with_short_answers_share_a_table_and_rows_with_long_ones_do_not(tmp_path: Path) -> None:
    short = [row(f"Result {n}", field("Date", "12 May 2026"), field("Score", "91")) for n in range(3)]
    long = [row(f"Cycle {n}", field("Review", "He reads more.", long=True)) for n in range(3)]
    made = printed(tab(1, "Progress", rows("Results", *short), rows("Cycles", *long)))
    found = read(made.pdf, tmp_path)
    assert found.count("Score") == 1
    assert found.count("Review") == 3
