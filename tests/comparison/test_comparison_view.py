"""How a comparison looks."""

from ftkit.comparison.generate import Answer
from ftkit.comparison.result import Comparison, Pair

HOSTILE = "<img src=x onerror=alert(1)>"


def result(*pairs):
    return Comparison("made-1", pairs, 0.0, 0.0, None, None, "", 8, 0.0, 0)


def pair(**more):
    return Pair("Say red twice.", Answer("no", True, 1), Answer("red red!", True, 2), **more)


def test_the_answer_in_the_data_stands_beside_a_question_that_has_one():
    shown = result(pair(), pair(origin="test part", expected="red  red!"))._repr_mimebundle_()
    assert shown["text/html"].count("The answer in your data") == 1
    assert "from the test part</span><details>" in shown["text/html"]
    assert shown["text/plain"].count("  data : red  red!") == 1


def test_the_answer_in_the_data_is_escaped():
    html = result(pair(origin="test part", expected=HOSTILE))._repr_mimebundle_()["text/html"]
    assert HOSTILE not in html
    assert "&lt;img" in html
