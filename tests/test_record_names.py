"""Names are found however they are typed."""

import pytest

from record.names import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Łukasz Wiśniewski", " lukasz wisniewski"),
        ("Elif Yıldız", " elif yildiz"),
        ("İpek ŞAHİN", " ipek sahin"),
        ("Bjørn Strauß", " bjorn strauss"),
        ("Đặng Thị Ánh", " dang thi anh"),
        ("Siân O’Neill-Al Hashimi", " sian oneill al hashimi"),
        ("Ștefan  Țurcanu", " stefan turcanu"),
        ("François, José; Zoë", " francois jose zoe"),
        ("Ælfred Œuvre", " aelfred oeuvre"),
        ("", ""),
        (" – ", ""),
    ],
)
def test_a_name_is_found_without_its_marks(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_folding_a_folded_name_changes_nothing() -> None:
    for name in ("Żółć Gęślą", "ਗੁਰਪ੍ਰੀਤ ਕੌਰ", "فاطمة الزهراء", "தமிழ்ச்செல்வி", "Їжакевич", "日本語", "ＡＢＣ"):
        once = fold(name)
        assert once
        assert fold(once) == once


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert fold("Zo\u00eb") == fold("Zoe\u0308")
