"""One run: a plain TRL training followed by ``ftkit.follow``, as a train cell's is, and what is true of it beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.histories.data import parts
from benchmarks.histories.planned import Planned
from benchmarks.histories.tasks import Row, doubled, made

LONGEST = 128
WARMUP = 0.05
ALMOST_ALL = 0.9
ADAPTER = {"r": 8, "lora_alpha": 8, "lora_dropout": 0.0}


def base_model(model: str, place: Path) -> Path:
    """The starter, or a tiny model that has learnt to speak in another data set's sentences."""
    if model == "starter":
        import ftkit

        return Path(ftkit.starter_model())
    from tests.tiny import tiny_model

    folder = place / "base"
    if not (folder / "trained").exists():
        tiny_model(folder)
        _teach(folder, made(doubled, 400, 1, set()))
        (folder / "trained").touch()
    return folder


def _teach(folder: Path, rows: list[Row]) -> None:
    """Give the tiny model something to be fine-tuned from: the form of a chat, and a first skill."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
    steps = torch.optim.AdamW(model.parameters(), lr=2e-3)
    batches = encoded(tokenizer, rows)
    for _ in range(4):
        for batch in batches:
            model(**batch).loss.backward()
            steps.step()
            steps.zero_grad()
    model.save_pretrained(folder)


def encoded(tokenizer: Any, rows: list[Row], size: int = 16) -> list[dict[str, Any]]:
    """Batches with labels on the answers only."""
    import torch

    found = []
    for first in range(0, len(rows), size):
        ids, labels = [], []
        for question, answer in rows[first : first + size]:
            asked = [{"role": "user", "content": question}]
            whole = tokenizer.apply_chat_template([*asked, {"role": "assistant", "content": answer}])[
                "input_ids"
            ]
            before = len(tokenizer.apply_chat_template(asked, add_generation_prompt=True)["input_ids"])
            ids.append(torch.tensor(whole[:LONGEST]))
            labels.append(torch.tensor([*([-100] * before), *whole[before:]][:LONGEST]))
        pad = torch.nn.utils.rnn.pad_sequence
        padded = pad(ids, batch_first=True, padding_value=tokenizer.pad_token_id)
        real = pad([torch.ones_like(row) for row in ids], batch_first=True)
        goal = pad(labels, batch_first=True, padding_value=-100)
        found.append({"input_ids": padded, "attention_mask": real, "labels": goal})
    return found


def losses(model: Any, batches: list[dict[str, Any]]) -> np.ndarray:
    """Summed loss and tokens of each row, shape (2, rows)."""
    import torch

    was, found = model.training, []
    model.eval()
    with torch.no_grad():
        for batch in batches:
            ids, mask, labels = (
                batch[name].to(model.device) for name in ("input_ids", "attention_mask", "labels")
            )
            goal = labels[:, 1:]
            # Logits take most of the memory: those before the answers are not made.
            asked = (goal != -100).any(0).nonzero()[:, 0]
            logits = model(input_ids=ids, attention_mask=mask, logits_to_keep=asked).logits
            goal = goal[:, asked]
            loss = torch.nn.functional.cross_entropy(
                logits.flatten(0, 1).float(), goal.flatten(), ignore_index=-100, reduction="none"
            ).view_as(goal)
            found.append(torch.stack([loss.sum(1), (goal != -100).sum(1)]))
    model.train(was)
    return torch.cat(found, dim=1).double().cpu().numpy()


def trained(
    planned: Planned, base: Path, settings: Mapping[str, Any] | None = None, seed: int | None = None
) -> dict[str, Any]:
    """Make one run in the working directory, and collect its numbers.

    Parameters
    ----------
    settings
        What is changed, as a remedy names it: ``training.…`` and ``method.…``.
    seed
        Of the training, where it is another than that of the plan; the rows are those of the plan.
    """
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback, set_seed
    from trl import SFTConfig, SFTTrainer

    import ftkit
    from ftkit.runfolder import History, RunFolder

    data = parts(
        planned.data,
        planned.train,
        planned.validation,
        leaky=planned.leaky,
        seed=planned.seed,
        distinct=planned.distinct,
        test_rows=planned.test_rows,
    )
    # A tiny model is slower on a card: it would wait for it.
    card = planned.model == "starter" and torch.cuda.is_available()
    changed = dict(settings or {})
    seed = planned.seed if seed is None else seed
    batch = changed.pop("training.batch_size", planned.batch)
    epochs = changed.pop("training.num_train_epochs", planned.epochs)
    steps = max(1, round(math.ceil(planned.train / batch) * epochs))
    every = between_evaluations(steps, planned.evaluations)
    # Up to the last evaluation, so that the label and the detector speak about the same end.
    steps = every * min(planned.evaluations, steps // every)
    set_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(base)
    # By length, so that little of a batch is padding.
    by_length = sorted(data.test, key=lambda row: len("".join(row)))
    held_back, measured = encoded(tokenizer, by_length, 64 if card else 16), {}

    class Truth(TrainerCallback):
        """The test part, at every evaluation; nothing of it reaches the run folder."""

        def on_evaluate(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
            measured[state.global_step] = losses(model, held_back)

    def chat(rows: list[Row]) -> Dataset:
        return Dataset.from_list(
            [
                {
                    "prompt": [{"role": "user", "content": question}],
                    "completion": [{"role": "assistant", "content": answer}],
                }
                for question, answer in rows
            ]
        )

    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype="float32"),
        args=SFTConfig(
            output_dir="ftkit-runs/run/checkpoints", lr_scheduler_type=planned.schedule,
            learning_rate=changed.pop("training.learning_rate", planned.rate),
            warmup_steps=changed.pop("training.warmup_steps", WARMUP), weight_decay=0.0, max_steps=steps,
            per_device_train_batch_size=batch,
            per_device_eval_batch_size=16, max_length=LONGEST, eval_strategy="steps", eval_steps=every,
            eval_on_start=True, save_strategy="no", logging_steps=max(1, every // 4), bf16=False, use_cpu=not card,
            activation_checkpointing=False, report_to="none", disable_tqdm=True, seed=seed,
        ),
        train_dataset=chat(data.train),
        eval_dataset=chat(data.validation),
        processing_class=tokenizer,
        peft_config=_adapter(planned.technique, changed),
        callbacks=[Truth()],
    )  # fmt: skip
    if changed:
        raise ValueError(f"nothing was done about {sorted(changed)}")
    ftkit.follow(trainer, run="run", existing="overwrite")
    broke = ""
    try:
        trainer.train()
    except ArithmeticError as error:
        broke = type(error).__name__
    history, actual = History.from_run("run"), RunFolder("run").actual()
    return {
        "name": planned.name,
        "cell": list(planned.cell),
        "lacks_evidence": planned.lacks_evidence,
        "broke": broke,
        "total_steps": history.total_steps,
        "epochs": history.epochs,
        "train": _short(history.train),
        "eval": _short(history.eval),
        "learning_rate": _short(history.learning_rate, 8),
        "grad_norm": _short(history.grad_norm),
        "train_slice": _short(history.train_slice),
        "rows": _by_row(history.evaluations),
        "slice_rows": _by_row(history.train_slice_evaluations),
        "leak": actual.get("leak"),
        "batch": batch,
        "test": truth(measured),
        **({"made_on": torch.cuda.get_device_name()} if card else {}),
    }


def between_evaluations(steps: int, evaluations: int) -> int:
    """How many steps: so many evaluations, or fewer where the last of them would be long before the end."""
    every = max(1, steps // evaluations)
    return every if every * evaluations >= ALMOST_ALL * steps else every + 1


def _adapter(technique: str, changed: dict[str, Any]) -> Any:
    from peft import IA3Config, LNTuningConfig, LoraConfig, VeraConfig

    language = {"task_type": "CAUSAL_LM"}
    if technique == "full":
        return None
    if technique == "ia3":
        down = ["down_proj"]
        return IA3Config(target_modules=["k_proj", "v_proj", *down], feedforward_modules=down, **language)
    if technique == "ln-tuning":
        return LNTuningConfig(target_modules=["input_layernorm", "post_attention_layernorm"], **language)
    if technique == "vera":
        return VeraConfig(r=64, target_modules=["q_proj", "o_proj"], **language)
    settings = {name: changed.pop(f"method.{name}", usual) for name, usual in ADAPTER.items()}
    layers = {"lora-all": "all-linear", "lora-mlp": ["gate_proj", "up_proj", "down_proj"]}
    return LoraConfig(target_modules=layers.get(technique, ["q_proj", "v_proj"]), **settings, **language)


def truth(measured: dict[int, np.ndarray]) -> list[list[float]]:
    """Step, test loss per token, and the error of its difference from the lowest, over the test rows."""
    at = sorted(measured)
    means = [float(measured[step][0].sum() / measured[step][1].sum()) for step in at]
    lowest = at[int(np.nanargmin(means))] if np.isfinite(means).any() else at[0]
    found = []
    for step, mean in zip(at, means, strict=True):
        change, tokens = measured[step][0] - measured[lowest][0], measured[step][1]
        rest = change - tokens * change.sum() / tokens.sum()
        found.append([step, round(mean, 5), round(float(np.sqrt(np.square(rest).sum()) / tokens.sum()), 5)])
    return found


def _by_row(measured: dict[int, dict[str, tuple[float, int]]]) -> dict[str, Any]:
    """Tokens of each row, and step by step their summed losses."""
    at = sorted(measured)
    rows = sorted(measured[at[0]]) if at else []
    return {
        "tokens": [measured[at[0]][row][1] for row in rows],
        "losses": [[step, [round(measured[step][row][0], 3) for row in rows]] for step in at],
    }


def _short(points: list[tuple[int, float]], digits: int = 4) -> list[list[float]]:
    return [[step, round(value, digits)] for step, value in points]
