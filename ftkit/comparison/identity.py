"""Proof that a model is the one it is said to be, by its own words on three fixed prompts.

Before the first training step the base's logits are stored; whatever later answers as "base" has to
reproduce them, and what answers as "tuned" has to reproduce what the trained model gave at its end.
The comparison refuses to speak otherwise.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ftkit.adapters.either import adapter_off
from ftkit.errors import IdentityError

FIXED_PROMPTS = (
    "What is the capital of France?",
    "Write one sentence about the sea.",
    "How do I boil an egg?",
)
# Largest difference between two computations of the same logits, by the weights' number format.
# Measured: 0 for the same thread count, below 1e-4 across thread counts and batch shapes in float32.
TOLERANCE = {"float32": 1e-3, "bfloat16": 0.25, "float16": 0.05}


class Opening(str):
    """The beginning of a text that a model goes on with, as it does after domain adaptation: no question."""

    __slots__ = ()


@contextlib.contextmanager
def at_rest(model: Any) -> Iterator[None]:
    """Evaluation mode, and afterwards each part in the mode it was in before."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def _wraps(forward: Any, plain: Any) -> bool:
    """Whether a forward does nothing but call another one, in other number formats."""
    plain = getattr(plain, "__func__", plain)
    while forward is not None:
        if getattr(forward, "__func__", forward) is plain:
            return True
        forward = getattr(forward, "__wrapped__", None)
    return False


@contextlib.contextmanager
def as_loaded(model: Any) -> Iterator[None]:
    """A model's answers as they are where nobody trains it: without the mixed precision that a trainer puts around it.

    Accelerate keeps the forward that it wraps (``_original_forward``). In half precision the logits are off by half a
    unit, so that no loaded model would ever be taken for the one that was trained. A forward that wraps another one
    stays: a soft prompt is switched off by putting the base's in its place.
    """
    import torch

    plain, wrapped = model.__dict__.get("_original_forward"), model.__dict__.get("forward")
    unwrap = plain is not None and _wraps(wrapped, plain)
    if unwrap:
        model.forward = plain
    try:
        with torch.autocast(model.device.type, enabled=False):
            yield
    finally:
        if unwrap:
            model.forward = wrapped


def prompt_ids(tokenizer: Any, messages: list[dict[str, str]] | str) -> list[int]:
    """Token ids of a prompt exactly as in training: the chat template with its generation prompt."""
    if isinstance(messages, Opening):
        return list(tokenizer(str(messages))["input_ids"])
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    if tokenizer.chat_template is None:
        return list(tokenizer("\n".join(message["content"] for message in messages))["input_ids"])
    encoded = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, tokenize=True, return_dict=True
    )
    return list(encoded["input_ids"])


