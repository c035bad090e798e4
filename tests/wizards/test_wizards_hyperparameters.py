"""The Hyperparameters page: few fields or all of them, the schedule, the learning-rate range test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest

from ftkit.fields import Gpu, Machine, describe
from ftkit.methods import METHODS
from ftkit.recipe.tree import DataChoice, Training
from ftkit.runfolder import RunFolder
from ftkit.runfolder.folder import LEARNING_RATE_TEST
from ftkit.tasks import TASKS
from ftkit.wizards.obstacles import obstacles
from ftkit.wizards.pages.hyperparameters import SIMPLE
from ftkit.wizards.panel import Panel
from ftkit.wizards.session import STEPS, Session
from tests.tasks.trained import rows_for
from tests.tiny import write_jsonl
from tests.wizards.looking import control, every, notices, press, text_of
from tests.wizards.open_notebook import OpenNotebook
from tests.wizards.test_wizards_tasks import page

ADVANCED = "Advanced: show every setting"
GROUPS: dict[str, Any] = {
    "training": Training,
    "data": DataChoice,
    **{f"method:{name}": method.settings for name, method in METHODS.items()},
    **{f"task:{name}": task.settings for name, task in TASKS.items()},
}


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_a_setting_with_a_usual_range_says_what_happens_at_its_extremes(group: Any) -> None:
    for path, about in describe(group).items():
        if about.low is None:
            continue
        assert about.too_high, path
        assert about.too_low or about.low == about.high, path


def fields(panel: Panel) -> list[str]:
    """The labels of the settings that are shown."""
    rows = [one for one in every(panel.widget) if _is_setting(one)]
    return [row.children[0].description for row in rows if row.layout.display != "none"]


def _is_setting(widget: Any) -> bool:
    return "ftkit-row" in getattr(widget, "_dom_classes", ()) and len(widget.children) == 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("task", ["sft", "dpo", "classification"])
def test_the_simple_form_has_at_most_seven_fields(work: Path, task: str, method: str) -> None:
    panel = page("train", task=task, method=method)
    assert 3 <= len(fields(panel)) <= SIMPLE == 7
    assert fields(panel)[:3] == ["Learning rate", "Epochs", "Batch size"]


def test_the_advanced_form_has_everything_with_what_happens_at_its_extremes(work: Path) -> None:
    panel = page("train", task="dpo")
    assert "Too high" not in text_of(panel)
    control(panel, ADVANCED).value = True
    session = panel.session
    wanted = [
        path for path in session.descriptions() if path.partition(".")[0] in ("training", "task", "method")
    ]
    shown = text_of(panel)
    assert len(fields(panel)) == len(wanted)
    for path in wanted:
        about = session.descriptions()[path]
        assert about.label in fields(panel)
        for words in (about.too_low, about.too_high):
            assert words in shown
        if about.argument:
            assert about.argument.replace("SFTConfig", "DPOConfig") in shown
    assert "SFTConfig" not in shown.partition("ftkit-cell")[0].partition("Learning rate")[2]


def test_settings_are_found_by_words_in_their_descriptions(work: Path) -> None:
    panel = page("train")
    control(panel, ADVANCED).value = True
    control(panel, "Find").value = "memory"
    found = fields(panel)
    assert "Micro-batch" in found
    assert "Seed" not in found
    control(panel, "Find").value = "lora_alpha"
    assert fields(panel) == ["Alpha"]
    control(panel, "Find").value = "elephant"
    assert fields(panel) == []
    assert "No setting is described so" in text_of(panel)
    control(panel, ADVANCED).value = False
    assert len(fields(panel)) == 7, "the search counts only where it is seen"


def test_what_is_wrong_is_never_hidden(work: Path) -> None:
    panel = page("train")
    panel.session.set({"training.seed": -3})
    assert "Seed" in fields(panel)
    control(panel, ADVANCED).value = True
    control(panel, "Find").value = "alpha"
    assert fields(panel) == ["Seed", "Alpha"]


@pytest.mark.parametrize(
    ("total", "set_to", "said", "reason"),
    [
        (54, "auto", "first 3 steps (5\N{NO-BREAK SPACE}% of the run, rounded up:", "5 % of the run: 3 of 54 steps, rounded up"),
        (60, "auto", "first 3 steps (5\N{NO-BREAK SPACE}% of the run:", "5 % of the run: 3 of 60 steps"),
        (54, 3, "first 3 steps (5.6\N{NO-BREAK SPACE}% of the run:", ""),
    ],
)  # fmt: skip
def test_the_warm_up_is_the_same_share_wherever_it_is_told(session, total, set_to, said, reason) -> None:
    panel = Panel(session, OpenNotebook(), ("train",))
    session.set({"training.max_steps": total, "training.warmup_steps": set_to})
    assert said in text_of(panel)
    assert session.resolved.reasons.get("training.warmup_steps", "") == reason


def test_the_schedule_is_drawn_and_said_in_words(session: Session) -> None:
    panel = Panel(session, OpenNotebook(), ("train",))  # type: ignore[arg-type]
    session.set({"training.learning_rate": 2e-4, "training.warmup_steps": 0.25, "training.max_steps": 40})
    shown = text_of(panel)
    assert "40 steps" in shown
    assert (
        "rises in the first 10 steps (25\N{NO-BREAK SPACE}% of the run: the warm-up), then falls in a curve"
        in shown
    )
    assert "Each step looks at 8 examples: 2 pieces of 4" in shown
    (path,) = re.findall(r'class="ftkit-svg-line" d="([^"]+)"', shown)
    points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", path)]
    assert len(points) == 40
    heights = [y for _, y in points]
    assert min(range(40), key=heights.__getitem__) == 10, "the peak lies where the warm-up ends"
    assert 'role="img"' in shown
    assert "at most 0.0002, 40 steps" in shown
    session.set({"training.lr_scheduler_type": "constant"})
    assert "this schedule has no warm-up" in text_of(panel)
    assert "ftkit-svg-soft" not in text_of(panel).partition("<svg")[2].partition("</svg>")[0]


# -- the back end -----------------------------------------------------------------------------------


def test_where_unsloth_cannot_train_the_form_says_why_and_writes_no_cell(session: Session) -> None:
    panel = Panel(session, OpenNotebook(), ("train",))  # type: ignore[arg-type]
    assert "Unsloth cannot be used here: Unsloth needs an NVIDIA graphics card" in text_of(panel)
    assert obstacles(session, STEPS) == []
    session.set({"training.backend": "unsloth"})
    assert "needs an NVIDIA graphics card, and none was found here. Take the back end trl" in text_of(panel)
    ((step, sentence),) = obstacles(session, STEPS)
    assert step == "train"
    assert "NVIDIA graphics card" in sentence
    session.set({"training.backend": "trl"})
    assert obstacles(session, STEPS) == []


def test_with_a_card_and_unsloth_its_cells_are_written(work: Path) -> None:
    card = Machine(
        8,
        64 * 10**9,
        60 * 10**9,
        900 * 10**9,
        Gpu("A10", 24 * 10**9, True, (8, 6)),
        packages=frozenset({"unsloth"}),
    )
    session = Session({"data": "pairs.jsonl", "run": "parrot-1", "backend": "unsloth"}, machine=card)
    assert obstacles(session, STEPS) == []
    assert "FastLanguageModel.from_pretrained(" in session.cell("train").source
    assert session.cell("model").source.splitlines()[1].startswith("import unsloth")


# -- the range test ------------------------------------------------------------------------------


def test_its_cell_is_written_and_run_with_what_it_needs(session: Session) -> None:
    book = OpenNotebook()
    panel = Panel(session, book, STEPS)  # type: ignore[arg-type]
    panel.start()
    panel.go("train")
    press(panel, "Find a learning rate")
    assert book.ran == ["model", "data", "method", "rate"]
    source = book.source("rate")
    assert 'ftkit.find_learning_rate(trainer, run="parrot-1")' in source
    assert "trainer.train()" not in source
    assert "ftkit.follow(" not in source
    assert "eval_" not in source
    assert panel.page == "train"
    press(panel, "Insert all")
    assert book.steps() == ["model", "data", "method", "rate", "train", "compare"]
    assert "find_learning_rate" not in book.source("train")


def test_what_it_proposed_is_one_click_away(session: Session) -> None:
    panel = Panel(session, OpenNotebook(), ("train",))  # type: ignore[arg-type]
    assert control(panel, "Take it").layout.display == "none"
    RunFolder("parrot-1").path.mkdir(parents=True)
    RunFolder("parrot-1").write_json(LEARNING_RATE_TEST, {"proposed": 4e-4, "reason": "It says <b>so</b>."})
    panel.refresh()
    raw = " ".join(one.value for one in every(panel.widget) if isinstance(one, widgets.HTML))
    assert "It says &lt;b&gt;so&lt;/b&gt;." in raw
    press(panel, "Take 0.0004")
    assert session.recipe.training.learning_rate == 4e-4
    assert control(panel, "Take 0.0004").layout.display == "none"


def test_a_failing_test_is_told_and_leaves_the_page_alone(session: Session) -> None:
    book = OpenNotebook()
    book.failing = {"rate": "MemoryError: "}
    panel = Panel(session, book, STEPS)  # type: ignore[arg-type]
    panel.start()
    panel.go("train")
    press(panel, "Find a learning rate")
    assert "learning-rate cell failed" in notices(panel)["failed"]
    assert panel.page == "train"


def test_it_is_refused_with_the_reasons_where_there_is_no_data(work: Path) -> None:
    panel = page("train")
    press(panel, "Find a learning rate")
    assert "refused" in notices(panel)


@pytest.mark.parametrize("task", ["sft", "domain", "classification", "dpo", "reward"])
def test_its_cell_is_python_for_every_task_whose_loss_falls(work: Path, task: str) -> None:
    write_jsonl(work / "rows.jsonl", rows_for(TASKS[task].form, 60))
    panel = page("train", data="rows.jsonl", task=task)
    source = panel.session.cell("rate").source
    compile(source, "<rate>", "exec")
    assert f"{TASKS[task].trainer}(" in source


def test_without_an_extension_there_is_no_button_that_could_not_write(session: Session) -> None:
    panel = Panel(session, OpenNotebook(there=False), STEPS)  # type: ignore[arg-type]
    panel.start()
    panel.go("train")
    offer = next(one for one in every(panel.widget) if "ftkit-range" in getattr(one, "_dom_classes", ()))
    assert offer.layout.display == "none"
    panel.with_extension()
    assert offer.layout.display is None


def test_a_train_cell_that_no_test_can_replace_is_refused(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ftkit.cells.writing.train_source", lambda *_, **__: "trainer.train()")
    book = OpenNotebook()
    panel = Panel(session, book, STEPS)  # type: ignore[arg-type]
    panel.start()
    panel.go("train")
    press(panel, "Find a learning rate")
    assert "no learning rates can be tried" in notices(panel)["error"]
    assert book.ran == []


def test_early_stopping_is_a_choice_that_is_explained_and_off(session: Session) -> None:
    panel = Panel(session, OpenNotebook(), ("train",))  # type: ignore[arg-type]
    chosen = control(panel, "Early stopping")
    assert chosen.value is False
    control(panel, ADVANCED).value = True
    chosen = control(panel, "Early stopping")
    assert "Stop when the evaluation says it no longer helps; the best step is kept." in text_of(panel)
    chosen.value = True
    assert session.recipe.training.early_stopping is True


def test_the_usual_learning_rates_are_those_of_the_technique(work: Path) -> None:
    """“Chosen for you: 0.03” beside “usual: 1e-5 to 1e-3” would make nobody trust either."""
    panel = page("train", task="sft", method="ia3")
    said = " ".join(str(getattr(one, "value", "")) for one in every(panel.widget))
    assert "usual for IA3: 0.003 to 0.05" in said
    assert "1e-5 to 1e-3" not in said
    panel = page("train", task="sft", method="lora")
    said = " ".join(str(getattr(one, "value", "")) for one in every(panel.widget))
    assert "usual for LoRA: 1e-4 to 2e-3" in said


def test_steps_that_a_limit_ends_say_so(work: Path) -> None:
    panel = page("train", task="sft", method="lora", max_steps=3)
    said = " ".join(str(getattr(one, "value", "")) for one in every(panel.widget))
    assert "ended by the limit of 3" in said
