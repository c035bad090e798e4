"""Finding a model by name, hub id or folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ftkit import catalog
from ftkit.errors import ModelError
from tests.catalog.hub_stand_in import Hub, serve

ELSEWHERE = "somebody/tiny-chat"


@pytest.fixture
def hub(tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that this process's huggingface_hub asks, with an empty cache."""
    from huggingface_hub import constants

    with serve(ELSEWHERE, tiny_model_folder) as stand_in:
        monkeypatch.setattr(constants, "ENDPOINT", stand_in.endpoint)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            stand_in.endpoint + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "is_offline_mode", lambda: False)
        yield stand_in


@pytest.fixture
def folder(tiny_model_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model_folder, tmp_path / 'my model\'s "folder"'))


def test_by_name_by_hub_id_and_by_4_bit_id() -> None:
    for asked in (
        "llama-3.2-1b",
        "meta-llama/Llama-3.2-1B-Instruct",
        "unsloth/Llama-3.2-1B-Instruct-bnb-4bit",
    ):
        found = catalog.find(asked)
        assert found.id == asked
        assert found.path is None
        assert found.shape.parameters == 1_235_814_400
    assert catalog.find("llama-3.2-1b").hub_id == "meta-llama/Llama-3.2-1B-Instruct"
    assert catalog.find("unsloth/Llama-3.2-1B-Instruct-bnb-4bit").hub_id.startswith("unsloth/")
    assert catalog.in_cell(catalog.find("llama-3.2-1b")) == "meta-llama/Llama-3.2-1B-Instruct"


def test_the_starter_may_be_replaced_and_says_so(
    tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTKIT_STARTER", str(tiny_model_folder))
    found = catalog.find("smollm2-135m")
    assert found.shape.parameters < 1_000_000
    assert "FTKIT_STARTER" in found.label
    assert catalog.in_cell(found) == "smollm2-135m"
    monkeypatch.delenv("FTKIT_STARTER")
    assert catalog.find("smollm2-135m").shape.parameters == 134_515_008


def test_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    found = catalog.find(folder.name)
    assert found.path == folder
    assert found.chat_template is True
    assert catalog.in_cell(catalog.find(f"./{folder.name}")) == str(folder)
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "numpy") as weights:
        stored = sum(weights.get_tensor(name).size for name in weights.keys())  # noqa: SIM118
    assert found.shape.parameters == stored


def test_a_folder_without_template(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    assert catalog.find(str(folder)).chat_template is False


def _only_gguf(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    (folder / "model.gguf").write_bytes(b"GGUF")


def _only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _adapter(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "the/base"}))


def _bottleneck_adapters(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "adapters.json").write_text(json.dumps({"base_model_name_or_path": "the/base"}))


def _checkpoint_of_adapters(folder: Path) -> None:
    from safetensors.numpy import save_file

    name = "model.layers.0.after_feed_forward.adapters.default.up.weight"
    save_file({name: np.zeros((2, 2), dtype=np.float32)}, folder / "model.safetensors")


def _encoder(folder: Path) -> None:
    (folder / "config.json").write_text(
        json.dumps({"model_type": "albert", "architectures": ["AlbertForMaskedLM"]})
    )


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_only_gguf, "only a GGUF file"),
        (_only_pickle, "only pickled weights"),
        (_adapter, "holds an adapter, not a model. Choose the base model: 'the/base'"),
        (_bottleneck_adapters, "holds an adapter, not a model. Choose the base model: 'the/base'"),
        (_checkpoint_of_adapters, "holds the trained adapters of a model, not its own weights"),
        (_encoder, "cannot write answers"),
        (lambda folder: (folder / "config.json").unlink(), "no config.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "config.json").write_text("[]"), "is not what it should be"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "holds no tokenizer"),
        (lambda folder: (folder / "model.safetensors").unlink(), "no weights"),
    ],
)
def test_folders_that_cannot_be_trained(folder: Path, spoil: object, says: str) -> None:
    spoil(folder)
    with pytest.raises(ModelError, match=says) as caught:
        catalog.find(str(folder))
    assert caught.value.remedy


def test_a_file_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match="is a file, not a model folder"):
        catalog.find(str(folder / "config.json"))
    (folder / "it.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError, match="made for answering, not for training"):
        catalog.find(str(folder / "it.gguf"))


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(
        ModelError, match=r"There is no model or folder 'smollm-135m'\. Did you mean 'smollm2-135m'\?"
    ):
        catalog.find("smollm-135m")
    with pytest.raises(ModelError, match=r"There is no model or folder '\.\./nowhere'"):
        catalog.find("../nowhere")


def test_who_gives_a_name_that_is_none_is_told_all_that_are() -> None:
    with pytest.raises(ModelError) as caught:
        catalog.find("gpt5")
    assert "list" not in caught.value.remedy
    assert all(f" {entry.id}" in caught.value.remedy for entry in catalog.models())


def test_any_model_on_the_hub_is_read_from_its_config_alone(hub: Hub) -> None:
    found = catalog.find(ELSEWHERE)
    assert (found.hub_id, found.path, found.chat_template) == (ELSEWHERE, None, None)
    assert 0 < found.shape.parameters < 1_000_000
    assert hub.downloads("model.safetensors") == 0
    asked = len(hub.requests)
    assert catalog.find(ELSEWHERE) == found
    assert len(hub.requests) == asked


def test_a_model_that_the_hub_does_not_have(hub: Hub) -> None:
    with pytest.raises(ModelError, match="has no public model 'nobody/nothing'"):
        catalog.find("nobody/nothing")


def test_a_hub_in_trouble(hub: Hub) -> None:
    hub.refuse = 400
    with pytest.raises(ModelError, match="hub"):
        catalog.find(ELSEWHERE)


def test_offline_is_said() -> None:
    with pytest.raises(ModelError, match="is not on this machine and the Hugging Face hub cannot be reached"):
        catalog.find("somebody/never-seen")


def test_looking_imports_nothing_heavy() -> None:
    code = (
        "import sys; from ftkit import catalog; catalog.models(); catalog.find('llama-3.1-8b'); "
        "print([name for name in ('torch', 'transformers', 'huggingface_hub') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_of_a_model_on_the_hub_only_the_tokenizer_is_fetched(hub: Hub, tiny_model_folder: Path) -> None:
    assert catalog.folder_here(ELSEWHERE) is None
    folder = catalog.tokenizer_folder(ELSEWHERE)
    assert (folder / "tokenizer.json").read_bytes() == (tiny_model_folder / "tokenizer.json").read_bytes()
    assert (folder / "chat_template.jinja").exists()
    assert hub.downloads("model.safetensors") == 0
    asked = len(hub.requests)
    assert catalog.tokenizer_folder(ELSEWHERE) == catalog.folder_here(ELSEWHERE) == folder
    assert len(hub.requests) == asked


def test_a_tokenizer_without_the_optional_files(hub: Hub) -> None:
    del hub.files["chat_template.jinja"]
    folder = catalog.tokenizer_folder(ELSEWHERE)
    assert (folder / "tokenizer_config.json").exists()
    assert not (folder / "chat_template.jinja").exists()


def test_the_tokenizer_of_a_folder_is_the_folder(folder: Path) -> None:
    assert catalog.tokenizer_folder(str(folder)) == catalog.folder_here(str(folder)) == folder


def test_a_tokenizer_that_cannot_be_had_offline() -> None:
    assert catalog.folder_here("qwen2.5-0.5b") is None
    with pytest.raises(ModelError, match="cannot be reached"):
        catalog.tokenizer_folder("qwen2.5-0.5b")
