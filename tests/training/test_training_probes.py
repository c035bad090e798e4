"""What a run measures for its diagnosis beside the training: twins, general text, sureness, times."""

from __future__ import annotations

import json

import pytest
import torch
from datasets import Dataset

import ftkit
from ftkit.diagnosis.evidence import Evidence
from ftkit.runfolder import History, RunFolder
from ftkit.training.clock import Clock
from ftkit.training.forgetting import FACTS, PASSAGES, probe
from ftkit.training.leak import leak
from ftkit.training.per_example import row_name
from ftkit.training.random_numbers import RandomNumbers
from tests.training.made_trainer import make_trainer


@pytest.fixture(scope="module")
def run(tiny_model_folder, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("probes")
        patch.chdir(folder)
        trainer = make_trainer(tiny_model_folder, "one")
        base = probe(trainer.model, trainer.processing_class, adapter=False)
        ftkit.follow(trainer, run="one")
        trainer.train()
        tuned = probe(trainer.model, trainer.processing_class)
        trainer.eval_dataset = trainer.eval_dataset.select(range(4))
        yield RunFolder(folder / "ftkit-runs" / "one"), base, tuned, trainer


def test_general_text_and_facts_are_read_before_and_after(run):
    folder, base, tuned, _ = run
    found = json.loads((folder.path / "forgetting.json").read_text())
    for kind, rows in (("text", PASSAGES), ("facts", FACTS)):
        noted = found[kind]
        assert noted["tokens"] == base[kind][1]
        assert noted["before"] == pytest.approx(base[kind][0], rel=1e-5)
        assert noted["after"] == pytest.approx(tuned[kind][0], rel=1e-5)
        assert noted["before"] != noted["after"]
        assert len(noted["before"]) == len(rows)
    said = ftkit.diagnose(folder.path)
    assert "FT115" not in {look.code for look in said.not_applicable}


def test_each_text_is_read_as_if_alone(run):
    _, _, _, trainer = run
    together, model, tokenizer = (
        probe(trainer.model, trainer.processing_class),
        trainer.model,
        trainer.processing_class,
    )
    with torch.no_grad():
        for passage, loss in zip(PASSAGES, together["text"][0], strict=True):
            ids = torch.tensor([tokenizer(passage)["input_ids"]])
            alone = model(input_ids=ids, labels=ids).loss * (ids.shape[1] - 1)
            assert float(alone) == pytest.approx(loss, rel=1e-4)
        for (begun, word), loss, count in zip(FACTS, *together["facts"], strict=True):
            ids = torch.tensor([tokenizer(begun + word)["input_ids"]])
            labels = ids.clone()
            labels[0, :-count] = -100
            assert float(model(input_ids=ids, labels=labels).loss * count) == pytest.approx(loss, rel=1e-4)
            assert tokenizer.decode(ids[0, -count:]) == word


def test_what_the_diagnosis_measures_is_told_apart_from_our_own(monkeypatch):
    whole, own = [0.0], [0.0]
    monkeypatch.setattr("ftkit.training.clock.time.process_time", lambda: whole[0])
    monkeypatch.setattr("ftkit.training.clock.time.thread_time", lambda: own[0])

    def work(threads):
        whole[0], own[0] = whole[0] + threads, own[0] + 1

    clock = Clock()
    with clock.our_code():
        work(1)
        with clock.measured():
            work(2)
        with clock.our_model_work():
            work(2)
    assert (clock.ours, clock.measuring, clock.run) == (1 + 2, 2, 5)


def test_reading_general_text_leaves_no_trace(run):
    _, _, _, trainer = run
    trainer.model.train()
    before = RandomNumbers()
    probe(trainer.model, trainer.processing_class)
    assert trainer.model.training
    assert torch.equal(torch.get_rng_state(), before._cpu)


def test_sure_tokens_are_those_above_one_half(run):
    folder, _, _, trainer = run
    last = [row for row in rows_of(folder) if row["step"] == 8]
    assert all(0 <= row["sure"] <= row["tokens"] for row in last)
    # The weights at the end are those of the best step.
    batch = next(iter(trainer.get_eval_dataloader(trainer.eval_dataset)))
    with torch.no_grad():
        trainer.model.eval()
        logits = trainer.model(**{k: v for k, v in batch.items() if k != "labels"}).logits
    labels = batch["labels"][:, 1:]
    chances = logits[:, :-1].float().softmax(-1)
    of_label = chances.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    expected = sorted(((of_label > 0.5) & (labels != -100)).sum(1).tolist())
    history = History.from_run(folder)
    recorded = history.sure[_best(folder)]
    names = [row_name(row) for row in trainer.eval_dataset]
    assert sorted(recorded[name] for name in names) == expected


def test_times_are_told_apart(run):
    speed = Evidence.from_run(run[0]).speed
    assert speed["training"] > 0
    assert speed["evaluating"] > 0
    assert speed["training"] + speed["evaluating"] <= speed["elapsed"] + 0.1


def test_twins_are_counted(run):
    assert run[0].actual()["leak"]["held_out"] == 11

    def row(ids: list[int], *asked: str) -> dict:
        return {"input_ids": ids, "prompt": [{"role": "user", "content": text} for text in asked]}

    trained = Dataset.from_list([row([1, 2, 3], "What is tar?"), row([4, 5], "And pitch?")])
    held_out = Dataset.from_list([row([1, 2, 3], "What is tar?"), row([6], "what is tar"), row([7], "Who?")])
    assert leak(trained, held_out) == {"held_out": 3, "same_rows": 1, "same_questions": 2}
    assert leak(trained, {"a": held_out, "b": held_out})["held_out"] == 6
    assert leak(trained, None) is None
    assert leak(Dataset.from_list([{"text": "a"}]), held_out) is None


def test_equal_texts_of_other_classes_are_no_twins():
    trained = Dataset.from_list([{"input_ids": [1, 2], "labels": 0}])
    assert leak(trained, Dataset.from_list([{"input_ids": [1, 2], "labels": 1}]))["same_rows"] == 0
    assert leak(trained, Dataset.from_list([{"input_ids": [1, 2], "labels": 0}]))["same_rows"] == 1


def rows_of(folder: RunFolder) -> list[dict]:
    return [json.loads(line) for line in (folder.path / "evaluations.jsonl").read_text().splitlines()]


def _best(folder: RunFolder) -> int:
    history = History.from_run(folder)
    return min(history.eval[1:], key=lambda point: point[1])[0]
