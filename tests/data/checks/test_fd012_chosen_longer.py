import pytest

from ftkit.data.checks.fd012_chosen_longer import interval
from tests.data.checks.made_up import found, pair


def pairs(longer, shorter):
    return [pair(f"Q{i}", "a longer answer", "short") for i in range(longer)] + [
        pair(f"R{i}", "short", "a longer answer") for i in range(shorter)
    ]


@pytest.mark.parametrize(
    ("longer", "shorter", "severity"),
    [(50, 50, None), (55, 45, None), (70, 30, "note"), (95, 5, "warning"), (20, 0, None), (24, 16, None)],
)
def test_a_share_far_from_one_half(longer, shorter, severity):
    finding = found("FD012", pairs(longer, shorter), form="preference")
    assert (finding and finding.severity) == severity


def test_the_sentence_has_share_interval_and_lengths():
    finding = found("FD012", pairs(90, 10), form="preference")
    assert "90%" in finding.sentence
    assert "it would be 83% to 94%, 95 of 100 times" in finding.sentence
    assert "longer one: 14 letters on average against 6" in finding.sentence
    assert finding.count == 90
    assert len(finding.rows) == 10


def test_shorter_gives_away_as_much():
    finding = found("FD012", pairs(10, 90), form="preference")
    assert "shorter one" in finding.sentence
    assert finding.rows[0].number == 11


def test_equal_lengths_say_nothing():
    assert found("FD012", [pair(f"Q{i}", "four", "five") for i in range(200)], form="preference") is None


def test_the_interval_is_wilsons():
    assert interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=2e-4)
