"""What is copied out of the paper, searched in it or read aloud from it is in the order in which it is read."""

import re
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pypdfium2
import pytest

from tests.paper import SCRIPTS, field, fields, printed, read, tab

UNSEEN = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
SENTENCES = {
    "Arabic": "كان الولد يلعب في الحديقة كل يوم بعد المدرسة مع أصدقائه لا يحب الضوضاء",
    "Arabic with vowels": "مُحَمَّدٌ وَالأُسْرَةُ تُحِبُّهُ شكراً جزيلاً",
    "Arabic, English and numbers": "قال EHC plan في 24 مايو 2026 ثم عاد",
    "Urdu": "محمد علی، اردو میں لکھتا ہے ۔ بچّہ خوش ہے",
    "Farsi": "مریم حسینی – می‌خواهد ۱۴۰۲ بخواند",
    "Farsi in English": "She says نمی‌تواند and خانه‌ها at home",
    "Urdu with joiners": "علم‌دان کتاب‌خانہ جاتا ہے",
    "Hebrew with points": "שָׁלוֹם יְלָדִים",
    "Dhivehi": "ދިވެހި ބަސް",
    "Syriac": "ܫܠܡܐ ܥܡܟ",
    "English with Arabic": "He says شكرا and كتاب every day",
    "English with Arabic vowels": "He says شكراً and then مُحَمَّد every day at home with us",
    "Syriac with vowels": "ܫܠܳܡܳܐ ܥܡܳܟ",
    "Arabic with a final joiner": "سنة ١٤٤٧ ه‍ قمرية",
    "Hindi": "वह स्कूल में खुश रहता है, पर लिखने में श्रम लगता है।",
    "Panjabi": "ਗੁਰਪ੍ਰੀਤ ਕੌਰ ਨੂੰ ਪੜ੍ਹਨਾ ਪਸੰਦ ਹੈ",
    "Tamil": "அவன் பள்ளிக்கு மகிழ்ச்சியாகச் செல்கிறான்",
    "Bengali": "সে স্কুলে যেতে ভালোবাসে",
    "Panjabi with joiners": "ਪੜ੍‍ਹਨਾ ਸ਼੍‌ਰੀ",
    "Hindi with joiners": "क्‍ष श्‌रम शक्‌ति",
    "Sinhala": "ශ්‍රී ලංකාවේ ඔහු පාසල් යයි",
    "Somali": "Waxa uu jecel yahay inuu wax akhriyo",
    "Chinese": "他喜欢画画和数学",
}


def answered(value: str, **more: Any) -> bytes:
    made = printed(tab(1, "Views", fields("", field("Answer", value, long=True, **more))), draft=False)
    assert not made.warnings
    return made.pdf


def squeezed(found: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", found.translate(UNSEEN)))


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_is_copied_in_the_order_it_is_read(name: str, tmp_path: Path) -> None:
    assert squeezed(SENTENCES[name]) in squeezed(read(answered(SENTENCES[name]), tmp_path, "-raw"))


@pytest.mark.parametrize("name", SENTENCES)
def test_each_word_is_found_in_the_layout_of_the_page(name: str, tmp_path: Path) -> None:
    found = unicodedata.normalize("NFC", read(answered(SENTENCES[name]), tmp_path).translate(UNSEEN))
    for word in re.findall(r"[^\s،۔,–।]+", unicodedata.normalize("NFC", SENTENCES[name])):
        assert word in found


@pytest.mark.parametrize("name", SENTENCES)
def test_the_reader_of_chromium_copies_each_word_too(name: str) -> None:
    (_, page) = pypdfium2.PdfDocument(answered(SENTENCES[name]))
    found = unicodedata.normalize("NFC", page.get_textpage().get_text_bounded().translate(UNSEEN))
    for word in unicodedata.normalize("NFC", SENTENCES[name]).split():
        assert word in found


@pytest.mark.parametrize(
    "name", ["Farsi in English", "Urdu with joiners", "Urdu", "Hebrew with points", "Dhivehi", "Syriac with vowels"]
)
def test_a_library_that_reads_glyphs_alone_copies_joiners_and_marks_too(name: str) -> None:
    found = unicodedata.normalize("NFC", pypdf.PdfReader(BytesIO(answered(SENTENCES[name]))).pages[1].extract_text())
    for word in re.findall(r"[^\s،۔]+", unicodedata.normalize("NFC", SENTENCES[name])):
        assert word in found


def test_marks_are_drawn_where_the_font_puts_them() -> None:
    (_, page) = pypdfium2.PdfDocument(answered("بَ"))
    shapes = [it for it in page.get_objects(max_depth=1) if it.type == pypdfium2.raw.FPDF_PAGEOBJ_FORM]
    letters = [it for it in page.get_objects() if it.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT]
    (fatha,), beh = [it.get_bounds() for it in shapes], letters[-1].get_bounds()
    left, bottom, right, _ = fatha
    assert beh[0] < left < right < beh[2]
    assert bottom > beh[3] - 1


def test_brackets_round_arabic_face_the_words_they_hold() -> None:
    sentence = "تقرير المدرسة (الصف الخامس) جاهز"
    (_, page) = pypdfium2.PdfDocument(answered(sentence))
    assert squeezed(sentence) in squeezed(page.get_textpage().get_text_bounded())


def spoken(pdf: bytes) -> list[tuple[str, str, str]]:
    """(role, language, text that replaces what is drawn) of each element of the structure tree that has one."""
    found = []

    def visit(element: Any) -> None:
        if not isinstance(element, pikepdf.Dictionary) or "/S" not in element:
            return
        found.append((str(element.S)[1:], str(element.get("/Lang", "")), str(element.get("/ActualText", ""))))
        for child in element.get("/K", []):
            visit(child)

    with pikepdf.open(BytesIO(pdf)) as document:
        for child in document.Root.StructTreeRoot.K:
            visit(child)
    return found


@pytest.mark.parametrize("name", ["Arabic with vowels", "Farsi", "English with Arabic"])
def test_a_screen_reader_is_told_the_whole_text_of_what_runs_from_right_to_left(name: str) -> None:
    said = [text for _, _, text in spoken(answered(SENTENCES[name])) if text]
    assert said == [unicodedata.normalize("NFC", SENTENCES[name])]


def test_a_paragraph_cut_by_a_page_is_told_once() -> None:
    long = "\n".join(["plain"] * 40 + [" ".join([SENTENCES["Arabic"]] * 8)])
    (said,) = [text for _, _, text in spoken(answered(long)) if text]
    assert said.split() == " ".join([SENTENCES["Arabic"]] * 8).split()


def test_a_word_of_many_scripts_on_three_pages_is_told_whole() -> None:
    word = "aбكह中🐶ก" * 570
    (said,) = [text for _, _, text in spoken(answered("\n".join(["plain"] * 20 + [word]))) if text]
    assert squeezed(said) == word


def test_the_familys_own_words_are_marked_with_their_language() -> None:
    made = answered(f"{SCRIPTS['Panjabi']}\n{SCRIPTS['Panjabi']}", language="pa-Guru")
    assert [(role, language) for role, language, _ in spoken(made) if language] == [("P", "pa-Guru")] * 2


def test_words_in_a_cell_are_marked_with_their_language_too() -> None:
    made = printed(tab(1, "Views", fields("", field("Name", "Żółć", language="pl"))), draft=False)
    assert ("P", "pl", "") in spoken(made.pdf)
