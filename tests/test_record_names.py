"""Names are found however they are typed."""

import pytest

from record.names import filed, fold


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


@pytest.mark.parametrize(
    ("surname", "others", "key"),
    [
        ("Łapa", ("Kofi", ""), " lapa  kofi"),
        ("de Souza", ("Ana", "Maria"), " de souza  ana maria"),
        ("O’Brien-Smith", ("Zoë",), " obrien smith  zoe"),
        ("Ali", (), " ali"),
    ],
)
def test_a_child_is_filed_under_the_surname(surname: str, others: tuple[str, ...], key: str) -> None:
    assert filed(surname, *others) == key


def test_a_surname_comes_before_a_longer_one_that_begins_with_it() -> None:
    assert filed("Ali", "Zed") < filed("Ali Khan", "Al") < filed("Alison", "Abe")


def test_folding_a_folded_name_changes_nothing() -> None:
    for name in ("Żółć Gęślą", "ਗੁਰਪ੍ਰੀਤ ਕੌਰ", "فاطمة الزهراء", "தமிழ்ச்செல்வி", "Їжакевич", "日本語", "ＡＢＣ"):
        once = fold(name)
        assert once
        assert fold(once) == once


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert fold("Zo\u00eb") == fold("Zoe\u0308")
