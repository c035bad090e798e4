"""How a comparison looks."""

import pytest

from ftkit.comparison.generate import Answer
from ftkit.comparison.helped import Helped
from ftkit.comparison.perplexity import Perplexity
from ftkit.comparison.result import Comparison, Pair, TaskFigures
from ftkit.live.view import CUT as LIVE_CUT

HOSTILE = "<img src=x onerror=alert(1)>"


def result(*pairs, **more):
    return Comparison("made-1", pairs, 0.0, 0.0, None, None, "", 8, 0.0, 0, **more)


def pair(**more):
    return Pair("Say red twice.", Answer("no", True, 1), Answer("red red!", True, 2), **more)


def test_the_answer_in_the_data_stands_beside_a_question_that_has_one():
    shown = result(pair(), pair(origin="test part", expected="red  red!"))._repr_mimebundle_()
    assert shown["text/html"].count("The answer in your data") == 1
    assert "from the test part</span><details>" in shown["text/html"]
    assert shown["text/plain"].count("  data : red  red!") == 1


def test_an_answer_that_was_cut_says_so_in_text_as_in_the_notebook():
    cut = Pair("Why?", Answer("it goes on", False, 8), Answer("so", True, 1))
    found = result(cut)
    assert f"  base : it goes on{LIVE_CUT}\n  tuned: so\n" in str(found)
    assert "… (cut here)</span>" in found._repr_mimebundle_()["text/html"]
    # Who reads it with a program gets the answer as it was given.
    assert found.to_json()["pairs"][0]["base"]["text"] == "it goes on"


def test_the_answer_in_the_data_is_escaped():
    html = result(pair(origin="test part", expected=HOSTILE))._repr_mimebundle_()["text/html"]
    assert HOSTILE not in html
    assert "&lt;img" in html


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"perplexity": Perplexity(60.0, 30.0, 3, 500)},
        {"tasks": (TaskFigures("songs", 3, 0.0, 1.0, "rhymes", Perplexity(60.0, 30.0, 3, 500)),)},
    ],
)
def test_the_earlier_run_and_the_base_model_are_never_both_called_before(more):
    helped = Helped("made-2", "made-1", 2.0, 2.4, -0.4, -0.5, -0.3, 40, 400)
    long = Pair("Why?", Answer("one two three", True, 3), Answer("one", True, 1))
    shown = result(long, long, long, helped=helped, **more)._repr_mimebundle_()
    assert "of the run 'made-2' is 2.000, and of the run 'made-1' it is 2.400" in shown["text/plain"]
    for text in shown.values():
        assert "against the base model, not against the run 'made-1'" in text.replace("&#x27;", "'")
        assert "Before and after" not in text
        assert " before, " not in text
        assert " before and " not in text
        assert "base model" in text


def test_without_an_earlier_run_none_is_spoken_of():
    shown = str(result(pair()))
    assert shown.startswith("Base model and tuned model: made-1")
    assert "not against" not in shown
