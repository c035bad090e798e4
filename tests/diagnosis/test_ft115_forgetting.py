import math

import pytest

from ftkit.diagnosis.evidence import Evidence
from tests.diagnosis.made_up import found, healthy, history, passes, why_not

BEFORE, TOKENS = [80.0, 90.0, 100.0, 110.0], [40, 42, 44, 46]
FACTS = {"before": [0.3, 1.7, 3.0, 1.1, 2.2], "after": [0.5, 1.8, 2.9, 1.2, 2.3], "tokens": [1] * 5}
TEXT = {"before": BEFORE, "after": [loss * 1.05 for loss in BEFORE], "tokens": TOKENS}


def read(text=TEXT, facts=FACTS) -> Evidence:
    return Evidence(forgetting={"text": text, "facts": facts})


def text(after: list[float]) -> Evidence:
    return read({**TEXT, "after": after})


def test_found_where_every_passage_got_harder():
    finding = found("FT115", history(healthy), evidence=text([loss * 1.4 for loss in BEFORE]))
    assert finding.evidence["text"]["after"] > finding.evidence["text"]["before"] + 0.5
    assert "facts" not in finding.evidence
    assert "general text" in finding.sentence
    assert "95 of 100 times" in finding.sentence


def test_found_where_plain_facts_are_gone():
    gone = {**FACTS, "after": [loss + 1 for loss in FACTS["before"]]}
    finding = found("FT115", history(healthy), evidence=read(facts=gone))
    assert set(finding.evidence) == {"facts"}
    assert "The loss on plain facts went from 1.660 to 2.660" in finding.sentence


def test_a_small_rise_is_the_price_of_training():
    assert passes("FT115", history(healthy), evidence=read())


def test_one_passage_alone_proves_nothing():
    assert passes("FT115", history(healthy), evidence=text([*BEFORE[:3], 200.0]))


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
@pytest.mark.parametrize("kind", ["text", "facts"])
def test_not_applicable_without_a_sound_record(damaged, kind):
    record = {"before": BEFORE, "after": BEFORE, "tokens": TOKENS} | damaged if damaged else {}
    assert why_not("FT115", history(healthy), evidence=read(**{kind: record}))
    assert why_not("FT115", history(healthy), evidence=Evidence(forgetting={}))
