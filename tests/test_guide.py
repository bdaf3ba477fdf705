"""The guide in pictures shows the portal as it is: the same walk again, and what the pages say compared with what they
said when the pictures were taken. Where that differs, `make guide` takes them anew."""

import json
import re
import subprocess
from difflib import unified_diff
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from routes.guide import facts
from server import Settings
from sql.cluster import Cluster
from tests.fixtures_browser import LAPTOP, PHONE, Windows, need
from tests.fixtures_database import fresh_database
from tests.fixtures_server import Portal, served
from tests.guide import FOLDER, MANIFEST, README, Notes, lasting
from tests.reading_pdf import words_of
from tests.test_accessible import sound
from tests.test_help import BY_NAME
from tests.walk import Walk
from views.guide import parts
from views.help import ABOUT

TOLD = json.loads(MANIFEST.read_text(encoding="utf-8"))
PARTS = parts(**facts(Settings()))
STEPS = [step for part in PARTS for step in part.steps]
MOST = 1_000_000  # bytes of all pictures together
MEND = (
    "Run `make guide`, look at the pictures it changes, put right in views/guide.toml what no longer fits them, and"
    " commit them with static/guide/manifest.json."
)


@pytest.fixture(scope="module")
def seen(
    chromium: Browser, cluster: Cluster, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """What the pages say, by the pictures' names: one walk for all tests here. Its portal is its own, so that it can be
    begun once more where the browser was late."""
    folder = tmp_path_factory.mktemp("walk")
    notes = Notes(folder)
    with fresh_database(cluster, "demo_walk", demo_template) as database, served(database) as portal:
        windows = Windows(chromium, portal)
        Walk(windows, portal, notes, folder).all()
        windows.close()
    return notes.seen


def test_the_pictures_show_the_portal_as_it_is(seen: dict[str, list[str]]) -> None:
    then = {name: it["text"] for name, it in TOLD.items()}
    stale = [
        "\n".join(
            [where(name), *unified_diff(then.get(name, []), said, "in the picture", "in the portal", lineterm="")]
        )
        for name, said in seen.items()
        if said != then.get(name)
    ]
    told = "\n\n".join(stale)
    assert not stale, f"{len(stale)} pictures of the guide are stale. {MEND}\n\n{told}"
    assert list(seen) == list(TOLD), f"Pictures are missing or left over. {MEND}"


def where(picture: str) -> str:
    """In which part of the guide a picture stands, or that it is the one of the README."""
    for part in PARTS:
        for number, step in enumerate(part.steps, 1):
            if step.picture == picture:
                return f"{picture}: “{part.title}”, step {number}"
    return f"{picture}: docs/record.png, in the README"


def test_the_walk_passes_every_step_of_the_guide(seen: dict[str, list[str]]) -> None:
    assert {step.picture for step in STEPS} == set(seen) - {"record"}, "tests/walk.py and views/guide.toml disagree"
    assert all(seen.values()), "a picture of nothing"


def test_every_picture_is_there_small_and_as_large_as_the_page_says() -> None:
    assert len({step.picture for step in STEPS}) == len(STEPS) >= 40
    for step in STEPS:
        with Image.open(FOLDER / f"{step.picture}.webp") as picture:
            assert picture.size == pytest.approx((step.width * 1.5, step.height * 1.5), abs=1), step.picture
    assert {path.stem for path in FOLDER.glob("*.webp")} == {step.picture for step in STEPS}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST
    with Image.open(README) as picture:
        assert picture.size == (LAPTOP["width"], LAPTOP["height"])


def test_every_picture_has_words_of_its_own_for_who_cannot_see_it() -> None:
    assert len({step.alt for step in STEPS}) == len(STEPS)
    for step in STEPS:
        assert 40 < len(step.alt) < 320, step.picture
        assert not re.match(r"(?i)(a )?(picture|screenshot|image)\b", step.alt), step.picture
        assert step.says.endswith("."), step.picture


def test_no_picture_holds_a_code_that_could_be_used(tmp_path: Path) -> None:
    for step in STEPS:
        with Image.open(FOLDER / f"{step.picture}.webp") as picture:
            picture.convert("RGB").save(tmp_path / "plain.png")
        read = subprocess.run([need("zbarimg"), "-q", "--raw", str(tmp_path / "plain.png")], capture_output=True)
        assert read.stdout == b"", step.picture
    text = " ".join(line for it in TOLD.values() for line in it["text"])
    assert not re.search(r"\b\d{6}\b|([A-Z2-7]{4} ){3}", text)


def test_parts_and_questions_lead_to_each_other(portal: Portal) -> None:
    client = portal.client()
    guide = client.get("/help/guide")
    assert guide.status_code == 200
    assert {part.about for part in PARTS} == set(ABOUT)
    for part in PARTS:
        assert f'id="{part.name}"' in guide.text
        for topic in part.topics:
            assert topic in BY_NAME, f"{part.name}: help.toml has no question {topic}"
            assert f'href="/help/{topic}"' in guide.text
            assert f'href="/help/guide#{part.name}"' in client.get(f"/help/{topic}").text
    assert 'href="/help/guide"' in client.get("/help").text
    assert "In pictures" not in client.get("/help/history").text.replace("In pictures: <a", "")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_guide_is_read_by_anybody_on_any_screen(windows: Windows, scripts: bool) -> None:
    page = windows.open(path="/help/guide", viewport=PHONE, bypass_csp=True, java_script_enabled=scripts)
    pictures = page.get_by_role("main").get_by_role("img")
    expect(pictures).to_have_count(len(STEPS))
    last = pictures.last
    assert last.get_attribute("loading") == "lazy"
    page.get_by_role("link", name="Let somebody in again").click()
    last.scroll_into_view_if_needed()
    box = last.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    if scripts:
        page.wait_for_function("image => image.complete && image.naturalWidth", arg=last.element_handle())
        sound(page)


def test_the_guide_on_paper_has_every_picture(windows: Windows, tmp_path: Path) -> None:
    page = windows.open(path="/help/guide")
    paper = page.pdf(format="A4")
    found = words_of(paper, tmp_path)
    assert all("".join(part.title.split()) in found for part in PARTS)
    (tmp_path / "paper.pdf").write_bytes(paper)
    listed = subprocess.run(
        [need("pdfimages"), "-list", str(tmp_path / "paper.pdf")], capture_output=True, text=True, check=True
    )
    sizes = {tuple(row.split()[3:5]) for row in listed.stdout.splitlines()[2:]}
    for step in STEPS:
        with Image.open(FOLDER / f"{step.picture}.webp") as picture:
            assert tuple(map(str, picture.size)) in sizes, f"{step.picture} is not on paper"


def test_what_people_say_of_the_guide_is_kept_too(windows: Windows, portal: Portal) -> None:
    page = windows.open("carys", "/help/guide", bypass_csp=True)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#problems")).to_contain_text("Choose one")
    page.get_by_label("Neutral").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert").first).to_contain_text("SENAS reads")
    grace = portal.sign_in("grace").get("/feedback").text
    assert re.search(r'href="/help/guide">The guide in pictures</a></th><td data-label="Yes">0</td>', grace)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (["Saved 24 November 2026 at 09:05 by Amina Yusuf"], ["Saved … by Amina Yusuf"]),
        (["received Fri 27 Nov 2026 + 42 days = Fri 8 Jan 2027"], ["received … + 42 days = …"]),
        (
            ["Tue 22 Dec 2026 + 3 working days = Tue 29 Dec 2026 (not counting the bank holidays A Day, B Day)"],
            ["… + 3 working days = …"],
        ),
        (["UPN X307290121018", "In the UK since 2019"], ["UPN …", "In the UK since …"]),
        (["For example, 24/11/2026", "due in 4 days", "7 days late"], ["For example, …", "due …"]),
        (["ERSA-001060", "Review of ERSA-001060", "Mine", "10"], ["Review of …", "Mine"]),
        (["3 MB or less", "  within\n 30 minutes "], ["3 MB or less", "within 30 minutes"]),
        ([" ", "Time left: ", "1 min 40 s"], ["Time left:"]),
    ],
)
def test_days_and_codes_are_left_out_and_nothing_else(said: list[str], left: list[str]) -> None:
    assert lasting(said) == left
