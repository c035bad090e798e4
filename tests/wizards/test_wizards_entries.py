"""What is typed into a field becomes the value that is meant."""

from __future__ import annotations

import pytest

from ftkit.recipe.tree import descriptions
from ftkit.wizards.entries import explain, parse, show
from ftkit.wizards.session import Session


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("method.target_modules", "q_proj, v_proj", ["q_proj", "v_proj"]),
        ("method.target_modules", " k_proj ,", ["k_proj"]),
        ("method.feedforward_modules", "auto", "auto"),
        ("method.feedforward_modules", "down_proj", ["down_proj"]),
        ("training.weight_decay", "auto", "auto"),
        ("training.weight_decay", "0.1", 0.1),
    ],
)
def test_a_text_becomes_a_value_and_shows_as_it_was_typed(path, text, value):
    about = descriptions("ia3")[path]
    assert parse(text, about) == value
    assert parse(show(value), about) == value


@pytest.mark.parametrize(
    ("typed", "said"), [("0,0005", "0.0005"), ("-1,5e-4", "-1.5e-4"), ("1,2,3", None), ("a,5", None)]
)
def test_a_decimal_comma_is_answered_with_the_number_to_write(
    session: Session, typed: str, said: str | None
) -> None:
    session.set({"training.learning_rate": typed})
    found = explain(session.problems["training.learning_rate"])
    assert ("Write a point, not a comma" in found) is (said is not None)
    assert said is None or f"comma: {said}. " in found


def test_freezing_everything_is_a_problem_until_the_head_trains(session: Session) -> None:
    session.set({"method": {"name": "freeze"}})
    session.set({"method.last_blocks": 0})
    assert "where no block trains" in str(session.problems["method.last_blocks"])
    assert session.value("method.last_blocks") == 0
    assert session.recipe.method.last_blocks == 2
    session.set({"method.head": "trained"})
    assert not session.problems
    assert (session.recipe.method.last_blocks, session.recipe.method.head) == (0, "trained")


def test_a_batch_that_the_micro_batch_does_not_divide_is_shown_at_the_batch(session: Session) -> None:
    session.set({"training.per_device_train_batch_size": 4})
    session.set({"training.batch_size": 9})
    assert "divides the batch size 9" in str(session.problems["training.batch_size"])
    assert session.recipe.training.batch_size == 8
    session.set({"training.batch_size": 12})
    assert not session.problems
    assert session.recipe.training.batch_size == 12
