"""A machine, data and a model that are made up, and the recipes that hypothesis draws."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ftkit.fields import AUTO, DataFacts, Gpu, Machine, ModelShape
from ftkit.recipe import Recipe, validate

GIB = 2**30
STARTER = ModelShape(134_515_008, 30, 576, 1536, 9, 3, 64, 49152, True)
LARGE = ModelShape(8_030_261_248, 32, 4096, 14336, 32, 8, 128, 128256, False)
LAPTOP = Machine(cores=2, memory=8 * GIB, memory_free=6 * GIB, disk_free=50 * GIB)
SERVER = Machine(16, 128 * GIB, 120 * GIB, 900 * GIB, Gpu("NVIDIA H100", 80 * GIB, bf16=True))
FACTS = DataFacts(train_rows=240, validation_rows=30, test_rows=30, longest=87, p95=80, mean=60.0)

_texts = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\x85\u2028\ufeff\r\n#:")),
    max_size=60,
)
_sources = _texts | st.fixed_dictionaries({"constant": _texts}) | st.fixed_dictionaries({"template": _texts})
_modules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
_auto = st.just(AUTO)
_names = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z")
_lora = st.fixed_dictionaries(
    {
        "name": st.just("lora"),
        "r": st.integers(1, 10_000),
        "lora_alpha": st.one_of(_auto, st.integers(1, 10_000)),
        "lora_dropout": st.floats(0, 0.999),
        "target_modules": st.one_of(
            st.just("all-linear"), st.lists(st.sampled_from(_modules), min_size=1, unique=True)
        ),
    }
)


_models = st.one_of(
    st.fixed_dictionaries({"id": _texts.filter(bool), "chain": st.just("merge")}),
    # No name of a run has a space in it: it is never the run itself.
    st.fixed_dictionaries({"id": _names.map("run:a b {}".format), "chain": st.just("continue")}),
)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """Every setting of a recipe, with values that are allowed."""
    micro = draw(st.one_of(_auto, st.integers(1, 16)))
    pieces = draw(st.integers(1, 64))
    return {
        "ftkit": 1,
        "run": draw(_names),
        "parent": draw(st.one_of(st.none(), _names)),
        "task": {"name": "sft"},
        "model": draw(_models),
        "data": {
            "source": draw(_texts),
            "family": draw(_texts),
            "columns": draw(st.dictionaries(_texts, _sources, max_size=3)),
            "chat_template": draw(st.sampled_from(["plain", "chatml"])),
            "fixes": draw(st.lists(_texts, max_size=3)),
            "group": draw(st.none() | _texts),
            "system": draw(st.one_of(st.none(), _texts)),
            "validation_share": draw(st.floats(0.001, 0.499)),
            "test_share": draw(st.floats(0.001, 0.499)),
            "split_seed": draw(st.integers(0, 2**64)),
        },
        "method": draw(st.one_of(_lora, st.just({"name": "full"}))),
        "training": {
            "learning_rate": draw(st.one_of(_auto, st.floats(1e-12, 10))),
            "num_train_epochs": draw(st.floats(0.001, 1_000_000)),
            "batch_size": pieces if micro == AUTO else micro * pieces,
            "per_device_train_batch_size": micro,
            "warmup_steps": draw(st.one_of(_auto, st.floats(0, 1e6))),
            "lr_scheduler_type": draw(st.sampled_from(["cosine", "linear", "constant"])),
            "weight_decay": draw(st.floats(0, 0.999)),
            "max_length": draw(st.one_of(_auto, st.integers(1, 10**6))),
            "max_steps": draw(st.one_of(st.none(), st.integers(1, 10**6))),
            "early_stopping": draw(st.booleans()),
            "seed": draw(st.integers(0, 2**32 - 1)),
            "backend": draw(st.sampled_from(["trl", "unsloth"])),
        },
    }


def recipes() -> st.SearchStrategy[Recipe]:
    """Valid recipes."""
    return trees().map(validate)
