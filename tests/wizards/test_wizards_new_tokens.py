"""A base model in the wizard: the choice of its chat template, what it adds to what trains, and where it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftkit.wizards.obstacles import obstacles, offers_template, template_obstacle
from ftkit.wizards.pages.data import DataPage
from ftkit.wizards.session import Session
from tests.base_model import base_model
from tests.wizards.conftest import MACHINE


@pytest.fixture
def base(work: Path) -> Session:
    base_model(work / "base")
    return Session({"data": "pairs.jsonl", "run": "parrot-1", "model": "base"}, machine=MACHINE)


def test_a_base_model_has_the_choice_and_what_it_adds_is_counted(base: Session) -> None:
    assert base.recipe.data.chat_template == "plain"
    assert offers_template(base)
    before = {method: base.trainable(method) for method in ("lora", "full")}
    assert "new_tokens" not in base.cells["model"].source
    base.set({"data.chat_template": "chatml"})
    assert obstacles(base, ("model", "data", "method", "train")) == []
    assert {method: base.trainable(method) for method in before} == {m: n + 2 * 64 for m, n in before.items()}
    assert 'new_tokens = ["<|im_start|>", "<|im_end|>"]' in base.cells["model"].source
    assert "trainable_token_indices" in base.cells["train"].source
    assert "ChatML" in base.measured.offered.reason
    base.choose_method("ia3")
    assert ("data", template_obstacle(base)) in obstacles(base, ("train",))
    assert "IA3" in template_obstacle(base)


def test_a_model_with_a_template_has_no_choice_but_the_way_back(session: Session) -> None:
    assert not offers_template(session)
    session.set({"data.chat_template": "chatml"})
    assert offers_template(session)
    assert "of its own" in template_obstacle(session)


def test_the_page_shows_the_choice_only_where_there_is_one(base: Session, session: Session) -> None:
    shown = []
    for one in (base, session):
        page = DataPage(one, lambda function: function)
        page.refresh()
        shown.append(page._template.widget.layout.display)
    assert shown == [None, "none"]
