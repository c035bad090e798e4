"""One followed training, from before its first step to its end, whichever end that is."""

from __future__ import annotations

import threading
import time
import traceback
import warnings
import weakref
from pathlib import Path
from types import FrameType
from typing import Any

from ftkit.adapters.either import has_soft_prompt
from ftkit.adapters.new_rows import keep_new_rows
from ftkit.errors import RunError
from ftkit.notebook import control
from ftkit.notebook.progress import in_kernel
from ftkit.runfolder import History, RunFolder
from ftkit.training import actual, display, endings, lengths, soft_prompt
from ftkit.training.base import check_adapter_adds_nothing, check_is_base
from ftkit.training.clock import Clock
from ftkit.training.continued import check_continues
from ftkit.training.environment import environment
from ftkit.training.existing import check_existing, check_start
from ftkit.training.going_on import check_goes_on
from ftkit.training.kept import result_folder, save_result, store_base
from ftkit.training.leak import leak
from ftkit.training.losses import Losses
from ftkit.training.random_numbers import RandomNumbers
from ftkit.training.record import Record
from ftkit.training.room import check_room
from ftkit.training.sample import answer
from ftkit.training.source import Source
from ftkit.training.speed import Speed
from ftkit.training.stop import Wishes

HEARTBEAT = 5.0
SAMPLES_SHOWN = 5


