"""The council's own lists: read from a file like the one shipped, or refused with what to mend."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from record import codes
from record.lists import SHIPPED, read_lists
from tests.desk import Record
from tests.fixtures_server import Portal
from tests.hostile import pdf
from tests.test_corrections import one, text
from tests.test_documents import newest
from tests.test_profiles import begin

OURS = """
[senas]
teams = ["North", "South"]
[documents]
usual = ["passport"]
[documents.types]
passport = "One-page profile"
letter = "Letter"
[documents.former]
ep = "Psychologist’s report (until 2025)"
[appendices.k]
title = "Advice of the school"
written_by = ["Schools"]
[appendices.m]
title = "Medical advice"
written_by = "all"
"""


def written(folder: Path, content: str) -> str:
    path = folder / "lists.toml"
    path.write_text(content, "utf8")
    return str(path)


def test_the_lists_shipped_are_those_of_the_council_they_were_made_for() -> None:
    lists = read_lists()
    assert len(lists.types) == 21
    assert lists.former == {}
    assert [(it.letter, it.title) for it in lists.appendices][1:4] == [
        ("b", "Setting (SENCO’s advice)"),
        ("c", "Health and therapies"),
        ("d", "Educational psychology"),
    ]
    assert lists.appendices[0].teams == tuple(codes.TEAMS)
    assert set(re.findall(r"\w+", SHIPPED.read_text().partition("Teams: ")[2].partition(".")[0])) == set(codes.TEAMS)


def test_a_council_s_own_lists_take_the_place_of_those_shipped(tmp_path: Path) -> None:
    lists = read_lists(written(tmp_path, OURS))
    assert list(lists.types) == ["passport", "letter"]
    assert list(lists.former) == ["ep"]
    assert lists.senas == ("North", "South")
    assert [(it.letter, it.title) for it in lists.appendices] == [
        ("k", "Advice of the school"),
        ("m", "Medical advice"),
    ]
    assert (lists.appendices[0].teams, lists.appendices[1].teams) == (("Schools",), tuple(codes.TEAMS))


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('"North"', '"slt"', "senas.teams has 'slt', which is a service of its own"),
        ('["North", "South"]', '"North"', "senas.teams should be a list"),
        ("[documents]", "[documents", "is not TOML"),
        ("[documents]", "[dokuments]", "has 'dokuments', which means nothing"),
        ("usual =", "usually =", "has 'usually', which means nothing"),
        ('["passport"]', '"passport"', "documents.usual should be a list"),
        (
            '["passport"]',
            '["ep"]',
            "documents.usual has 'ep', which is not a code of documents.types: passport, letter",
        ),
        ('passport = "One-page profile"\nletter = "Letter"', "", "[documents.types] is missing or empty"),
        ("letter =", "Letter =", "documents.types.Letter should be a code of small letters"),
        ('"Letter"', '""', "documents.types.letter should be words"),
        ('"Letter"', "7", "documents.types.letter should be words"),
        ('"Letter"', '"' + "x" * 101 + '"', "100 characters at most"),
        ("ep =", "letter =", "letter stands both"),
        ("[appendices.k]", "[appendices.kk]", "one small letter, such as appendices.c"),
        ("[appendices.k]", "[appendices.K]", "one small letter, such as appendices.c"),
        ('title = "Advice of the school"', "", "appendices.k.title should be words"),
        ('["Schools"]', '["School"]', "appendices.k.written_by has 'School', which is not a team: SLT, OT"),
        ('["Schools"]', "[]", "names no team"),
        ('"all"', '"most"', "appendices.m.written_by should be a list"),
        ("title =", "titel =", "has 'titel', which means nothing; it may have title, written_by"),
    ],
)
def test_lists_that_cannot_be_say_where_and_what_to_mend(tmp_path: Path, was: str, now: str, said: str) -> None:
    assert was in OURS
    with pytest.raises(ValueError, match=re.escape(said)):
        read_lists(written(tmp_path, OURS.replace(was, now, 1)))


def test_lists_without_a_part_say_which(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\[appendices\] is missing"):
        read_lists(written(tmp_path, OURS.partition("[appendices")[0]))
    with pytest.raises(ValueError, match=r"\[documents\] is missing"):
        read_lists(written(tmp_path, "[appendices" + OURS.partition("[appendices")[2]))


def test_the_portal_goes_by_the_council_s_own_lists(make_portal: Callable[..., Portal], tmp_path: Path) -> None:
    portal = make_portal(PORTAL_LISTS=written(tmp_path, OURS))
    amina, farah = portal.sign_in("amina"), portal.sign_in("farah")
    record = Record(portal, amina, 317)
    documents = f"/records/{record.id}/documents"

    assert re.findall(r'<option value="([^"]+)"', amina.get(f"{documents}/new").text) == ["passport", "letter"]
    assert "One-page profile" in text(amina.get(documents)), "it is missing, and a request usually comes with it"
    for kind, answer in (("ep", 422), ("slt", 422), ("letter", 303)):
        data = {"name": "Words", "type": kind, "author": "", "dated": "5 May 2026"}
        sent = amina.post(f"{documents}/new", data=data, files={"file": ("words.pdf", pdf(words=kind))})
        assert sent.status_code == answer, kind
    brought = newest(portal, record)
    assert re.search(r"Words\s.*Letter", text(amina.get(documents)))
    with portal.owner() as db:
        db.execute("update portal.document set category = 'ep' where id = %s", [brought])
    assert "Psychologist’s report (until 2025)" in text(amina.get(documents)), "given while it was offered"

    profiles = amina.get(f"/records/{record.id}/profiles").text
    assert re.findall(r'<option value="(appendix_\w)">([^<]+)', profiles) == [
        ("appendix_k", "Appendix K: Advice of the school"),
        ("appendix_m", "Appendix M: Medical advice"),
    ]
    assert amina.get(f"/records/{record.id}/appendix_b").status_code == 404
    begin(amina, str(record.id), "appendix_k")
    assert "Advice of the school" in text(amina.get(f"/records/{record.id}/appendix_k"))

    sent = one(portal, "select id from portal.record where status = 'assessing' limit 1")
    asking = farah.get(f"/records/{sent}/advice-requests")
    assert re.findall(r'<option value="(appendix_\w)"', asking.text) == ["appendix_k", "appendix_m"]
    assert "Appendix C" in text(asking), "asked for before the council had lists of its own"
    assert "appendix_c</" not in asking.text
    assert portal.sign_in("daljit").get("/advice").status_code == 200
