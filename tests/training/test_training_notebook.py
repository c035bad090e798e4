"""A real kernel: stop and abort while the cell runs, a restart in the middle, buttons for a taken name."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from ftkit.cells import ownership
from ftkit.errors import RunExistsError
from ftkit.live.view import NOTHING_HELD_OUT
from ftkit.notebook import CellView, Replace, Snapshot
from ftkit.runfolder import RunFolder
from tests.training.made_trainer import rows, state

ROOT = Path(__file__).parents[2]
PATIENCE = 240
PREPARE = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.training.made_trainer import make_trainer
model_folder = Path({model!r})
slow = []
"""
SLOW = """
import time
from transformers import TrainerCallback

class Slow(TrainerCallback):
    def on_step_begin(self, *args, **kwargs):
        time.sleep(1)

slow = [Slow()]
"""
TRAIN = """
import ftkit
trainer = make_trainer(model_folder, {run!r}, max_steps=100000, eval_steps=50, save_steps=50, logging_steps=10, callbacks=slow)
ftkit.follow(trainer, run={run!r})
trainer.train()
"""


class Kernel:
    """A kernel with one client; `run` starts a cell, `ended` waits for its reply and collects what it showed."""

    def __init__(self, folder: Path) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, "OMP_NUM_THREADS": "1"})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> str:
        return self.client.execute(code)

    def run_as_cell(self, code: str, cell: str) -> str:
        """Start a cell as JupyterLab does, which says which one it is."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell})
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def ended(self, request: str) -> tuple[str, list[dict]]:
        shown = []
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return self.reply(request), shown
            shown.append({"type": message["msg_type"], **message["content"]})
        raise TimeoutError(shown)

    def reply(self, request: str) -> str:
        while True:
            message = self.client.get_shell_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == request:
                return message["content"]["status"]

    def on_subshell(self, *messages: tuple[str, dict]) -> None:
        """Send messages as JupyterLab does while the main shell is busy with a cell."""
        session = self.client.session
        self.client.control_channel.send(session.msg("create_subshell_request", {}))
        subshell = self.client.get_control_msg(timeout=PATIENCE)["content"]["subshell_id"]
        for kind, content in messages:
            message = session.msg(kind, content)
            message["header"]["subshell_id"] = subshell
            self.client.shell_channel.send(message)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def wait_for_step(run: str, step: int) -> None:
    until = time.monotonic() + PATIENCE
    path = Path("ftkit-runs", run, "metrics.jsonl")
    while time.monotonic() < until:
        if path.exists() and any(row["step"] >= step for row in rows(run, "metrics.jsonl")):
            return
        time.sleep(0.1)
    raise TimeoutError(path.read_text() if path.exists() else "nothing written")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def kernel(folder, tiny_model_folder):
    kernel = Kernel(folder)
    status, shown = kernel.ended(kernel.run(PREPARE.format(root=str(ROOT), model=str(tiny_model_folder))))
    assert status == "ok", shown
    yield kernel
    kernel.close()


@pytest.fixture(autouse=True)
def _in_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)


def texts(shown):
    return "\n".join(
        item["data"].get("text/plain", "")
        for item in shown
        if item["type"] in ("display_data", "update_display_data")
    )


def test_the_interrupt_button_stops_and_keeps(kernel):
    cell = kernel.run(TRAIN.format(run="stopped"))
    wait_for_step("stopped", 10)
    kernel.manager.interrupt_kernel()
    status, shown = kernel.ended(cell)
    assert status == "ok", shown
    assert state("stopped")["state"] == "stopped"
    assert Path("ftkit-runs/stopped/adapter/adapter_model.safetensors").exists()
    assert "You stopped the training" in texts(shown)
    frozen = [item for item in shown if "application/vnd.plotly.v1+json" in item.get("data", {})]
    assert frozen, "the chart stays as a picture"
    handler = kernel.run(
        "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    )
    assert any(item.get("text") == "True\n" for item in kernel.ended(handler)[1])


def test_a_wish_by_file_gives_a_sample_and_then_stops(kernel):
    cell = kernel.run(TRAIN.format(run="asked"))
    wait_for_step("asked", 10)
    RunFolder("asked").request("sample", prompt="Say red twice.")
    until = time.monotonic() + PATIENCE
    while not RunFolder("asked").samples() and time.monotonic() < until:
        time.sleep(0.1)
    assert RunFolder("asked").samples()[0]["prompt"] == "Say red twice."
    assert state("asked")["state"] == "running"
    RunFolder("asked").request("stop")
    status, _ = kernel.ended(cell)
    assert status == "ok"
    assert state("asked")["state"] == "stopped"


def test_a_page_without_the_chart_gets_a_picture_of_each_evaluation_until_the_last(kernel):
    cell = kernel.run(TRAIN.format(run="pictures"))
    wait_for_step("pictures", 10)
    RunFolder("pictures").request("show")
    reached = rows("pictures", "metrics.jsonl")[-1]["step"]
    wait_for_step("pictures", reached + 200)
    RunFolder("pictures").request("stop")
    status, shown = kernel.ended(cell)
    assert status == "ok"
    sent = [item["data"] for item in shown if item.get("data", {}).get("event") == "picture"]
    evaluations = [len(_curve(picture["bundle"], "evaluation loss")) for picture in sent]
    assert len(evaluations) >= 4
    assert evaluations == sorted(set(evaluations)), "one for each evaluation, and no other"
    end = next(item for item in shown if item["type"] == "update_display_data")
    assert {picture["display_id"] for picture in sent} == {end["transient"]["display_id"]}
    assert all("I cannot tell yet" in picture["says"] for picture in sent)
    assert {picture["announced"] for picture in sent} == {"Verdict: it is too early to tell."}


def test_each_page_that_comes_in_the_middle_gets_a_picture_at_once(kernel):
    cell = kernel.run(TRAIN.format(run="pages").replace("=50", "=100000"))
    for step in (10, 100):
        wait_for_step("pages", step)
        RunFolder("pages").request("show")
    wait_for_step("pages", 200)
    RunFolder("pages").request("stop")
    status, shown = kernel.ended(cell)
    assert status == "ok"
    events = [item["data"] for item in shown if item.get("data", {}).get("target") == "ftkit"]
    assert sum(event["event"] == "picture" for event in events) == 3, (
        "one for each, and one at the evaluation of the end"
    )


def test_a_training_without_evaluations_does_not_wait_for_a_verdict(kernel):
    code = TRAIN.replace(
        "eval_steps=50", "eval_strategy='no', eval_on_start=False, load_best_model_at_end=False"
    )
    cell = kernel.run(code.format(run="bare"))
    wait_for_step("bare", 10)
    RunFolder("bare").request("show")
    wait_for_step("bare", rows("bare", "metrics.jsonl")[-1]["step"] + 50)
    RunFolder("bare").request("stop")
    status, shown = kernel.ended(cell)
    assert status == "ok"
    sent = [item["data"] for item in shown if item.get("data", {}).get("event") == "picture"]
    assert {picture["says"] for picture in sent} == {NOTHING_HELD_OUT}
    assert _curve(sent[0]["bundle"], "training loss")


def test_a_training_in_a_thread_belongs_to_no_cell(kernel):
    """It outlives the cell, so a page must not wait for the cell to end."""
    train = (
        "import ftkit\ntrainer = make_trainer(model_folder, 'apart')\nftkit.follow(trainer, run='apart')\n"
    )
    apart = "import threading\nthread = threading.Thread(target=trainer.train)\nthread.start()\nthread.join()"
    for code, known in ((train + apart, False), (TRAIN.format(run="own").replace("100000", "8"), True)):
        _, shown = kernel.ended(kernel.run_as_cell(code, "train"))
        told = [item["data"] for item in shown if item.get("data", {}).get("event") == "training"]
        assert told
        assert {event["cell"] == "train" for event in told} == {known}


def _curve(bundle, name):
    curves = bundle["application/vnd.plotly.v1+json"]["data"]
    return next(curve["x"] for curve in curves if curve["name"] == name)


def test_the_front_ends_comm_is_heard_while_the_cell_runs(kernel):
    cell = kernel.run(TRAIN.format(run="by-comm"))
    wait_for_step("by-comm", 10)
    comm = {"comm_id": "c1"}
    kernel.on_subshell(
        ("comm_open", {**comm, "target_name": "ftkit-control", "data": {}}),
        ("comm_msg", {**comm, "data": {"op": "sample", "run": "by-comm", "prompt": "Say gold twice."}}),
        ("comm_msg", {**comm, "data": {"op": "stop", "run": "by-comm"}}),
    )
    status, _ = kernel.ended(cell)
    assert status == "ok"
    assert state("by-comm")["state"] == "stopped"
    assert RunFolder("by-comm").samples()[0]["prompt"] == "Say gold twice."


def test_interrupting_twice_gives_up(kernel):
    kernel.ended(kernel.run(SLOW))
    cell = kernel.run(TRAIN.format(run="given-up"))
    wait_for_step("given-up", 0)
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    time.sleep(0.2)  # two signals in one moment would arrive as one
    kernel.manager.interrupt_kernel()
    status, shown = kernel.ended(cell)
    assert status == "error"
    assert state("given-up")["state"] == "interrupted"
    assert "You gave up" in texts(shown)
    kernel.ended(kernel.run("slow = []"))


def test_a_taken_name_shows_buttons_and_trains_nothing(kernel):
    cell = kernel.run(TRAIN.format(run="stopped"))
    status, shown = kernel.ended(cell)
    assert status == "error"
    assert any(item["type"] == "error" and item["ename"] == "RunExistsError" for item in shown)
    assert any("application/vnd.jupyter.widget-view+json" in item.get("data", {}) for item in shown)
    assert state("stopped")["attempt"] == 1


def test_the_folder_names_the_cells_code(kernel):
    code = Path("ftkit-runs/stopped/code.py").read_text()
    assert "model_folder = Path(" in code
    assert code.rstrip().endswith("trainer.train()")


def test_a_restart_in_the_middle_is_noticed_by_the_next_run(kernel, tiny_model_folder):
    kernel.run(TRAIN.format(run="restarted"))
    wait_for_step("restarted", 60)
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=PATIENCE)
    assert json.loads(Path("ftkit-runs/restarted/state.json").read_text())["state"] == "running"
    assert RunFolder("restarted").state()["state"] == "interrupted"
    kernel.ended(kernel.run(PREPARE.format(root=str(ROOT), model=str(tiny_model_folder))))
    status, shown = kernel.ended(kernel.run(TRAIN.format(run="restarted")))
    assert status == "error"
    text = "\n".join("\n".join(item.get("traceback", [])) for item in shown)
    assert "interrupted" in text
    assert 'existing="resume"' in text


# -- the buttons ----------------------------------------------------------------------------------

CELL = 'import ftkit\nftkit.follow(trainer, run="one")\ntrainer.train()\n'
COMPARE = 'import ftkit\nftkit.compare("one")\n'


class Bridge:
    """Stands in for the page: answers at once and notes what it was asked."""

    def __init__(self, views):
        self.views = views
        self.applied = []

    def snapshot(self, done):
        done(Snapshot(tuple(self.views), None, "x.ipynb"))

    def apply(self, operations, run, done):
        self.applied.append((operations, run))


@pytest.fixture
def page(monkeypatch, tmp_path):
    from ftkit.training import choices

    monkeypatch.chdir(tmp_path)
    RunFolder("one").begin()
    RunFolder("one").set_state("stopped")
    args = 'args = SFTConfig(\n    output_dir="ftkit-runs/one/checkpoints",\n)\n'
    views = [
        CellView("a", "code", args + CELL, ownership.metadata("train", args + CELL, "one")),
        CellView("b", "code", COMPARE, ownership.metadata("compare", COMPARE, "one")),
    ]
    bridge = Bridge(views)
    monkeypatch.setattr(choices, "get_bridge", lambda cell: bridge)
    taken = RunExistsError("Taken <b>.", "Choose.", run="one", choices=("resume", "overwrite"))
    return choices.Choices(taken, RunFolder("one"), "a"), bridge


def test_resume_sets_both_literals_and_runs_the_cell(page):
    choices, bridge = page
    choices.buttons["resume"].click()
    ((operations, run),) = bridge.applied
    assert run == ["a"]
    (changed,) = operations
    assert isinstance(changed, Replace)
    assert 'ftkit.follow(trainer, run="one", existing="resume")' in changed.source
    assert "trainer.train(resume_from_checkpoint=True)" in changed.source
    assert ownership.state_of(CellView("a", "code", changed.source, changed.metadata)) == "ours"
    said = choices.box.children[0].value
    assert "&lt;b&gt;" in said
    assert "Resume goes on from its last checkpoint. Start over keeps it" in said
    assert choices.buttons["resume"].disabled


def test_start_over_renames_the_run_everywhere(page):
    choices, bridge = page
    choices.buttons["start over"].click()
    ((operations, _),) = bridge.applied
    train, compare = operations
    assert 'run="one-2"' in train.source
    assert "ftkit-runs/one-2/checkpoints" in train.source
    assert 'ftkit.compare("one-2")' in compare.source


def test_start_over_takes_the_recipe_along(page):
    from ftkit.recipe import from_presets, load_recipe, recipe_to_yaml

    RunFolder("one").write_recipe(recipe_to_yaml(from_presets(run="one", data="x.jsonl")))
    choices, _ = page
    choices.buttons["start over"].click()
    recipe = load_recipe("ftkit-runs/one-2/recipe.yaml")
    assert (recipe.run, recipe.parent) == ("one-2", "one")


def test_overwrite_says_so_in_the_cell(page):
    choices, bridge = page
    choices.buttons["overwrite"].click()
    assert 'existing="overwrite"' in bridge.applied[0][0][0].source


def test_a_cell_that_is_gone_is_said(page):
    choices, bridge = page
    bridge.views = []
    choices.buttons["resume"].click()
    assert not bridge.applied
    assert "not in this notebook" in choices.box.children[2].value
    assert not choices.buttons["resume"].disabled
