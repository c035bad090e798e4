"""Feature extraction: exactly the chosen parts train, and a head that was untied stays so."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

import ftkit
from ftkit.methods import METHODS
from ftkit.recipe import from_presets, resolve
from tests.methods.architectures import KINDS, answers, made_ready, model_of, moved
from tests.methods.shapes import STARTER, shape_of
from tests.methods.trained import FACTS, LAPTOP, cells_of, planned, train

FREEZE = METHODS["freeze"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"last_blocks": 1, "head": "trained"},
        {"last_blocks": 0, "head": "trained"},
        {"last_blocks": 0, "head": "untied"},
        {"last_blocks": 3, "head": "untied"},
    ],
)
def test_it_trains_what_it_says(kind, settings):
    _, stated, counted = made_ready("freeze", model_of(kind), **settings)
    assert stated == counted > 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_blocks_train_and_no_other(kind):
    model, _, _ = made_ready("freeze", model_of(kind), last_blocks=1)
    blocks = [any(p.requires_grad for p in block.parameters()) for block in model.model.layers]
    assert blocks == [False, False, True]
    assert not model.lm_head.weight.requires_grad


def test_the_starter_model_has_the_measured_numbers():
    count = {
        (blocks, head): FREEZE.trainable(FREEZE.settings(last_blocks=blocks, head=head), STARTER)
        for blocks, head in [(2, "frozen"), (0, "trained"), (2, "untied")]
    }
    assert count == {
        (2, "frozen"): 7_080_192,
        (0, "trained"): 28_311_552,
        (2, "untied"): 7_080_192 + 28_311_552,
    }
    assert FREEZE.adds(FREEZE.settings(head="untied"), STARTER) == 28_311_552
    assert FREEZE.adds(FREEZE.settings(head="trained"), STARTER) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_an_untied_head_leaves_the_input_as_it_was_and_is_there_again_after_loading(kind, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    base = model_of(kind)
    before, whole = answers(base), shape_of(base).parameters
    settings = FREEZE.settings(last_blocks=1, head="untied")
    added = FREEZE.adds(settings, shape_of(base))
    reads = base.model.embed_tokens.weight.detach().clone()
    model, _, _ = made_ready("freeze", base, **settings.model_dump(exclude={"name"}))
    assert torch.equal(answers(model), before)
    assert sum(p.numel() for p in model.parameters()) == whole + added

    after = answers(moved(model))
    assert torch.equal(model.model.embed_tokens.weight, reads)
    model.save_pretrained(tmp_path)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert not loaded.config.tie_word_embeddings
    assert torch.equal(answers(loaded), after)
    assert not torch.equal(after, before)


def test_a_tied_head_that_trains_changes_what_reads_the_words_too():
    model, _, _ = made_ready("freeze", model_of("llama"), last_blocks=0, head="trained")
    assert model.model.embed_tokens.weight.requires_grad


def test_where_nothing_would_train_is_refused():
    with pytest.raises(ValidationError, match="where no block trains"):
        FREEZE.settings(last_blocks=0)
    with pytest.raises(ValidationError, match="no numbers"):
        FREEZE.settings(last_blocks=True)


def test_more_blocks_than_there_are_is_refused_with_the_number():
    refused = FREEZE.obstacle(FREEZE.settings(last_blocks=31), STARTER, LAPTOP)
    assert "30 blocks" in refused.why
    assert "at most 30" in refused.remedy
    assert FREEZE.obstacle(FREEZE.settings(last_blocks=30), STARTER, LAPTOP) is None


def test_the_learning_rate_is_high_on_a_short_run_only():
    short, long = FREEZE.learning_rate(STARTER, 60), FREEZE.learning_rate(STARTER, 600)
    assert short.value == 1e-3 > long.value == 1e-4
    assert short.reason
    assert long.reason


@pytest.mark.parametrize(
    ("settings", "share"),
    [
        ({"last_blocks": 3}, 0.1),
        ({"last_blocks": 0, "head": "untied"}, 0.0),
        ({"last_blocks": 1, "head": "trained"}, 1.0),
    ],
)
def test_the_way_back_ends_where_nothing_trains(settings, share):
    assert FREEZE.blocks(FREEZE.settings(**settings), STARTER) == pytest.approx(share)


def test_a_classifier_s_new_head_trains_whatever_the_blocks_do():
    from transformers import LlamaConfig, LlamaForSequenceClassification

    model = LlamaForSequenceClassification(
        LlamaConfig(
            vocab_size=96,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
            num_labels=5,
        )
    )
    names: dict[str, object] = {}
    exec(FREEZE.cell(FREEZE.settings(last_blocks=1), {}, "SEQ_CLS"), names)
    names["choose_what_trains"](model)  # type: ignore[operator]
    counted = sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert counted == shape_of(model).block() + 5 * 32


def test_each_checkpoint_is_a_whole_model_with_the_optimizer_s_part_for_what_trains():
    plan, full = (
        resolve(from_presets(method=method), LAPTOP, FACTS, STARTER).disk_needed
        for method in ("freeze", "full")
    )
    whole, trained = STARTER.parameters * 4, 7_080_192 * 8
    assert plan == 4 * whole + 3 * trained + 50 * 2**20
    assert full == 4 * whole + 3 * STARTER.parameters * 8 + 50 * 2**20


def test_a_run_with_an_untied_head_is_kept_whole(tiny_model_folder, tmp_path, monkeypatch):
    """Its best checkpoint is loaded at the end, and what is saved answers as the trained model did."""
    monkeypatch.chdir(tmp_path)
    plan = planned(tiny_model_folder, "untied", "freeze", last_blocks=1, head="untied")
    run, names = train(plan, tiny_model_folder)
    model = run.actual()["model"]
    assert model["trainable"] == FREEZE.trainable(plan.recipe.method, plan.shape)
    assert model["parameters"] == plan.shape.parameters + FREEZE.adds(plan.recipe.method, plan.shape)
    assert run.actual()["differences"] == []
    assert names["trainer"].state.best_global_step
    compared = ftkit.compare(run.path, ["Say red twice."], rows=0, max_new_tokens=2)
    assert max(compared.base_difference, compared.tuned_difference) < 1e-3


def test_the_train_cell_lets_it_choose_before_there_is_a_trainer(tiny_model_folder):
    source = cells_of(planned(tiny_model_folder, "one", "freeze"))["train"]
    assert source.index("choose_what_trains(model)") < source.index("SFTTrainer(\n")


def test_a_number_of_blocks_that_was_changed_in_the_cell_is_on_record(tiny_model_folder):
    from types import SimpleNamespace

    from transformers import AutoModelForCausalLM

    from ftkit.training.actual import differences

    plan = planned(tiny_model_folder, "one", "freeze")
    arguments = SimpleNamespace(train_batch_size=4, gradient_accumulation_steps=1, world_size=1, max_steps=-1)
    names: dict[str, object] = {}
    exec(cells_of(plan)["method"].replace("last_blocks = 2", "last_blocks = 1"), names)
    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder)
    names["choose_what_trains"](model)  # type: ignore[operator]
    one, two = plan.shape.block(), 2 * plan.shape.block()
    found = differences(plan.recipe, arguments, model)
    assert found == [{"field": "method.trainable", "recipe": two, "actual": one}]
