"""Losses of single examples, taken from the forward passes that happen anyway."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

# The sums have to add up to the evaluation loss that the trainer computed itself.
ALLOWED = {"float32": 1e-3, "float64": 1e-3}
ALLOWED_IN_HALF_PRECISION = 2e-2
SURE = math.log(2)


def _key(ids: Any) -> bytes:
    import numpy as np

    return hashlib.blake2b(np.asarray(ids, dtype=np.int64).tobytes(), digest_size=16).digest()


def row_name(row: Mapping[str, Any]) -> str:
    """What tells a held-out row from the others: its text, or its tokens where that is all there is."""
    from ftkit.data import row_id

    if isinstance(row.get("prompt"), list) and isinstance(row.get("completion"), list):
        return row_id({"prompt": row["prompt"], "completion": row["completion"]})
    return _key(row["input_ids"]).hex()[:16]


def conversation_of(row: Mapping[str, Any]) -> str:
    """What rows of one conversation share, and rows that ask nearly the same: all before the first answer; or nothing."""
    from ftkit.data.split import folded

    messages = row.get("prompt")
    if not isinstance(messages, list):
        return ""
    opening = itertools.takewhile(lambda message: message.get("role") != "assistant", messages)
    return "\0".join(folded(str(message.get("content") or "")) for message in opening).strip("\0")


def _datasets(held_out: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(held_out, dict):
        yield from ((f"{name}/", part) for name, part in held_out.items())
    elif held_out is not None:
        yield "", held_out


class PerExample:
    """A forward hook on the model that adds up each example's loss. No second pass.

    Attributes
    ----------
    note
        Why there are no losses of single examples; empty while there are.
    """

    def __init__(self) -> None:
        self.note = ""
        self._handle: Any = None
        self._names: dict[bytes, list[str]] | None = None
        self._tasks: dict[str, str] = {}
        self._groups: dict[str, str] = {}
        self._held_out: Any = None
        self._batches: list[tuple[Any, Any, Any, Any, Any]] = []
        self._training: list[Any] = []

    def attach(self, model: Any, held_out: Any) -> None:
        """Start listening.

        Parameters
        ----------
        model
            The model that the trainer calls.
        held_out
            The trainer's prepared evaluation dataset, several by name, or None.
        """
        self._held_out = held_out
        self._handle = model.register_forward_hook(self._hook, with_kwargs=True)

    def detach(self) -> None:
        """Stop listening and let go of everything."""
        if self._handle is not None:
            self._handle.remove()
        self._handle = self._names = self._held_out = None
        self._batches, self._training = [], []

    def _hook(self, module: Any, args: Any, kwargs: Mapping[str, Any], output: Any) -> None:
        import torch

        labels = kwargs.get("labels")
        if labels is None:
            return
        if module.training:
            total = output.log_probs.sum() if _has(output, "log_probs") else output.loss
            if total is not None:
                self._training.append(total.detach())
        elif not torch.is_grad_enabled() and not self.note:
            if not _has(output, "log_probs") and not torch.is_tensor(getattr(output, "logits", None)):
                self.note = "Losses of single examples are not recorded: the model gives no logits."
                return
            positions, mask = kwargs.get("position_ids"), kwargs.get("attention_mask")
            if mask is None and positions is not None and len(labels) == 1 and _has(output, "log_probs"):
                self._batches.append(_apart(output, kwargs.get("input_ids"), positions))
                return
            self._batches.append((kwargs.get("input_ids"), mask, *_sums(output, labels)))

    def step_is_finite(self) -> bool:
        """Whether every loss since the last call was a number."""
        import torch

        seen, self._training = self._training, []
        return not seen or bool(torch.isfinite(torch.stack([value.float() for value in seen])).all())

    def begin(self) -> None:
        """Forget half an evaluation."""
        self._batches = []

    def finish(
        self, metrics: Mapping[str, Any], attempt: int, step: int, rows: Any = None
    ) -> list[dict[str, Any]]:
        """The rows of the evaluation that has just ended; none where they would not be right.

        Parameters
        ----------
        metrics
            What the trainer says about it; its ``eval_loss`` is held against ours.
        rows
            The dataset that was evaluated, where it is not the held-out one.
        """
        batches, self._batches = self._batches, []
        named = next((value for key, value in metrics.items() if key.endswith("_loss")), None)
        loss = metrics.get("eval_loss", named)  # several held-out sets have a name in between
        if self.note or not batches or loss is None:
            return []
        sizes = [len(sums) for _, _, sums, _, _ in batches]
        means = [float(sums.sum()) / max(1, int(tokens.sum())) for _, _, sums, tokens, _ in batches]
        ours = sum(size * mean for size, mean in zip(sizes, means, strict=True)) / sum(sizes)
        allowed = ALLOWED.get(str(batches[0][2].dtype).removeprefix("torch."), ALLOWED_IN_HALF_PRECISION)
        if math.isfinite(loss) and not math.isclose(ours, loss, rel_tol=allowed, abs_tol=1e-4):
            self.note = (
                f"Losses of single examples are not recorded: together they give {ours:.4f}, "
                f"the evaluation says {loss:.4f}."
            )
            return []
        if rows is not None:
            found = self._rows(batches, attempt, step, _names(rows)[0])
            self.note = ""  # packed training rows say nothing about the held-out ones
            return found
        if self._names is None:
            self._names, self._groups, self._tasks = _names(self._held_out)
        return self._rows(batches, attempt, step, self._names)

    def _rows(
        self,
        batches: list[tuple[Any, Any, Any, Any, Any]],
        attempt: int,
        step: int,
        known: dict[bytes, list[str]],
    ) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        seen: dict[bytes, int] = defaultdict(int)
        for ids, mask, sums, tokens, sure in batches:
            if ids is None or mask is None:
                self.note = "Losses of single examples are not recorded: several share one row of the batch."
                return []
            everything = zip(ids, mask, sums.tolist(), tokens.tolist(), sure.tolist(), strict=True)
            for row_ids, row_mask, total, count, certain in everything:
                key = _key(row_ids[row_mask.bool()].cpu().numpy())
                names = known.get(key)
                if names is None:
                    self.note = "Losses of single examples are not recorded: the rows were packed or changed."
                    return []
                name = names[seen[key] % len(names)]
                seen[key] += 1
                entry = {"attempt": attempt, "step": step, "row": name, "loss": total, "tokens": count}
                entry["sure"] = certain
                if name in self._groups:
                    entry["cluster"] = self._groups[name]
                rows.append(entry)
        return rows

    def by_task(self, rows: list[dict[str, Any]]) -> dict[str, float]:
        """The mean loss of each task, over all its tokens; empty where the held-out rows name no tasks."""
        sums: dict[str, float] = defaultdict(float)
        tokens: dict[str, int] = defaultdict(int)
        for row in rows:
            if row["row"] in self._tasks:
                task = self._tasks[row["row"]]
                sums[task] += row["loss"]
                tokens[task] += row["tokens"]
        return {task: sums[task] / tokens[task] for task in sorted(sums) if tokens[task]}


def _names(datasets: Any) -> tuple[dict[bytes, list[str]], dict[str, str], dict[str, str]]:
    """Names of rows by their tokens, equal rows told apart by a number; the group of those that share one; their tasks."""
    found: dict[bytes, list[str]] = defaultdict(list)
    times: dict[str, int] = defaultdict(int)
    openings: dict[str, str] = {}
    tasks: dict[str, str] = {}
    for prefix, dataset in _datasets(datasets):
        for row in dataset:
            if "input_ids" not in row:
                continue
            name = prefix + row_name(row)
            times[name] += 1
            numbered = name if times[name] == 1 else f"{name}#{times[name]}"
            found[_key(row["input_ids"])].append(numbered)
            openings[numbered] = conversation_of(row) or name
            if isinstance(row.get("task"), str):
                tasks[numbered] = row["task"]
    shared = Counter(openings.values())
    groups = {
        name: hashlib.blake2b(opening.encode(), digest_size=6).hexdigest()
        for name, opening in openings.items()
        if shared[opening] > 1
    }
    return found, groups, tasks


def _has(output: Any, name: str) -> bool:
    return getattr(output, name, None) is not None


def _apart(output: Any, ids: Any, positions: Any) -> tuple[Any, Any, Any, Any, Any]:
    """Examples that stand in one row without padding: each begins where its positions do."""
    import torch

    starts = (positions[0] == 0).nonzero().flatten().tolist()
    spans = zip(starts, [*starts[1:], positions.shape[1]], strict=True)
    # What fills the row up to a round length has the position 0, too.
    parts = [(start, end) for start, end in spans if end - start > 1]
    sums = torch.stack([-output.log_probs[0, start:end].sum() for start, end in parts])
    tokens = torch.stack([output.label_mask[0, start:end].sum() for start, end in parts])
    sure = torch.stack([_sure(output, slice(start, end)) for start, end in parts])
    rows = [ids[0, start:end] for start, end in parts]
    return rows, [torch.ones_like(row) for row in rows], sums, tokens, sure


def _sure(output: Any, span: slice) -> Any:
    return ((output.log_probs[0, span] > -SURE) & output.label_mask[0, span].bool()).sum()


def _sums(output: Any, labels: Any) -> tuple[Any, Any, Any]:
    """Summed loss in nats, number of scored tokens, and of these the ones it is sure of; shapes ``(batch,)``.

    Sure is more than half of the probability. A model that is sure of every token of an answer writes it word for word.
    """
    import torch

    if _has(output, "log_probs"):
        # TRL's trainers: log-probabilities that are zero where nothing is learned.
        mask = output.label_mask.bool()
        sure = ((output.log_probs > -SURE) & mask).sum(dim=1)
        return -output.log_probs.sum(dim=1), mask.sum(dim=1), sure
    if labels.dim() == 1:  # a class for each text: one decision a row
        losses = torch.nn.functional.cross_entropy(output.logits.float(), labels, reduction="none")
        return losses, torch.ones_like(labels), (losses < SURE).long()
    logits = output.logits[:, -labels.shape[1] :]
    sums, tokens, sure = [], [], []
    for row, wanted in zip(logits, labels, strict=True):  # one at a time: the vocabulary is large
        scored = wanted[1:] != -100
        losses = torch.nn.functional.cross_entropy(
            row[:-1][scored].float(), wanted[1:][scored], reduction="none"
        )
        sums.append(losses.sum())
        tokens.append(scored.sum())
        sure.append((losses < SURE).sum())
    return torch.stack(sums), torch.stack(tokens), torch.stack(sure)
