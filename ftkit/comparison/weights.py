"""The two sides of a comparison, each loaded so that it cannot be the other."""

from __future__ import annotations

import contextlib
import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ftkit.adapters.either import adapter_off, holds_adapter, is_saved_adapter, load_adapter
from ftkit.adapters.new_rows import put_new_rows
from ftkit.adapters.packing import keep_packing
from ftkit.comparison.identity import at_rest, stored_dtype
from ftkit.errors import IdentityError, RunError
from ftkit.runfolder import RunFolder

# Models that a training in this process left in memory, by run folder. Weak: the notebook decides
# how long they live.
_alive: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()


def remember(run_path: str | Path, model: Any) -> None:
    """Note that a run's model is in memory, so that a comparison need not load it a second time."""
    _alive[str(Path(run_path).resolve())] = model


class Sides:
    """Base and tuned model of a run, at most one set of weights in memory at a time.

    Parameters
    ----------
    run
        A run that ended with a saved result.

    Raises
    ------
    RunError
        Where the run has no result yet.
    """

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.adapter = holds_adapter(run.adapter)
        self.folder = run.adapter if self.adapter else run.model
        if not self.adapter and not (run.model / "config.json").exists():
            raise RunError(
                f"The run {run.name!r} has no trained model yet.",
                "Run its train cell to the end, or stop it with Stop: that keeps the result.",
            )
        about = run.actual().get("model")
        self.labels: list[str] = list((about.get("labels") if isinstance(about, dict) else None) or ())
        """The classes that a classifier chooses from; a single one for a reward model, none for a model that writes."""
        self._shared: Any = None

    def tokenizer(self) -> Any:
        """The tokenizer that the training used, from the run folder."""
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(str(self.folder), trust_remote_code=False)

    def base_path(self) -> str:
        """Where the base model was loaded from: a folder or a hub id."""
        model = self.run.actual().get("model", {})
        path = model.get("path") if isinstance(model, dict) else None
        if not path:
            raise RunError(
                f"The run {self.run.name!r} does not say which base model it started from.",
                "Its actual.json is missing or damaged; train the run again.",
            )
        beside = self.run.path.parent.parent / str(path)
        return str(beside) if beside.is_dir() else str(path)

    def packing(self) -> dict[str, Any]:
        """The argument with which ``from_pretrained`` packs the base's weights as in training; none where it did not."""
        model = self.run.actual().get("model")
        packed = model.get("quantization") if isinstance(model, dict) else None
        if not isinstance(packed, dict) or packed.get("quant_method") != "bitsandbytes":
            return {}
        from transformers import BitsAndBytesConfig

        return {"quantization_config": BitsAndBytesConfig.from_dict(packed)}

    def room_for_text(self) -> int | None:
        """Tokens that an encoder can read beside its soft prompt; None where the base is no encoder."""
        from transformers import AutoConfig

        from ftkit.catalog import shape_from_config
        from ftkit.fields import EncoderShape
        from ftkit.fields.encoders import LAYER_NAMES

        try:
            config = AutoConfig.from_pretrained(self.base_path(), trust_remote_code=False).to_dict()
        except (OSError, ValueError):
            return None  # loading the model says what is wrong with it
        if config["model_type"] not in LAYER_NAMES:
            return None
        shape = shape_from_config(config, self.base_path())
        assert isinstance(shape, EncoderShape)
        about = self.run.actual().get("peft_config")
        before = about.get("num_virtual_tokens") if isinstance(about, dict) else None
        return shape.longest - (before if isinstance(before, int) else 0)

    def _load(self, path: str) -> Any:
        import torch
        from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

        dtype = getattr(torch, stored_dtype(self.run.base_logits), None)
        if not isinstance(dtype, torch.dtype):
            raise IdentityError(
                f"base_logits.safetensors of the run {self.run.name!r} is damaged.", "Train the run again."
            )
        packed = self.packing() if path == self.base_path() else {}
        try:
            kind = AutoModelForSequenceClassification if self.labels else AutoModelForCausalLM
            head = {"num_labels": len(self.labels)} if self.labels and path == self.base_path() else {}
            model: Any = kind.from_pretrained(
                path, dtype=dtype, use_safetensors=True, trust_remote_code=False, **packed, **head
            )
        except OSError as error:
            raise RunError(
                f"The model {path!r} cannot be loaded ({str(error).splitlines()[0]}).",
                "Put its folder, with safetensors files, back where it was in training.",
            ) from error
        keep_packing(model)
        if path == self.base_path():
            model = put_new_rows(model, self.run.path)
        return model if packed else model.to("cuda" if torch.cuda.is_available() else "cpu")

    def clean_base(self) -> Any:
        """The base, loaded anew: what is done to it is done to nothing else."""
        return self._load(self.base_path())

    def _with_adapter(self) -> Any:
        """The base with the run's adapter on it; the one in memory only where it is proven to be that."""
        if self._shared is None:
            alive = _alive.get(str(self.run.path.resolve()))
            if alive is not None and is_saved_adapter(alive, self.folder):
                self._shared = alive
            else:
                self._shared = load_adapter(self._load(self.base_path()), self.folder)
        return self._shared

    def fresh(self) -> Any:
        """The result of the run, loaded anew and at rest: nobody else holds it, and nothing of it trains."""
        model = self._load(self.base_path()) if self.adapter else self._load(str(self.folder))
        if self.adapter:
            model = load_adapter(model, self.folder)
        return model.eval().requires_grad_(False)

    def forget(self) -> None:
        """Let go of the weights that both sides share: another run's are about to be loaded."""
        self._shared = None
        gc.collect()

    @contextlib.contextmanager
    def base(self) -> Iterator[Any]:
        """What the run started from: the shared weights with the adapter off, or a clean load."""
        parent = self.run.actual().get("continues")
        if isinstance(parent, str) and parent:
            # Its adapter was another run's before: what it started from is the base with that one.
            folder = RunFolder(parent, self.run.path.parent).adapter
            if not holds_adapter(folder):
                raise RunError(
                    f"The run {self.run.name!r} went on with the adapter of {parent!r}, which is not there any more.",
                    "Put the run folder back beside this one.",
                )
            model = load_adapter(self._load(self.base_path()), folder)
            with at_rest(model):
                yield model
            del model
            gc.collect()
            return
        if self.adapter:
            model = self._with_adapter()
            with at_rest(model), adapter_off(model):
                yield model
            return
        model = self._load(self.base_path())
        with at_rest(model):
            yield model
        del model
        gc.collect()

    @contextlib.contextmanager
    def tuned(self) -> Iterator[Any]:
        """The result of the run: the shared weights with the adapter on, or the trained weights."""
        model = self._with_adapter() if self.adapter else self._load(str(self.folder))
        with at_rest(model):
            yield model
        del model
        gc.collect()
