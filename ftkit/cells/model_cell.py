"""What stands for a model in its cell, and how it is read back: a path, or a call where the place differs by machine."""

from __future__ import annotations

import ast
from typing import Any

from ftkit.catalog import STARTER_ID, models, run_named
from ftkit.catalog.from_runs import PREFIX as RUN_PREFIX
from ftkit.cells.chained import read_model as read_chained_model
from ftkit.cells.syntax import Expression, Syntax
from ftkit.data.chat_template import template_kind
from ftkit.fields import literal

STARTER_CALL = "ftkit.starter_model()"
TEMPLATE = "data.chat_template"


def call_for(model: str) -> str:
    """The call that gives a model's folder, where its place differs from machine to machine; else empty."""
    run = run_named(model)
    return STARTER_CALL if model == STARTER_ID else f"ftkit.merged_model({literal(run)})" if run else ""


def called_for(syntax: Syntax, node: ast.expr) -> str:
    """The opposite: the model that such a call gives; empty where the expression is none."""
    if syntax.text(node) == STARTER_CALL:
        return STARTER_ID
    run = node.args[0] if isinstance(node, ast.Call) and len(node.args) == 1 else None
    name = syntax.value(run) if run is not None else None
    model = f"{RUN_PREFIX}{name}" if isinstance(name, str) else ""
    return model if model and syntax.text(node) == call_for(model) else ""


def packed_model(model_path: Any) -> str | None:
    """The catalogue's id of a hub model that Unsloth has packed into four bits; None where there is none.

    The starter and folders are packed as they are loaded: what lies there need not be what is on the hub.
    """
    return next((entry.unsloth_4bit for entry in models() if entry.hub_id == model_path), None)


def _same_model(syntax: Syntax, node: ast.expr, packed: ast.expr) -> bool:
    """Whether a cell's packed model is the one that it names."""
    return syntax.text(packed) == "model_path" or syntax.value(packed) == packed_model(syntax.value(node))


def read_model(syntax: Syntax) -> dict[str, Any]:
    """What a model cell says about the base model and its chat template."""
    template = syntax.set_later("chat_template")
    if template is None:
        return _read_base(syntax)
    return {
        **_read_base(syntax),
        TEMPLATE: template_kind(syntax.value(template)) or Expression(syntax.text(template)),
    }


def _read_base(syntax: Syntax) -> dict[str, Any]:
    node, packed = syntax.assigned("model_path"), syntax.assigned("packed_path")
    if node is not None and packed is not None and not _same_model(syntax, node, packed):
        # Another model is trained than the one whose tokenizer is read.
        return {"model.id": Expression(syntax.text(packed))}
    model = called_for(syntax, node) if node is not None else ""
    plain = syntax.value(node) if node is not None and not model else model
    chained = read_chained_model(syntax, plain if isinstance(plain, str) else None)
    if chained is not None:
        return chained
    if model:
        return {"model.id": model, **({"model.chain": "merge"} if run_named(model) else {})}
    return {} if node is None else {"model.id": syntax.value(node)}
