"""Our names are TRL's and PEFT's; where a default of ours differs from theirs, the reason stands here."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

import pytest

from ftkit.fields import AUTO
from ftkit.methods import METHODS
from ftkit.recipe.tree import descriptions
from ftkit.tasks import TASKS

DELIBERATE = {
    "training.learning_rate": "TRL's 2e-5 is for full tuning; LoRA needs ten to fifty times that",
    "training.num_train_epochs": "on the few hundred rows that a beginner has, a third epoch mostly memorises",
    "training.per_device_train_batch_size": "chosen from memory; without a graphics card small pieces cost no time",
    "training.warmup_steps": "TRL has none; 5 % of the run keeps the first steps from throwing it off",
    "training.lr_scheduler_type": "the guides agree on cosine: it ends on small steps",
    "training.weight_decay": "the guides start from 0.01, which matters on long runs; 0 where zero is not the base",
    "training.max_length": "TRL cuts at 1024; a row that is cut teaches no ending, so ours is the longest row",
    "method.r": "the guides agree on 16",
    "method.init_r": "PEFT starts from 12; half as much again as the rank in the end",
    "method.target_r": "LoRA's rank: the two can be compared",
    "method.lora_alpha": "as large as the rank, so that changing the rank keeps the scale at 1",
    "method.lora_dropout": "the guides agree on 0.1: small data sets overfit",
    "method.target_modules": "PEFT takes q and v only for Llama-like models, which learns less; its IA3 other layers",
    "method.feedforward_modules": "PEFT knows them only for layers that it chose itself",
    "method.num_virtual_tokens": "PEFT has none; 16 take little room from the text",
    "method.encoder_hidden_size": "PEFT takes the model's own width: a network larger than what it makes",
    "task.beta": "TRL's GRPO has 0: no reference, and nothing that keeps the model from pleasing the reward alone",
    "task.num_generations": "TRL has 8 and 2; four can be told apart, and without a graphics card each takes its time",
    "task.max_completion_length": "TRL's 512 tokens take minutes a step without a graphics card",
    "task.missing_eos_penalty": "TRL had none; an answer that is cut off at the limit is not one that anybody wants",
    "method.prompt_tuning_init_text": "PEFT starts at random; a sentence starts close to the base",
}
"""The defaults of ours that are not the library's."""


def library_class(name: str) -> Any:
    import peft
    import transformers
    import trl

    homes = {task.arguments: importlib.import_module(task.imported_from) for task in TASKS.values()}
    where = (homes.get(name), trl, peft, transformers)
    return next(getattr(module, name) for module in where if module is not None and hasattr(module, name))


def library_defaults(name: str) -> dict[str, Any]:
    fields = dataclasses.fields(library_class(name))
    return {
        field.name: field.default_factory() if field.default is dataclasses.MISSING else field.default
        for field in fields
        if field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
    }


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_what_we_take_for_the_trainer_s_defaults_is_true(task):
    theirs = library_defaults(task.arguments)
    made = library_class(task.arguments)(output_dir="x", use_cpu=True)
    for settled_later in ("bf16", "activation_checkpointing"):
        assert not theirs[settled_later]
        theirs[settled_later] = getattr(made, settled_later)
    assert {name: theirs[name] for name in task.defaults} == task.defaults
    assert theirs["report_to"] == "none"
    assert theirs["save_strategy"] == "steps"


@pytest.mark.parametrize("method", [m for m in METHODS.values() if m.config], ids=lambda method: method.id)
def test_what_we_take_for_peft_s_defaults_is_true(method):
    theirs = library_defaults(method.config)
    assert {name: theirs[name] for name in method.defaults} == method.defaults


@pytest.mark.parametrize("method", METHODS)
def test_every_setting_is_an_argument_that_exists(method):
    for about in descriptions(method).values():
        for argument in about.argument.split(" × ") if about.argument else []:
            owner, name = argument.split(".")
            assert name in {field.name for field in dataclasses.fields(library_class(owner))}, argument


def differences() -> dict[str, tuple[Any, Any]]:
    """Our default and the library's for every setting where they differ."""
    found = {}
    for method, task in [*((method, "sft") for method in METHODS), *(("lora", task) for task in TASKS)]:
        for path, about in descriptions(method, task).items():
            if not about.argument or " × " in about.argument:
                continue
            owner, name = about.argument.split(".")
            theirs = library_defaults(owner)[name]
            ours = -1 if path == "training.max_steps" and about.default is None else about.default
            if ours == AUTO or ours != theirs:
                found[path] = (ours, theirs)
    return found


def test_each_difference_is_deliberate_and_no_reason_is_left_over():
    assert set(differences()) == set(DELIBERATE)


def test_the_batch_is_the_trainer_s():
    theirs = library_defaults("SFTConfig")
    assert descriptions()["training.batch_size"].default == (
        theirs["per_device_train_batch_size"] * theirs["gradient_accumulation_steps"]
    )