def writes(model: Any) -> bool:
    """Whether a model writes text, as opposed to giving a text a class or a number."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return base.get_output_embeddings() is not None


def last_logits(model: Any, ids: list[int], *, head: bool = True) -> Any:
    """The logits after a prompt: float32, shape ``(vocabulary,)``, on the CPU.

    Of a model that judges instead of writing, its state after the prompt, shape ``(hidden,)``, and with `head` also
    what its head makes of it. The head is new, so that the base is known by its state alone.
    """
    import torch

    judges = not writes(model)
    with torch.no_grad(), as_loaded(model):
        tokens = torch.tensor([ids], device=model.device)
        output = model(input_ids=tokens, attention_mask=torch.ones_like(tokens), output_hidden_states=judges)
    if not judges:
        return output.logits[0, -1].float().cpu()
    state = output.hidden_states[-1][0, -1]
    return (torch.cat([state, output.logits[0]]) if head else state).float().cpu()


def _store(model: Any, tokenizer: Any, path: Path, *, head: bool) -> None:
    import torch
    from safetensors.torch import save_file

    tensors: dict[str, Any] = {}
    for index, prompt in enumerate(FIXED_PROMPTS):
        ids = prompt_ids(tokenizer, prompt)
        tensors[f"logits_{index}"] = last_logits(model, ids, head=head).contiguous()
        tensors[f"ids_{index}"] = torch.tensor(ids)
    dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
    about = {"dtype": dtype, "prompts": json.dumps(FIXED_PROMPTS)}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(path), metadata=about)


def store_base_logits(model: Any, tokenizer: Any, path: str | Path, *, adapter: bool = False) -> None:
    """Store what the base answers before the first step.

    Parameters
    ----------
    model
        A Transformers or PEFT model whose base weights are still those that were loaded.
    tokenizer
        With the chat template that training uses.
    path
        The file to write, ``base_logits.safetensors`` in the run folder.
    adapter
        Whether the adapter stays on, because it was made out of a part of the base's own weights.
    """
    with at_rest(model), contextlib.nullcontext() if adapter else adapter_off(model):
        _store(model, tokenizer, Path(path), head=False)


def store_tuned_logits(model: Any, tokenizer: Any, path: str | Path) -> None:
    """Store what the trained model answers, adapter on, after the last step."""
    with at_rest(model):
        _store(model, tokenizer, Path(path), head=True)


def stored_dtype(path: str | Path) -> str:
    """The number format of the weights whose logits a file holds, such as ``float32``."""
    from safetensors import safe_open

    with safe_open(str(path), framework="pt") as stored:
        return str((stored.metadata() or {}).get("dtype", "float32"))


def largest_difference(model: Any, tokenizer: Any, path: str | Path, *, head: bool = True) -> float:
    """How far a model's logits are from the stored ones, at most, over the three prompts.

    Raises
    ------
    IdentityError
        Where the file cannot be read or the prompts no longer turn into the stored tokens.
    """
    from safetensors import SafetensorError, safe_open

    worst = 0.0
    try:
        with at_rest(model), safe_open(str(path), framework="pt") as stored:
            for index, prompt in enumerate(FIXED_PROMPTS):
                ids = stored.get_tensor(f"ids_{index}").tolist()
                if prompt_ids(tokenizer, prompt) != ids:
                    raise IdentityError(
                        f"The prompt {prompt!r} no longer turns into the tokens it had in training.",
                        "The tokenizer or its chat template has changed; use the one in the run folder.",
                    )
                now, then = last_logits(model, ids, head=head), stored.get_tensor(f"logits_{index}")
                difference = (now - then).abs().max() if now.shape == then.shape else float("inf")
                # A NaN compares with nothing: it must not pass for "no difference".
                worst = max(worst, float(difference)) if difference == difference else float("inf")
    except (OSError, SafetensorError) as error:
        raise IdentityError(
            f"{Path(path).name} of the run cannot be read ({error}).",
            "Without it nobody can tell whether the models are what they are said to be. Train the run again.",
        ) from error
    return worst


def check_same(model: Any, tokenizer: Any, path: str | Path, side: str) -> float:
    """Refuse a model that does not reproduce the stored logits.

    Parameters
    ----------
    side
        ``base`` (the caller has switched the adapter off) or ``tuned``.

    Returns
    -------
    float
        The largest difference, which is within the tolerance.

    Raises
    ------
    IdentityError
        Where the difference is larger.
    """
    if not Path(path).exists():
        raise IdentityError(
            f"The run kept no record of what its {side} model said ({Path(path).name} is missing).",
            "Without it nobody can tell whether the models are what they are said to be. Train the run again.",
        )
    allowed = TOLERANCE.get(stored_dtype(path), TOLERANCE["bfloat16"])
    difference = largest_difference(model, tokenizer, path, head=side == "tuned")
    if difference > allowed:
        when = "before the first training step" if side == "base" else "at the end of the training"
        raise IdentityError(
            f"The {side} model does not answer as it did {when} (logits differ by {difference:.3g}, "
            f"allowed is {allowed:.3g}). Comparing would be misleading, so nothing is shown.",
            "The base model's files or the run's adapter may have been replaced. Train the run again.",
        )
    return difference


def store_prompt_check(rows: Any, path: str | Path, count: int = 3) -> None:
    """Store the tokens that the first training prompts really had.

    Parameters
    ----------
    rows
        The trainer's own dataset: rows with ``prompt`` (messages), and either ``prompt_ids`` (preferences) or
        ``input_ids`` and ``labels``. Of other rows nothing is stored.
    """
    found = []
    for row in (rows[index] for index in range(min(count, len(rows)))):
        if {"prompt", "prompt_ids"} <= set(row):
            ids = row["prompt_ids"]
        elif {"prompt", "input_ids", "labels"} <= set(row):
            answer = (i for i, label in enumerate(row["labels"]) if label != -100)
            ids = row["input_ids"][: next(answer, len(row["labels"]))]
        else:
            return
        found.append({"prompt": row["prompt"], "ids": list(ids)})
    Path(path).write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def check_prompts(tokenizer: Any, path: str | Path) -> int:
    """Refuse to ask in another form than was trained: prompts must have the tokens of the training.

    Returns
    -------
    int
        How many prompts were compared; 0 where the run stored none.

    Raises
    ------
    IdentityError
        Where a prompt turns into other tokens now.
    """
    if not Path(path).exists():
        return 0
    stored = json.loads(Path(path).read_text(encoding="utf-8"))
    for item in stored:
        if prompt_ids(tokenizer, item["prompt"]) != item["ids"]:
            raise IdentityError(
                "Questions would be put to the tuned model in another form than it was trained on.",
                "The tokenizer or its chat template has changed since; train the run again.",
            )
    return len(stored)
