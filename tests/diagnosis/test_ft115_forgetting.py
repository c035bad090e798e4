import math

import pytest

from ftkit.diagnosis.evidence import Evidence
from tests.diagnosis.made_up import found, healthy, history, passes, why_not

BEFORE, TOKENS = [80.0, 90.0, 100.0, 110.0], [40, 42, 44, 46]


def read(after: list[float], **more) -> Evidence:
    return Evidence(forgetting={"before": BEFORE, "after": after, "tokens": TOKENS, **more})


def test_found_where_every_passage_got_harder():
    finding = found("FT115", history(healthy), evidence=read([loss * 1.4 for loss in BEFORE]))
    assert finding.evidence["after"] > finding.evidence["before"] + 0.5


def test_a_small_rise_is_the_price_of_training():
    assert passes("FT115", history(healthy), evidence=read([loss * 1.05 for loss in BEFORE]))


def test_one_passage_alone_proves_nothing():
    assert passes("FT115", history(healthy), evidence=read([*BEFORE[:3], 200.0]))


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"after": None},
        {"after": [1.0]},
        {"after": [math.nan] * 4},
        {"tokens": [0, 0, 0, 0]},
        {"before": ["a", "b", "c", "d"]},
    ],
)
def test_not_applicable_without_a_sound_record(damaged):
    record = {"before": BEFORE, "after": BEFORE, "tokens": TOKENS} | damaged if damaged else {}
    assert why_not("FT115", history(healthy), evidence=Evidence(forgetting=record))
