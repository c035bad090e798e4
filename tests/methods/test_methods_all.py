"""What every technique has to state, whatever it is."""

from __future__ import annotations

from typing import Any

import pytest

from ftkit.cells.reading import read
from ftkit.fields import describe
from ftkit.methods import METHODS
from tests.methods.shapes import STARTER
from tests.methods.trained import LAPTOP

EVERY = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
TEXTS = ("id", "label", "summary", "trains", "choose_when", "watch_for", "merging")


@EVERY
def test_it_states_what_the_house_asks_for(method):
    for name in TEXTS:
        assert getattr(method, name), name
    assert method.settings().name == method.id
    settings, reasons = method.resolve(method.settings())
    assert set(reasons) <= set(method.settings.model_fields)
    shown, _ = method.resolve(method.settings(**method.example))
    assert 0 < method.trainable(shown, STARTER) <= STARTER.parameters
    assert bool(method.example) == bool(method.obstacle(settings, STARTER, LAPTOP))
    assert method.obstacle(shown, STARTER, LAPTOP) is None
    rate = method.learning_rate(STARTER, 50)
    assert rate.reason
    assert method.rates[0] <= rate.value <= method.rates[1]
    assert 0 < method.blocks(settings, STARTER) <= 1


@EVERY
def test_its_cell_defines_the_adapter_or_says_that_there_is_none(method):
    pytest.importorskip("bitsandbytes")
    settings, reasons = method.resolve(method.settings())
    names: dict[str, Any] = {"model_path": "models/tiny"}
    exec(method.cell(settings, reasons, "CAUSAL_LM"), names)
    assert (names["peft_config"] is None) == (not method.config)
    if method.config:
        assert type(names["peft_config"]).__name__ == method.config


@EVERY
def test_its_cell_is_told_from_all_others_and_read_back(method):
    settings, reasons = method.resolve(method.settings())
    found = read(method.cell(settings, reasons, "CAUSAL_LM"), "method")
    assert found["method.name"] == method.id
    written = {f"method.{name}": value for name, value in settings.model_dump().items()}
    places = {
        path
        for path, about in describe(method.settings, "method").items()
        if about.argument or about.variable
    }
    assert {path: found[path] for path in places} == {path: written[path] for path in places}
