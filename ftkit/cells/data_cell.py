"""The data cell: plain ``datasets`` where its reader and a column map do it, else one visible call of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ftkit.fields import Source, call, literal
from ftkit.fields.source import layout, width

if TYPE_CHECKING:
    from ftkit.data import Inspection
    from ftkit.recipe import DataChoice

PARTS = ("train", "validation", "test")
LONGEST_COLUMN = 40
EACH = {
    "sft": "a prompt and its completion",
    "token-ids": "token ids, and of each whether it is learned from",
    "domain": "a piece of a text",
    "classification": "a text and its label",
    "preference": "a prompt with a better and a worse answer",
    "unpaired": "a prompt with an answer that is good or bad",
    "stepwise": "a prompt with steps that are right or wrong",
    "prompts": "a prompt",
}
"""What a row of each form holds."""
# `load_dataset` takes these for patterns and addresses, not for parts of a file's name.
SPECIAL_IN_PATHS = re.compile(r"[*?\[\]{}!]|::|://")
DEFAULTS: dict[str, Any] = {
    "task": "auto",
    "family": "auto",
    "columns": {},
    "system": None,
    "fixes": [],
    "group": None,
    "validation_share": 0.1,
    "test_share": 0.1,
    "seed": 42,
}
"""What ``ftkit.prepare_data`` does where an argument is left out."""
SHARED = {
    "data.system": "system",
    "data.validation_share": "validation_share",
    "data.test_share": "test_share",
    "data.split_seed": "seed",
}
"""The settings of the recipe's data that hold for all data sets of a mixture, and their arguments."""


def is_plain(inspection: Inspection) -> bool:
    """Whether the cell can do without ftkit."""
    names = inspection.mapping.values()
    return (
        inspection.plain
        and not any(SPECIAL_IN_PATHS.search(path) for path in inspection.files.values())
        and (inspection.ready or all(width(literal(name)) <= LONGEST_COLUMN for name in names))
    )


def plain_values(choice: DataChoice, inspection: Inspection) -> dict[str, Any]:
    """What the template needs for plain code."""
    files = {part: inspection.files[part] for part in PARTS}
    csv = files["train"].lower().endswith((".csv", ".tsv"))
    system = choice.system or None
    return {
        "plain": True,
        "load": {"0": "csv" if csv else "json", "data_files": files},
        "system": system,
        "row": None if inspection.ready else _row(inspection.mapping, system is not None),
    }


def _row(mapping: dict[str, str], system: bool) -> Source:
    """The training row as an expression of one row of the file, laid out below ``return``."""
    prompt, answer = (Source(f"row[{literal(mapping[role])}]") for role in ("prompt", "answer"))
    if "context" in mapping:
        prompt = Source("question")
    messages = [{"role": "user", "content": prompt}]
    if system:
        messages.insert(0, {"role": "system", "content": Source("system")})
    row = {"prompt": messages, "completion": [{"role": "assistant", "content": answer}]}
    before = (
        []
        if "context" not in mapping
        else [
            f"parts = [row[{literal(mapping['prompt'])}], row[{literal(mapping['context'])}]]",
            'question = "\\n\\n".join(part for part in parts if part)',
        ]
    )
    return Source("\n    ".join([*before, f"return {layout(row, 4, 11)}"]))


def prepared_values(
    choice: DataChoice, inspection: Inspection, task: str = "sft", max_length: int | None = None
) -> dict[str, Any]:
    """What the template needs for the call of ``ftkit.prepare_data``."""
    given = {
        # Said only where the examples were made for something else, and would be prepared for that.
        "task": task if inspection.natural_task not in (None, task) else DEFAULTS["task"],
        "family": choice.family,
        "columns": choice.columns,
        "system": choice.system or None,
        "fixes": list(choice.fixes),
        "group": choice.group,
        "validation_share": choice.validation_share,
        "test_share": choice.test_share,
        "seed": choice.split_seed,
    }
    changed = {name: value for name, value in given.items() if value != DEFAULTS[name]}
    if task == "domain":
        # Documents are cut into pieces that the model can take in.
        changed |= {"model": Source("model_path"), "max_length": max_length}
    elif inspection.form == "token-ids":
        # Ids of another model's tokenizer are left out.
        changed |= {"model": Source("model_path")}
    why = "" if inspection.plain else inspection.plain_reason
    return {
        "plain": False,
        "why": why,
        "each": EACH[inspection.form],
        "arguments": {"0": choice.source, **changed},
    }


def other_calls(choice: DataChoice, mixed: Mapping[str, tuple[str, float]]) -> dict[str, Source]:
    """The calls that load the other data sets of a mixture by name; the first one is the recipe's own."""
    shared = {name: getattr(choice, path.partition(".")[2]) for path, name in SHARED.items()}
    shared["system"] = shared["system"] or None
    changed = {name: value for name, value in shared.items() if value != DEFAULTS[name]}
    found = {}
    for name, (source, _) in list(mixed.items())[1:]:
        made = call("ftkit.prepare_data", {"0": source, "task": "sft", "out": f"data/{name}", **changed})
        found[name] = Source(made.replace("\n", "\n    "))
    return found