class Following:
    """Ties the concerns together; `ftkit.training.callback` calls it, nobody else keeps it alive.

    It holds the trainer weakly, and nothing of it after the end: the next run of the cell can take
    the memory.

    Parameters
    ----------
    trainer
        Built and not yet training.
    folder
        The run; it was checked that it may be started.
    existing
        ``ask``, ``resume`` or ``overwrite``.
    caller
        The frame that called ``follow``, for the source; used only when training begins.
    continues
        The run whose adapter trains on; None where the training starts from a base.
    early_stopping
        Whether to end where going on only does harm.
    """

    def __init__(
        self,
        trainer: Any,
        folder: RunFolder,
        existing: str,
        caller: FrameType,
        continues: RunFolder | None = None,
        *,
        early_stopping: bool = False,
    ) -> None:
        self.trainer = weakref.ref(trainer)
        self.folder = folder
        self.existing = existing
        self.continues = continues
        self.active = False
        self.over = False
        self.thread: int | None = None
        self._code = Source(caller)
        self._args = trainer.args
        self.clock = Clock()
        self.wishes = Wishes(folder)
        self.diagnosis: Any = None
        self._stopping = False
        self._early_stopping = early_stopping
        self._stopped_early = ""
        self._known: RunError | None = None
        self._random: RandomNumbers | None = None
        self._step = 0
        self._epoch = 0.0
        self._beat = 0.0
        self._samples: list[dict[str, Any]] = []
        self._recipe: dict[str, Any] | None = None
        self._system: str | None = None
        self._display: display.Display | None = None
        self._losses: Losses | None = None

    # -- before the first step ----------------------------------------------------------------------

    def begin(self, state: Any, model: Any, tokenizer: Any) -> None:
        """Prove that the base is the base, then take the folder and write down what starts."""
        trainer = self.trainer()
        assert trainer is not None
        first = int(state.global_step)
        check_start(self.existing, first)
        soft_prompt.check_checkpointing(model, self._args)
        if first == 0:
            base_check = check_is_base(model, continues=self.continues is not None)
            with self.clock.our_model_work():
                if self.continues is not None:
                    task = actual.task_of(trainer, actual.recipe_or_why(self.folder)[0])
                    unchecked = check_continues(trainer, model, tokenizer, self.continues, task)
                else:
                    unchecked = check_adapter_adds_nothing(model, tokenizer)
            base_check["note"] = f"{base_check['note']} {unchecked}".strip()
        else:
            with self.clock.our_model_work():
                base_check = check_goes_on(self.folder, trainer, model, tokenizer)
            soft_prompt.put_network_back(model, self._checkpoint(first))
        further = self.continues.name if self.continues is not None else None
        if first > 0:
            further = self.folder.actual().get("continues")  # what it started from stays so
        # Once more: another trainer may have begun the same run since `follow` was called.
        check_existing(self.folder, self.existing, Path(self._args.output_dir))
        check_room(model, self._args, self.folder)
        self.thread = threading.get_ident()
        self._step = first
        self.active = True
        attempt = self.folder.begin(first, total_steps=state.max_steps)
        facts = actual.actual(trainer, model, state, self.folder)
        facts["base_check"] = base_check
        facts["continues"] = further
        facts["early_stopping"] = self._early_stopping
        recipe, _ = actual.recipe_or_why(self.folder)
        if recipe is not None and recipe.training.early_stopping != self._early_stopping:
            pair = {"recipe": recipe.training.early_stopping, "actual": self._early_stopping}
            facts["differences"].append({"field": "training.early_stopping", **pair})
        facts["leak"] = leak(trainer.train_dataset, trainer.eval_dataset)
        self.folder.write_json("actual.json", facts)
        self.folder.write_json("environment.json", environment(facts["model"]["path"]))
        self.folder.write_text("code.py", self._code.text())
        self._recipe = actual.recipe_tree(recipe, facts)
        self._system = recipe.data.system if recipe is not None else None
        from ftkit.comparison.trained import system_of, trained_on

        known = trained_on(trainer.train_dataset, self.folder.trained_rows())
        if known is not None:
            self.folder.write_json("trained_rows.json", known)
            self._system = system_of(known, self._system)
        if first == 0:
            keep_new_rows(model, self.folder.path)
            on = self.continues is not None
            store_base(trainer, model, tokenizer, self.folder, self.clock, continues=on)

        # GRPO and RLOO count in the trainer's own state, which a checkpoint holds; the others start from zero.
        own = getattr(self._args, "include_num_input_tokens_seen", "no") == "no"
        counts_on = own and bool(getattr(state, "num_input_tokens_seen", 0))
        history = History.from_run(self.folder)
        self.record = Record(self.folder, attempt, history, counts_on=counts_on)
        every = int(state.eval_steps or 0) if self._args.eval_strategy != "no" else 0
        self.speed = Speed(first, state.max_steps, every, self.record.tokens)
        self._losses = Losses(
            trainer, model, self.record, self.clock, steps=state.max_steps, eval_steps=every
        )
        self.wishes.begin(control.listen if in_kernel() else None)
        shown: display.Display = (
            display.Notebook(
                self.folder,
                total_steps=state.max_steps,
                epochs=facts["epochs"],
                task=actual.task_of(trainer, recipe),
                evaluates=self._args.eval_strategy != "no",
                on_stop=lambda: self.wishes.hear({"op": "stop"}),
                on_sample=lambda prompt: self.wishes.hear({"op": "sample", "prompt": prompt}),
            )
            if in_kernel()
            else display.Terminal(self.folder)
        )
        self._display = display.without_verdict(shown)
        self._display.begin(self.record.history)
        if first == 0 and (has_soft_prompt(model) or lengths.start_rounded(model)):
            self._losses.base(trainer)

    def _checkpoint(self, step: int) -> Path:
        return Path(self._args.output_dir) / f"checkpoint-{step}"

    # -- while it trains -----------------------------------------------------------------------------

    def check_loss(self) -> None:
        """Before the weights change: stop where the loss is no number."""
        self.wishes.give_up_if_asked()
        if self._losses is not None and not self._losses.step_is_finite():
            self._known = endings.not_a_number(self._step + 1, self._args)
            raise self._known

    def step_ended(self, state: Any, flags: Any, model: Any, tokenizer: Any) -> None:
        """Look at the person's wishes; set the trainer's flags."""
        self._step, self._epoch = int(state.global_step), float(state.epoch or 0.0)
        self.speed.step_ended(self._step)
        self.wishes.look()
        self.wishes.give_up_if_asked()
        self._answer_prompts(model, tokenizer)
        if self.wishes.stop and self._step < state.max_steps:
            self._stopping = True
            flags.should_training_stop = True
            if not flags.should_evaluate and self._args.eval_strategy != "no":
                # Extra, so that the kept model has been measured; a resumed run goes on as if it had not been.
                flags.should_evaluate = True
                self._random = RandomNumbers()
            flags.should_save = self._args.save_strategy != "no"
        # A checkpoint starts a fresh window of averaging, so a resumed run logs the same numbers.
        if flags.should_save or flags.should_training_stop:
            flags.should_log = True
        now = time.monotonic()
        if now - self._beat > HEARTBEAT:
            self._beat = now
            self.folder.set_state("running", step=self._step)
        self._show()

    def between_batches(self) -> None:
        """During an evaluation or between micro-batches: hear whether the person gives up."""
        self.wishes.look(often=True)
        self.wishes.give_up_if_asked()

    def saved(self, step: int, model: Any) -> None:
        """A checkpoint has been written: what PEFT leaves out of it goes beside."""
        soft_prompt.keep_network(model, self._checkpoint(step))

    def _answer_prompts(self, model: Any, tokenizer: Any) -> None:
        for prompt in self.wishes.take_prompts():
            with self.clock.asked_for():
                try:
                    given = answer(model, tokenizer, prompt, self._system)
                except Exception as error:
                    # A question that cannot be put is told where the answer would stand; hours go on.
                    told = f"(no answer: {type(error).__name__}: {error})"
                    given = {"prompt": prompt, "answer": told, "tokens": 0, "ended": True}
            row = {"attempt": self.record.attempt, "step": self._step, **given}
            self.folder.append_sample(row)
            self._samples = [*self._samples, row][-SAMPLES_SHOWN:]

    def logged(self, step: int, logs: dict[str, Any]) -> None:
        """Write a row of metrics and, for a training row, one of speed."""
        row = self.record.log(step, logs)
        if "loss" in row:
            if isinstance(row.get("num_tokens"), int | float):
                self.speed.saw_tokens(row["num_tokens"])
            self.folder.append_speed({**self.speed.row(self.record.attempt, step), **self.clock.figures()})
        self._show()

    def evaluated(self, step: int, metrics: dict[str, Any], model: Any, flags: Any) -> None:
        """Write the losses of single rows and read the curves so far; set the trainer's flags to stop early."""
        if self._random is not None:
            self._random.put_back()
            self._random = None
        self.speed.evaluated(next((v for k, v in metrics.items() if k.endswith("_runtime")), None))
        assert self._losses is not None
        self._losses.evaluated(step, metrics, self.trainer(), model)
        self._diagnose(ended=False)
        if self._early_stopping and not self._stopping and step < self.speed.total_steps:
            self._stop_early(flags)
        self._show()

    def _stop_early(self, flags: Any) -> None:
        from ftkit.diagnosis.stopping import decide

        stop, reason = decide(self.record.history)
        if stop:
            self._stopped_early = reason
            flags.should_training_stop = True

    def _diagnose(self, *, ended: bool) -> None:
        from ftkit.diagnosis import diagnose

        try:
            self.diagnosis = diagnose(self.record.history, self._recipe, ended=ended, folder=self.folder)
        except Exception:
            # The result of hours is not lost to a verdict that cannot be made; but it is said.
            warnings.warn(f"The run could not be diagnosed.\n{traceback.format_exc()}", stacklevel=2)

    def _status(self, state: str = "running") -> dict[str, Any]:
        return {
            "state": "stopping" if state == "running" and self.wishes.stop else state,
            "attempt": self.record.attempt,
            "step": self._step,
            "total_steps": self.speed.total_steps,
            "epoch": self._epoch,
            "steps_per_second": self.speed.steps_per_second,
            "tokens_per_second": self.speed.tokens_per_second,
            "seconds_left": self.speed.seconds_left,
            "memory_bytes": self.speed.last_memory,
            "samples": list(self._samples),
            "want_pictures": self.wishes.show,
        }

    def _show(self) -> None:
        if self._display is not None:
            self._display.update(self.record.history, self._status(), self.diagnosis)

    # -- the end ---------------------------------------------------------------------------------------

    def finish(self, state: Any, model: Any, tokenizer: Any) -> None:
        """The ordinary end: save the result from the weights as they are now, the best ones if the cell says so."""
        if self._args.load_best_model_at_end and state.best_model_checkpoint:
            soft_prompt.use_finished_vectors(model, Path(state.best_model_checkpoint))
        self._answer_prompts(model, tokenizer)
        save_result(model, tokenizer, self.folder, self.clock)
        kept = (
            state.best_global_step if self._args.load_best_model_at_end and state.best_global_step else None
        )
        which = f"from its best step ({kept})" if kept else f"as it was after step {state.global_step}"
        where = result_folder(model, self.folder)
        ended = "stopped" if self._stopping or self._stopped_early else "finished"
        told = (
            f"You stopped the training after step {state.global_step} of {state.max_steps}."
            if self._stopping
            else f"The training is finished after step {state.global_step}."
        )
        if self._stopped_early:
            told = f"Stopped early after step {state.global_step} of {state.max_steps}. {self._stopped_early}"
        worse = endings.worse_than_the_base(self.record.history, kept or state.global_step)
        self.end(ended, f"{told} The model {which} is in {_near(where)}.{worse}")

    def fail(self, error: BaseException | None) -> None:
        """The end of a training that raised, or of which nobody knows why it ended."""
        if error is None:  # it was caught by somebody, but where it came from us, the reason is known
            error = KeyboardInterrupt() if self.wishes.abort else self._known
        ending = endings.explain(error, self._args, self.folder.path, self._step)
        self.end(ending.state, ending.why)

    def end(self, state: str, why: str) -> None:
        """Whatever happened: put handlers back, write the state and the verdict, freeze the chart."""
        if not self.active:
            return
        self.active, self.over = False, True
        self.wishes.end()
        note = ""
        if self._losses is not None:
            self._losses.end()
            note = self._losses.note
        try:
            # By whom the training was asked to end, for code that has more to do after it.
            asked = "request" if self.wishes.stop or self.wishes.abort else ""
            by = "interrupt" if self.wishes.interrupted else asked
            self.folder.set_state(
                state, why, step=self._step, note=note, stopped_by=by, **self.clock.figures()
            )
        except OSError as error:
            why = f"{why} Not even the run's state could be written ({error})."
        if hasattr(self, "record"):
            self._last_words(state, why)
        elif in_kernel():
            display.show_message(why, good=False)
        else:
            display.Terminal(self.folder).end(History(), {}, None, why)
        self._display = None

    def _last_words(self, state: str, why: str) -> None:
        self._diagnose(ended=True)
        if self.diagnosis is not None:
            try:
                self.folder.write_json("verdict.json", self.diagnosis.to_json())
            except OSError as error:
                why = f"{why} The verdict could not be written ({error})."
        if self._display is not None:
            self._display.end(self.record.history, self._status(state), self.diagnosis, why)


def _near(path: Path) -> str:
    """A path as seen from the working directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
