"""Whatever somebody answers: nothing is recommended that cannot be used, and every reason is true."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ftkit.fields import Gpu, Machine, ModelShape
from ftkit.methods import METHODS
from ftkit.methods.method import SITUATIONS
from ftkit.recipe.overview import overview
from ftkit.recipe.recommend import (
    CHANGES,
    HOLDS,
    LOOK_FACTS_UP,
    NO_DATA,
    PROMPT_IS_ENOUGH,
    PROMPTS,
    TRY_A_PROMPT,
    WEIGHTS,
    Situation,
    haves,
    recommend,
)
from ftkit.tasks import TASKS
from tests.recipe.made_up import GIB, LAPTOP, LARGE, SERVER, STARTER

MIDDLE = ModelShape(1_235_814_400, 16, 2048, 8192, 32, 8, 64, 128256, True)
BIASED = ModelShape(494_032_768, 24, 896, 4864, 14, 2, 64, 151936, True, attention_bias=True)
_gpus = st.none() | st.builds(Gpu, st.just("a card"), st.integers(4 * GIB, 96 * GIB), st.booleans())
_machines = st.builds(
    Machine,
    cores=st.integers(1, 64),
    memory=st.integers(1 * GIB, 256 * GIB),
    memory_free=st.just(GIB),
    disk_free=st.just(50 * GIB),
    gpu=_gpus,
    packages=st.sampled_from([frozenset(), frozenset({"bitsandbytes"})]),
)
_situations = st.builds(
    Situation,
    prompt=st.sampled_from(list(PROMPTS)),
    has=st.sampled_from(list(haves())),
    change=st.sampled_from(list(CHANGES)),
    rows=st.integers(0, 100_000),
    several=st.booleans(),
    task=st.sampled_from(list(TASKS)),
)


def truth(tag: str, situation: Situation, shape: ModelShape, machine: Machine, lora: int) -> bool:
    """What each situation means, said once more and otherwise than in the code."""
    usable = 0.9 * machine.gpu.memory if machine.gpu else 0.8 * machine.memory
    return {
        "always": True,
        "memory-short": 2 * lora > usable,
        "no-card": not machine.gpu,
        "small-model": shape.parameters / 1e9 < 1,
        "large-model": shape.parameters / 1e9 >= 3,
        "few-rows": situation.rows <= 199,
        "many-rows": situation.rows > 1999,
        "style": situation.change == "style" and situation.task not in ("classification", "reward"),
        "language": situation.change == "language",
        "complete": situation.change == "complete",
        "classes": situation.task == "classification",
        "several": situation.several,
        "lora-short": situation.prompt == "lora-short",
    }[tag]


@given(_situations, _machines, st.sampled_from([STARTER, MIDDLE, BIASED, LARGE]))
def test_nothing_unusable_is_recommended_and_every_reason_is_true(situation, machine, shape):
    techniques = overview(shape, machine, situation.task)
    found = recommend(situation, techniques, shape, machine)
    lora = next(one.memory for one in techniques if one.id == "lora")
    assert {one.technique.id for one in found.ranked} == {one.id for one in techniques if one.fits}
    scores = [one.score for one in found.ranked]
    assert scores == sorted(scores, reverse=True)
    for one in found.ranked:
        method = METHODS[one.technique.id]
        assert method.obstacle(method.settings(), shape, machine) is None
        usable = 0.9 * machine.gpu.memory if machine.gpu else 0.8 * machine.memory
        assert one.technique.memory <= usable
        for said, stated in ((one.reasons, method.speaks_for), (one.cautions, method.speaks_against)):
            for tag, sentence in stated.items():
                assert (tag in said) == truth(tag, situation, shape, machine, lora), tag
                assert said.get(tag, sentence) == sentence
    for name in found.tasks:
        assert TASKS[name].form == situation.has
    assert (TRY_A_PROMPT in found.advice) == (situation.prompt == "untried")
    assert (PROMPT_IS_ENOUGH in found.advice) == (situation.prompt == "enough")
    assert (LOOK_FACTS_UP in found.advice) == (situation.change == "facts")
    assert (NO_DATA in found.advice) == (situation.has == "nothing")


def test_techniques_speak_of_situations_that_are_known():
    assert set(HOLDS) == set(WEIGHTS) == set(SITUATIONS)
    for method in METHODS.values():
        assert {*method.speaks_for, *method.speaks_against} <= set(SITUATIONS), method.id
        assert method.speaks_for, method.id


def first(shape=STARTER, machine=LAPTOP, **answers):
    situation = Situation(**answers)
    found = recommend(situation, overview(shape, machine, situation.task), shape, machine)
    return [one.technique.id for one in found.ranked]


def test_the_guide_s_scenarios():
    packed = Machine(
        8, 32 * GIB, 30 * GIB, 99 * GIB, Gpu("T4", 16 * GIB, False), packages=frozenset({"bitsandbytes"})
    )
    assert first(rows=240)[0] == "lora"
    assert first(LARGE, packed, rows=240)[0] == "qlora"
    assert first(STARTER, SERVER, rows=20_000, change="complete")[0] == "full"
    assert first(STARTER, SERVER, rows=100, change="complete")[0] != "full"
    assert first(rows=150, task="classification")[0] == "freeze"
    assert "adapters" in first(rows=500, several=True)[:2]
    assert first(LARGE, SERVER, rows=500, prompt="lora-short")[0] == "dora"
