"""Perplexity before and after, and lengths of answers: the numbers, and how they are shown."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from ftkit.comparison.generate import Answer
from ftkit.comparison.perplexity import LONGEST, MOST_TOKENS, Perplexity, encoded, perplexity
from ftkit.comparison.result import Comparison, Pair

TEXTS = ["Say red twice, and then again.", "Blue.", "x", "Repeat gold two times: gold gold!"]


@pytest.fixture
def tokenizer(tiny_model_folder: Path):
    return AutoTokenizer.from_pretrained(tiny_model_folder)


def test_it_is_the_exponential_of_the_mean_loss_over_all_tokens(tiny_model_folder: Path, tokenizer) -> None:
    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype=torch.float32).eval()
    known = encoded(tokenizer, TEXTS)
    assert len(known) == 3, "a text of one token has no next word"
    total = count = 0.0
    for ids in known:
        tokens = torch.tensor([ids])
        with torch.no_grad():
            total += float(model(input_ids=tokens, labels=tokens).loss) * (len(ids) - 1)
        count += len(ids) - 1
    seen: list[int] = []
    assert perplexity(model, known, seen.append) == pytest.approx(math.exp(total / count), rel=1e-5)
    assert seen == [1, 2, 3]


def test_long_texts_are_cut_and_many_are_not_all_read(tokenizer) -> None:
    known = encoded(tokenizer, ["red gold " * 2000] * 40)
    assert {len(ids) for ids in known} == {LONGEST}
    assert len(known) == MOST_TOKENS // LONGEST
    assert encoded(tokenizer, ["", "x"]) == []


def compared(base: str, tuned: str, pairs: int = 4, *, ended: bool = True, **more) -> Comparison:
    pair = Pair("Why?", Answer(base, ended, 9), Answer(tuned, True, 9))
    return Comparison("made-1", (pair,) * pairs, 0.0, 0.0, None, None, "", 80, 0.0, 42, **more)


def picture(result: Comparison) -> str:
    shown = result._repr_mimebundle_()["text/html"]
    found = re.search('<table class="ftkit-bars">.*?</table>', shown, re.DOTALL)
    return found[0] if found else ""


def test_perplexity_is_shown_as_two_bars_and_said() -> None:
    result = compared("a b", "a b c d e f", perplexity=Perplexity(60.0, 30.0, 3, 500))
    shown = picture(result)
    assert re.findall("width:([0-9]+)%", shown) == ["60", "30"]
    assert "60.0" in shown
    assert "30.0" in shown
    assert "3 texts of the test part: base model 60.0, tuned model 30.0" in str(result)
    assert "words on average" not in str(result), "how long a text goes on says nothing"


def test_lengths_are_shown_where_they_differ_visibly() -> None:
    result = compared("one two three four five six", "one two")
    assert "on average: base model 6, tuned model 2." in str(result)
    assert re.findall("width:([0-9]+)%", picture(result)) == ["60", "20"]
    for other in (
        compared("one two three", "one two four"),
        compared("a b c d", "a", pairs=2),
        compared("", ""),
    ):
        assert "words on average" not in str(other)
        assert picture(other) == ""
    assert re.findall("width:([0-9]+)%", picture(compared("", "one two"))) == ["0", "60"]


def test_a_length_that_counts_answers_cut_at_the_limit_is_said_to_be_that_or_more() -> None:
    result = compared("one two three four five six", "one two", ended=False)
    assert "on average: base model 6 or more, tuned model 2 (" in str(result)
    assert "cut at the limit" in str(result)
    assert "6 or more</td>" in picture(result)
    assert "2</td>" in picture(result)
    for whole in (str(compared("a b c d e f", "a b")), picture(compared("a b c d e f", "a b"))):
        assert "or more" not in whole
