import pytest

from ftkit.data.checks.fd016_too_few_rows import NEEDS
from ftkit.data.forms import FORMS
from tests.data.checks.made_up import asked, clean, found, pair


@pytest.mark.parametrize(("count", "severity"), [(1, "warning"), (19, "warning"), (20, "note"), (99, "note")])
def test_few_rows_are_said_with_the_reason(count, severity):
    finding = found("FD016", clean(count))
    assert finding.severity == severity
    assert f"{count} row" in finding.sentence
    assert "manner" in finding.sentence


def test_silent_where_there_are_enough():
    assert found("FD016", clean(600)) is None


def test_a_tiny_validation_part_is_a_note_with_what_it_can_tell():
    finding = found("FD016", clean(310), parts=["train"] * 200 + ["validation"] * 20 + ["test"] * 90)
    assert finding.severity == "note"
    assert "The validation part has 20 rows" in finding.sentence
    assert "± 22 percentage points" in finding.sentence
    assert "to train on" not in finding.sentence


def test_without_a_validation_part_a_tenth_would_be_held_back():
    assert "A tenth held back for validation would be 9 rows" in found("FD016", clean(90)).sentence
    enough = found("FD016", clean(200))
    assert enough.severity == "note"
    assert enough.sentence.startswith("A tenth held back for validation would be 20 rows")


def test_a_test_file_alone_is_looked_at_as_if_it_were_for_training():
    assert found("FD016", clean(90), parts=["test"] * 90).severity == "note"


def test_the_answers_of_one_conversation_are_no_evidence_of_their_own():
    assert "1 row to train on" in found("FD016", clean(60), numbers=[1] * 60).sentence


def test_preferences_need_more():
    rows = [pair(f"Q{i}", f"yes {i}", f"no {i}") for i in range(99)]
    assert found("FD016", rows, form="preference").severity == "warning"


def test_classes_are_counted_one_by_one():
    rows = [{"text": f"Text {i}", "label": i % 50} for i in range(450)]
    finding = found("FD016", rows, form="classification")
    assert finding.severity == "warning"
    assert "9 rows a label" in finding.sentence
    assert (
        found("FD016", [{**row, "label": row["label"] % 2} for row in rows * 2], form="classification")
        is None
    )


def test_running_text_is_counted_in_letters():
    assert found("FD016", [{"text": "A page. " * 200}], form="domain").severity == "warning"
    assert found("FD016", [{"text": f"A book {i}. " * 50_000} for i in range(2)], form="domain") is None


def test_every_form_says_what_it_needs():
    assert set(NEEDS) == set(FORMS)


def test_nothing_is_said_about_nothing():
    assert found("FD016", []) is None
    assert found("FD016", [asked("Q", "A")]).count == 1
