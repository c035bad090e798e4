"""Datasets of the Hugging Face hub, served by a stand-in on this machine."""

import pytest

from ftkit.data.hub import hub_id
from ftkit.data.sources import find_files, open_source
from ftkit.errors import DataError
from tests.data.dataset_hub import serve

NAME = "somebody/pirates"
LINE = b'{"prompt": "a", "response": "b"}\n'


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub that this process's huggingface_hub asks, with an empty cache, seen from an empty folder."""
    from huggingface_hub import constants

    with serve(NAME, {}) as stand_in:
        monkeypatch.setattr(constants, "ENDPOINT", stand_in.endpoint)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            stand_in.endpoint + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "is_offline_mode", lambda: False)
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        yield stand_in


def rows(source):
    return {
        part: sum(len(list(table.records())) for table in tables)
        for part, tables in open_source(source).items()
    }


def test_parts_are_found_by_their_names_and_only_they_are_fetched(hub):
    hub.files = {
        "README.md": b"# Pirates\n",
        "data/train-00000-of-00002.jsonl": LINE * 3,
        "data/train-00001-of-00002.jsonl": LINE * 2,
        "data/test-00000-of-00001.jsonl": LINE,
        "logo.png": b"\0",
        "extra.jsonl": LINE,
    }
    assert rows(NAME) == {"train": 5, "test": 1}
    assert (
        "fetched from huggingface.co/datasets/somebody/pirates, version c0ffee00"
        in open_source(NAME)["train"][0].notes
    )
    assert sorted(set(hub.fetched)) == [
        "README.md",
        *sorted(name for name in hub.files if name.startswith("data/")),
    ]
    assert len(hub.fetched) == len(set(hub.fetched)), "the second time it is on this machine"
    assert [path.name for path in find_files(NAME)["train"]] == [
        "train-00000-of-00002.jsonl",
        "train-00001-of-00002.jsonl",
    ]


def test_the_page_of_the_dataset_says_which_files_are_which(hub):
    hub.files = {
        "README.md": b"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: a/*.jsonl\n"
        b"  - split: dev\n    path: b.jsonl\n---\n# Pirates\n",
        "a/x.jsonl": LINE * 2,
        "b.jsonl": LINE,
        "other.jsonl": LINE * 9,
    }
    assert rows(NAME) == {"train": 2, "validation": 1}


def test_several_sets_of_examples_are_named(hub):
    hub.files = {
        "README.md": b"---\nconfigs:\n- config_name: en\n  data_files: en.jsonl\n- config_name: de\n  data_files: de.jsonl\n---\n",
        "en.jsonl": LINE,
        "de.jsonl": LINE * 4,
    }
    with pytest.raises(DataError, match="2 sets of examples: en, de") as caught:
        open_source(NAME)
    assert "somebody/pirates/en.jsonl" in caught.value.remedy
    assert rows("somebody/pirates/de.jsonl") == {"train": 4}
    assert rows(f"https://huggingface.co/datasets/{NAME}/blob/main/de.jsonl") == {"train": 4}


@pytest.mark.parametrize("readme", [b"---\n: : [\n---\n", b"---\nconfigs: 3\n---\n", b"---\n", b"\xff\xfe"])
def test_a_strange_page_is_no_obstacle(hub, readme):
    hub.files = {"README.md": readme, "train.jsonl": LINE}
    assert rows(NAME) == {"train": 1}


def test_without_network_the_copy_on_this_machine_is_used(hub, monkeypatch):
    from huggingface_hub import constants

    hub.files = {"train.jsonl": LINE * 2}
    assert rows(NAME) == {"train": 2}
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert rows(NAME) == {"train": 2}
    assert "the hub cannot be reached" in open_source(NAME)["train"][0].notes[0]
    with pytest.raises(DataError, match="the Hugging Face hub cannot be reached"):
        open_source("somebody/else")


def test_an_unknown_name_is_said_to_be_neither(hub):
    with pytest.raises(DataError, match="no file or folder 'nobody/nothing', and no public dataset"):
        open_source("nobody/nothing")


@pytest.mark.parametrize(
    ("refuse", "says"),
    [
        ((403, "GatedRepo"), "accepted its terms"),
        ((500, ""), "did not answer"),
        ((404, "RepoNotFound"), "no public dataset"),
    ],
)
def test_what_the_hub_refuses_is_said(hub, refuse, says):
    hub.refuse = refuse
    with pytest.raises(DataError, match=says):
        open_source(NAME)


def test_a_dataset_without_data_files_is_refused(hub):
    hub.files = {"README.md": b"# x\n", "script.py": b"pass\n"}
    with pytest.raises(DataError, match="holds no data files that ftkit reads"):
        open_source(NAME)


def test_too_large_for_the_disk_is_said_before_fetching(hub, monkeypatch):
    import shutil

    hub.files = {"train.jsonl": LINE}
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 1))
    with pytest.raises(DataError, match="has room for"):
        open_source(NAME)
    assert hub.fetched == []


def test_a_path_that_exists_is_never_looked_for_on_the_hub(hub, tmp_path):
    folder = tmp_path / "here" / "somebody" / "pirates"
    folder.mkdir(parents=True)
    (folder / "mine.jsonl").write_bytes(LINE)
    assert rows(NAME) == {"train": 1}
    with pytest.raises(DataError, match="Did you mean"):
        open_source("somebody/pirate")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a/b", ("a/b", "")),
        ("a/b/c/d.json", ("a/b", "c/d.json")),
        ("https://huggingface.co/datasets/a/b", ("a/b", "")),
        ("https://huggingface.co/datasets/a/b/tree/main/c", ("a/b", "c")),
        ("hf://datasets/a/b/x.csv", ("a/b", "x.csv")),
        ("data/train.jsonl", None),
        ("/a/b", None),
        ("../a", None),
        ("a", None),
    ],
)
def test_what_reads_like_a_hub_id(text, meant):
    assert hub_id(text) == meant
