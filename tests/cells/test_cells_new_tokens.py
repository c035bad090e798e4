"""A base model with a ChatML template: its new tokens in the cells, in the counts, and where they are refused."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ftkit.catalog import find
from ftkit.cells import drift, read_values, set_values, write
from ftkit.data import Offered, offered_template, token_view
from ftkit.data.chat_template import CHATML
from ftkit.data.tokenizer import load_tokens
from ftkit.errors import CellError
from ftkit.methods import METHODS
from ftkit.recipe import Resolved, from_presets, resolve
from ftkit.recipe.new_tokens import new_weights, template_obstacle
from tests.base_model import base_model
from tests.cells.resolved_recipes import FACTS, LAPTOP, SHAPE, inspected
from tests.fields.test_fields_source import ruff_changes

BOTH = Offered(CHATML, "because", ("<|im_start|>", "<|im_end|>"), SHAPE.vocabulary + 2, "<|im_end|>")
UNTIED = replace(SHAPE, tied_embeddings=False)


def planned(offered: Offered | None = BOTH, shape: Any = SHAPE, **presets: Any) -> Resolved:
    recipe = from_presets(run="a", data="d", chat_template="chatml", **presets)
    return resolve(recipe, LAPTOP, FACTS, shape, "models/base", offered)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return base_model(tmp_path_factory.mktemp("base") / "tiny-base")


def test_the_cells_show_where_the_tokens_come_from_and_what_trains(tmp_path):
    cells = write(planned(), inspected(), BOTH)
    model, train = cells["model"].source, cells["train"].source
    assert (
        'new_tokens = ["<|im_start|>", "<|im_end|>"]\ntokenizer.add_tokens(new_tokens, special_tokens=True)'
        in model
    )
    assert 'tokenizer.eos_token = "<|im_end|>"' in model
    assert "layer.weight.data[known:] = layer.weight.data[:known].mean(dim=0)" in train
    assert "peft_config.trainable_token_indices = new_ids\n" in train
    assert train.index("resize_token_embeddings") < train.index("SFTTrainer(\n") < train.index(".bias = None")
    untied = write(planned(shape=UNTIED), inspected(), BOTH)["train"].source
    assert 'trainable_token_indices = {"embed_tokens": new_ids, "lm_head": new_ids}' in untied
    full = write(planned(method="full"), inspected(), BOTH)["train"].source
    assert "resize_token_embeddings" in full
    assert "trainable_token_indices" not in full
    spare = replace(BOTH, rows=SHAPE.vocabulary)
    roomy = write(planned(spare), inspected(), spare)["train"].source
    assert "resize_token_embeddings" not in roomy
    assert "trainable_token_indices" in roomy
    known = replace(BOTH, new_tokens=())
    nothing_new = write(planned(known), inspected(), known)
    assert "new_tokens" not in nothing_new["model"].source
    assert "trainable_token_indices" not in nothing_new["train"].source
    sources = [model, train, untied, full, roomy, nothing_new["model"].source]
    assert [ast.parse(source) for source in sources]
    assert ruff_changes(tmp_path / "written", sources) == ""


def test_the_choice_is_read_back_from_the_cell():
    source = write(planned(), inspected(), BOTH)["model"].source
    assert read_values(source, "model") == {"model.id": "models/base", "data.chat_template": "chatml"}
    assert set_values(source, "model", {"data.chat_template": "chatml"}) == source
    with pytest.raises(CellError, match="has no place for"):
        set_values(source, "model", {"data.chat_template": "plain"})
    edited = source.replace("'\\\\n' }}", "' ' }}", 1)
    assert edited != source
    assert [one.path for one in drift(edited, source, "model")] == ["data.chat_template"]


@pytest.mark.parametrize(
    ("method", "shape", "weights"),
    [
        ("lora", SHAPE, 2 * 576),
        ("lora", UNTIED, 2 * 2 * 576),
        ("dora", SHAPE, 2 * 576),
        ("full", SHAPE, 2 * 576),
        ("full", UNTIED, 2 * 2 * 576),
        ("ia3", SHAPE, 0),
    ],
)
def test_what_trains_with_the_tokens_is_counted(method, shape, weights):
    recipe = planned(method=method).recipe
    assert new_weights(recipe, BOTH, shape) == weights
    assert new_weights(recipe, None, shape) == 0
    saved = {offered: planned(offered, shape, method=method).disk_needed for offered in (None, BOTH)}
    # PEFT writes all rows into a checkpoint, for reading and for writing, where the vocabulary has grown.
    rows = 2 * BOTH.rows * 576 if METHODS[method].new_tokens == "rows" else 0
    assert saved[BOTH] - saved[None] == 3 * (weights * 12 + rows * 4) + weights * 4


def test_only_rows_that_are_missing_are_added_to_a_whole_model():
    spare = replace(BOTH, rows=SHAPE.vocabulary + 1)
    assert new_weights(planned(method="full").recipe, spare, SHAPE) == 576
    assert new_weights(planned().recipe, spare, SHAPE) == 2 * 576


@pytest.mark.parametrize(
    ("presets", "said"),
    [
        *(({"method": name}, "cannot learn") for name, one in METHODS.items() if not one.new_tokens),
        ({"method": "full", "task": "dpo"}, "without the new tokens"),
        ({"task": "domain"}, "no conversations"),
        ({"task": "classification"}, "no conversations"),
        ({"task": "reward"}, "does not teach"),
        ({"task": "grpo"}, "does not teach"),
        ({"task": "ppo"}, "does not teach"),
        ({"backend": "unsloth"}, "Unsloth"),
    ],
)
def test_what_cannot_learn_them_is_refused_with_the_way_out(presets, said):
    obstacle = template_obstacle(planned(**presets).recipe, BOTH, SHAPE)
    assert said in obstacle.why
    assert "plain" in obstacle.remedy
    plain = from_presets(run="a", data="d", **presets)
    assert template_obstacle(plain, BOTH, SHAPE) is None


def test_what_can_learn_them_may():
    for task, method in (
        ("sft", "lora"),
        ("sft", "full"),
        ("multi-task", "dora"),
        ("dpo", "lora"),
        ("orpo", "full"),
    ):
        assert template_obstacle(planned(task=task, method=method).recipe, BOTH, SHAPE) is None
    assert "keeps its tokens" in template_obstacle(planned().recipe, BOTH, replace(SHAPE, kind="gpt2")).why
    assert "of its own" in template_obstacle(planned().recipe, None, SHAPE).why
    assert template_obstacle(planned(task="ppo").recipe, replace(BOTH, new_tokens=()), SHAPE) is None


def test_the_form_counts_in_the_tokens_that_the_cell_makes(base):
    offered = offered_template(base, "chatml")
    assert offered.new_tokens == ("<|im_start|>", "<|im_end|>")
    assert offered.rows == find(str(base)).shape.vocabulary + 2
    assert offered_template(base).new_tokens == ()
    source = write(replace(planned(offered), model_path=str(base)), inspected(), offered)["model"].source
    names: dict[str, Any] = {}
    exec(source, names)
    tokenizer = names["tokenizer"]
    messages = [{"role": "user", "content": "Say red twice."}, {"role": "assistant", "content": "red red!"}]
    tokens = load_tokens(base, offered.template)
    ids = tokenizer.apply_chat_template(messages)["input_ids"]
    assert tokens.tokenizer.encode(tokens.chat(messages), add_special_tokens=False).ids == ids
    assert len(tokenizer) == offered.rows
    assert ids.count(tokenizer.convert_tokens_to_ids("<|im_end|>")) == 2
    view = token_view({"prompt": messages[:1], "completion": messages[1:]}, base, template=offered.template)
    assert view.pieces[-2:] == ("<|im_end|>", "\n")
    assert view.labels[-2] == tokenizer.eos_token_id
    # The same folder without that template still cuts the marks into pieces.
    assert load_tokens(base).tokenizer.token_to_id("<|im_start|>") is None


def test_tokens_that_the_model_knows_are_not_added(tiny_model_folder, tmp_path):
    import shutil

    folder = shutil.copytree(tiny_model_folder, tmp_path / "knows")
    (folder / "chat_template.jinja").unlink()
    offered = offered_template(folder, "chatml")
    assert (offered.new_tokens, offered.end) == ((), "<|im_end|>")
    assert offered_template(tiny_model_folder, "chatml") is None
