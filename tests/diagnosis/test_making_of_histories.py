"""The script that makes the labelled runs: what it writes, and what an error costs. Nothing is trained here."""

import json
from pathlib import Path

from benchmarks.histories import make
from benchmarks.histories.plan import plan


def test_each_run_of_a_chain_is_written_as_it_is_made_and_an_error_costs_one(monkeypatch, tmp_path):
    chain = list(plan("starter"))[:3]
    seen = {}

    def made_twice(planned, base, there):
        seen[planned.epochs] = sorted(there)
        if planned.epochs == 2:
            raise RuntimeError("out of memory")
        return {"name": planned.name}

    monkeypatch.setattr(make, "made_twice", made_twice)
    monkeypatch.setattr(make, "_into", tmp_path / "runs.jsonl")
    assert make._chain((chain, Path("base"), {})) == 2
    written = [json.loads(line)["name"] for line in (tmp_path / "runs.jsonl").read_text().splitlines()]
    assert written == [chain[0].name, chain[2].name]
    assert seen[1] == [chain[0].name], "the longer run tells about the shorter one"


def test_what_is_there_is_not_made_again(monkeypatch, tmp_path):
    chain = list(plan("starter"))[:3]
    monkeypatch.setattr(make, "made_twice", lambda planned, *_: {"name": planned.name})
    monkeypatch.setattr(make, "_into", tmp_path / "runs.jsonl")
    assert make._chain((chain, Path("base"), {chain[0].name: {}})) == 2
