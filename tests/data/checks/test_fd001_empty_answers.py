import pytest

from tests.data.checks.made_up import asked, clean, found


def test_found_where_an_answer_only_stands_for_one():
    finding = found("FD001", [*clean(20), asked("Who?", "N/A"), asked("Why?", " ... ")])
    assert finding.count == 2
    assert [place.number for place in finding.rows] == [21, 22]
    assert finding.fix == "drop-empty"
    assert finding.drop == (20, 21)


def test_found_where_rows_were_left_out_for_it():
    finding = found("FD001", clean(20), left_out=[(30, "the answer is empty"), (31, "the answer is missing")])
    assert finding.count == 2
    assert finding.severity == "note"
    assert finding.fix is None


@pytest.mark.parametrize(
    "reason",
    [
        "the answer is empty",
        "the chosen answer is empty",
        "the rejected answer is missing",
        "the question has no answer in the text",
    ],
)
def test_every_way_to_have_no_answer_counts(reason):
    assert found("FD001", clean(20), left_out=[(30, reason)]).count == 1


@pytest.mark.parametrize(
    "reason", ["the prompt is empty", "the same prompt is in the test part", "the label is missing"]
)
def test_what_is_left_out_for_something_else_does_not(reason):
    assert found("FD001", clean(20), left_out=[(30, reason)]) is None


def test_silent_on_clean_rows_and_real_short_answers():
    assert (
        found("FD001", [*clean(), asked("How many?", "None"), asked("Yes?", "no"), asked("2+2?", "4")])
        is None
    )


def test_silent_where_a_tool_is_called():
    row = asked("Weather?", "")
    row["completion"][0]["tool_calls"] = [{"type": "function", "function": {"name": "w", "arguments": {}}}]
    assert found("FD001", [row]) is None
