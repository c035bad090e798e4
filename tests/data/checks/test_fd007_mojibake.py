import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftkit.data.checks.fd007_mojibake import mend
from ftkit.data.mending import mended
from tests.data.checks.made_up import asked, called, clean, found

MEANT = [
    "Le café est fermé.",
    "Größe und Übung",
    "“Well,” she said — and left…",
    "Zażółć gęślą jaźń",
    "naïve señor",
]


@pytest.mark.parametrize("meant", MEANT)
@pytest.mark.parametrize("wrong", ["latin-1", "cp1252"])
def test_a_wrong_reading_is_mended(meant, wrong):
    try:
        garbled = meant.encode().decode(wrong)
    except UnicodeDecodeError:
        pytest.skip("this encoding has no letter for one of the bytes")
    assert mend(f"Fine: 日本 é.\n{garbled}") == f"Fine: 日本 é.\n{meant}"


def test_cyrillic_read_as_windows_is_mended():
    assert mend("Привет, мир".encode().decode("cp1251")) == "Привет, мир"


@pytest.mark.parametrize(
    "text",
    [
        *MEANT, "Привет, мир", "日本語の文", "CAFÉ® and “CAFÉ”", "x ≤ y, ½ · π² ≈ 4.9", "• one\n• two", "100 °C ± 2", "😀 👍",
        "Ελληνικά", "العربية", "a\u00a0b", "Æbler på Ærø", "L'ÎLE À VENDRE…",
    ],
)  # fmt: skip
def test_real_text_stays_as_it_is(text):
    assert mend(text) == text
    assert found("FD007", [asked(text, text)]) is None


def test_found_with_what_is_garbled_and_what_is_lost():
    rows = [*clean(20), asked("Où?", "Au cafÃ©."), asked("Who?", "M\ufffdller"), asked("Et?", "Ã©tÃ© \ufffd")]
    finding = found("FD007", rows)
    assert finding.count == 3
    assert [place.number for place in finding.rows] == [21, 23, 22]
    assert finding.sentence.startswith("2 rows have garbled letters")
    assert "2 rows have a “�”" in finding.sentence
    assert finding.fix == "mend-mojibake"


def test_lost_letters_alone_cannot_be_mended():
    assert found("FD007", [asked("Who?", "M\ufffdller")]).fix is None


def test_silent_on_clean_rows():
    assert found("FD007", clean()) is None


@given(st.text())
def test_any_text_is_mended_or_left_alone(text):
    assert isinstance(mend(text), str)
    if text.isascii():
        assert mend(text) == text


def test_the_package_that_mends_is_loaded_only_when_it_is_needed():
    code = "import sys, ftkit.data.checks; assert 'ftfy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_a_tool_is_called_with_is_mended_too():
    row = called("Who is it?", "find", name="MÃ¼ller", days=[{"note": "CafÃ©"}])
    assert found("FD007", [row, *clean(3)]).count == 1
    given = mended(row, mend)["completion"][0]["tool_calls"][0]["function"]["arguments"]
    assert given == {"name": "Müller", "days": [{"note": "Café"}]}
    assert row["completion"][0]["tool_calls"][0]["function"]["arguments"]["name"] == "MÃ¼ller"
