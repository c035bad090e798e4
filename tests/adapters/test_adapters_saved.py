"""The saved folder: exact, small, safe to read, and of use without ftkit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

import ftkit
from ftkit.adapters import adapter_names, adapters_off, remove_adapters, save_adapters, set_active
from ftkit.errors import ModelError
from tests.adapters.families import answer, made, push

WITHOUT_FTKIT = """
import importlib.abc, json, sys

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "ftkit":
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocked())
folder, other, base = sys.argv[1:]
sys.path.insert(0, folder)

import torch
from transformers import AutoModelForCausalLM
from load_adapters import adapters_off, load_adapters, remove_adapters, set_active

ids = torch.tensor([[5, 9, 13, 21, 34]])
def say(model):
    with torch.no_grad():
        return model.eval()(input_ids=ids).logits[0, -1, :8].tolist()

model = AutoModelForCausalLM.from_pretrained(base, dtype="float32")
said = {"base": say(model)}
load_adapters(model, folder, "one")
said["one"] = say(model)
load_adapters(model, other, name="two")
said["two"] = say(model)
set_active(model, "one")
said["one again"] = say(model)
with adapters_off(model):
    said["off"] = say(model)
remove_adapters(model)
said["removed"] = say(model)
assert not any(name.partition(".")[0] == "ftkit" for name in sys.modules)
print(json.dumps(said))
"""


@pytest.fixture
def saved(tiny_model_folder, tmp_path):
    """Two trained adapters of the tiny model, saved; the model that has both."""
    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32").eval()
    for name, placement in (("one", "pfeiffer"), ("two", "houlsby")):
        ftkit.add_adapters(model, name, size=4, placement=placement, nonlinearity="gelu")
        push(model)
        save_adapters(model, tmp_path / name)
    return model, tmp_path


def test_the_folder_holds_weights_settings_and_the_loader_and_no_pickle(saved, tiny_model_folder):
    _, folder = saved
    assert {path.name for path in (folder / "one").iterdir()} == {
        "adapters.json",
        "adapters.safetensors",
        "load_adapters.py",
    }
    about = json.loads((folder / "one" / "adapters.json").read_text())
    assert about["base_model_name_or_path"] == str(tiny_model_folder)
    assert about["settings"] == {"size": 4, "placement": "pfeiffer", "nonlinearity": "gelu", "dropout": 0.0}
    tensors = load_file(folder / "one" / "adapters.safetensors")
    assert sum(tensor.numel() for tensor in tensors.values()) == 2 * (2 * 64 * 4 + 4 + 64)
    assert (folder / "one" / "adapters.safetensors").stat().st_size < 10_000


def test_it_loads_by_a_name_of_ones_own_with_the_same_answers(saved, tiny_model_folder):
    model, folder = saved
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32").eval()
    untouched = answer(base)
    for old, new in (("one", "pirate"), ("two", "poet")):
        ftkit.load_adapters(base, folder / old, new)
        set_active(model, old)
        assert torch.equal(answer(base), answer(model))
    assert adapter_names(base) == ["pirate", "poet"]
    with adapters_off(base):
        assert torch.equal(answer(base), untouched)


def test_the_folder_is_of_use_where_ftkit_is_not(saved, tiny_model_folder):
    model, folder = saved
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_FTKIT, folder / "one", folder / "two", tiny_model_folder],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": "", "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["one"] != said["base"] != said["two"] != said["one"]
    assert said["one again"] == said["one"]
    assert said["off"] == said["removed"] == said["base"]
    ids = torch.tensor([[5, 9, 13, 21, 34]])
    for name in ("one", "two"):
        set_active(model, name)
        with torch.no_grad():
            here = model(input_ids=ids).logits[0, -1, :8]
        assert torch.allclose(here, torch.tensor(said[name]), atol=1e-5)


def test_the_loader_says_how_to_use_it(saved):
    _, folder = saved
    namespace: dict[str, object] = {}
    source = (folder / "one" / "load_adapters.py").read_text()
    exec(compile(source, "load_adapters.py", "exec"), {"__name__": "load_adapters", **namespace})
    usage = source.split('"""')[1]
    for line in (
        "from load_adapters import",
        "load_adapters(model,",
        "adapters_off(model)",
        "set_active(model,",
    ):
        assert line in usage
    assert "ftkit" not in source


def test_a_folder_for_another_model_is_refused_and_nothing_changes(saved):
    _, folder = saved
    other = ftkit.add_adapters(made("LlamaForCausalLM"), "mine", size=5)
    push(other)
    before = answer(other)
    with pytest.raises(ModelError, match="another model than LlamaForCausalLM"):
        ftkit.load_adapters(other, folder / "one", "foreign")
    assert adapter_names(other) == ["mine"]
    assert torch.equal(answer(other), before)


@pytest.mark.parametrize("damage", ["no folder", "no weights", "no json", "a tensor less", "odd settings"])
def test_a_damaged_folder_is_told_with_its_name(saved, tiny_model_folder, damage):
    _, folder = saved
    one = folder / "one"
    if damage == "no folder":
        one = folder / "gone"
    elif damage == "no weights":
        (one / "adapters.safetensors").write_bytes(b"nothing")
    elif damage == "no json":
        (one / "adapters.json").write_text("{")
    elif damage == "a tensor less":
        tensors = load_file(one / "adapters.safetensors")
        tensors.pop("1.feed_forward.up.weight")
        save_file(tensors, one / "adapters.safetensors")
    else:
        (one / "adapters.json").write_text('{"settings": {"size": "4", "code": "print(1)"}}')
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder, dtype="float32").eval()
    before = answer(base)
    with pytest.raises(ModelError, match=one.name):
        ftkit.load_adapters(base, one)
    assert torch.equal(answer(base), before)
    assert adapter_names(base) == []


def test_without_active_adapters_there_is_nothing_to_save(saved, tmp_path):
    model, _ = saved
    with adapters_off(model), pytest.raises(ModelError, match="no active adapters"):
        save_adapters(model, tmp_path / "new")
    with pytest.raises(ModelError, match="no adapters named 'three'; it has: one, two"):
        save_adapters(model, tmp_path / "new", "three")
    remove_adapters(model)
    with pytest.raises(ModelError, match="no active adapters"):
        save_adapters(model, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_classifier_is_saved_with_its_head(tmp_path):
    model = ftkit.add_adapters(made("DistilBertForSequenceClassification"), size=5)
    push(model)
    save_adapters(model, tmp_path / "topic")
    fresh = made("DistilBertForSequenceClassification")
    assert not torch.equal(answer(fresh), answer(model))
    ftkit.load_adapters(fresh, tmp_path / "topic")
    assert torch.equal(answer(fresh), answer(model))
    with pytest.raises(ModelError, match="another model than LlamaForCausalLM"):
        ftkit.load_adapters(made("LlamaForCausalLM"), Path(tmp_path / "topic"))


def test_the_tokenizer_in_the_same_folder_is_read_as_usual(saved, tiny_model_folder):
    _, folder = saved
    AutoTokenizer.from_pretrained(tiny_model_folder).save_pretrained(folder / "one")
    tokenizer = AutoTokenizer.from_pretrained(folder / "one")
    assert (
        tokenizer("red")["input_ids"] == AutoTokenizer.from_pretrained(tiny_model_folder)("red")["input_ids"]
    )
