import pytest

from tests.data.checks.made_up import found, judged


def labelled(labels):
    return [{"text": f"Text number {i}", "label": label} for i, label in enumerate(labels)]


def test_a_rare_label_is_found_with_its_rows():
    finding = found("FD010", labelled(["spam"] * 3 + ["ham"] * 97), form="classification")
    assert finding.severity == "warning"
    assert finding.count == 3
    assert [place.number for place in finding.rows] == [1, 2, 3]
    assert "97 times" in finding.sentence
    assert "97%" in finding.sentence


@pytest.mark.parametrize("labels", [["spam", "ham"] * 50, [0, 1, 2] * 20, ["a"] * 90 + ["b"] * 10])
def test_silent_where_labels_are_in_balance(labels):
    assert found("FD010", labelled(labels), form="classification") is None


def test_one_label_alone_is_an_error():
    assert found("FD010", labelled(["spam"] * 50), form="classification").severity == "error"


def test_numbers_and_names_are_no_classes():
    finding = found("FD010", labelled(range(60)), form="classification")
    assert "60 different labels" in finding.sentence


def test_many_long_labels_stay_bounded_and_are_said_to_be_many():
    finding = found("FD010", labelled(f"{i:0100}" for i in range(10_050)), form="classification")
    assert "more than 10,000" in finding.sentence


def test_marked_answers_need_both_marks():
    rows = [judged(f"Question {i}", f"Answer {i}", True) for i in range(40)]
    assert found("FD010", rows, form="unpaired").severity == "error"
    rows += [judged(f"Why {i}", f"Because {i}", False) for i in range(10)]
    assert found("FD010", rows, form="unpaired").severity == "warning"
    rows += [judged(f"How {i}", f"So {i}", False) for i in range(20)]
    assert found("FD010", rows, form="unpaired") is None


def test_other_forms_have_no_labels():
    assert found("FD010", [{"text": "A text"}] * 3, form="domain") is None
