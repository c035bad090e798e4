from ftkit.data.checks import default_fixes
from tests.data.checks.made_up import clean, found


def test_found_and_left_out_without_being_asked():
    finding = found("FD008", clean(10), tokens=[10] * 8 + [65, 70], max_length=64)
    assert finding.drop == (8, 9)
    assert "70" in finding.sentence
    assert finding.fix in default_fixes()


def test_grave_where_most_rows_are():
    assert found("FD008", clean(4), tokens=[65] * 3 + [1], max_length=64).severity == "error"


def test_silent_at_the_limit():
    assert found("FD008", clean(4), tokens=[64] * 4, max_length=64) is None


def test_silent_where_tokens_were_not_counted():
    assert found("FD008", clean(4), max_length=64) is None
