"""The split: seeded, in the shares asked for, and no prompt in two parts."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ftkit.data import check_trainable, inspect_data, prepare_data, write_data
from ftkit.data.recipe_data import prepared_parts
from ftkit.data.split import Ties, deal, folded_key, prompt_key, short_hash
from ftkit.errors import DataError
from tests.tiny import write_jsonl


def row(prompt, answer="a"):
    return {
        "prompt": [{"role": "user", "content": prompt}],
        "completion": [{"role": "assistant", "content": answer}],
    }


def flat(conversations):
    return [r for conversation in conversations for r in conversation]


def count(parts):
    return {part: len(flat(conversations)) for part, conversations in parts.items()}


def split(data, validation, test, seed, labels=None):
    """The conversations of one file, dealt out."""
    conversations = data["train"]
    ties = Ties()
    for index, conversation in enumerate(conversations):
        ties.add(index, {short_hash(prompt_key(r)) for r in conversation})
    shares = {"test": test, "validation": validation}
    where = deal(ties.clusters(len(conversations)), list(map(len, conversations)), shares, seed, labels)
    parts = {"train": [], "validation": [], "test": []}
    for conversation, part in zip(conversations, where, strict=True):
        parts[part].append(conversation)
    return parts


def prompts(conversations):
    return {prompt_key(r) for r in flat(conversations)}


def test_the_usual_shares():
    parts = split({"train": [[row(str(n))] for n in range(1000)]}, 0.1, 0.1, seed=42)
    assert count(parts) == {"train": 800, "validation": 100, "test": 100}


def test_the_same_seed_deals_out_the_same_rows_and_another_seed_others():
    data = {"train": [[row(str(n))] for n in range(50)]}
    assert split(data, 0.1, 0.1, 42) == split(data, 0.1, 0.1, 42)
    assert split(data, 0.1, 0.1, 42) != split(data, 0.1, 0.1, 43)


def test_rows_keep_their_order():
    parts = split({"train": [[row(f"{n:03}")] for n in range(50)]}, 0.2, 0.2, 1)
    for conversations in parts.values():
        texts = [r["prompt"][0]["content"] for r in flat(conversations)]
        assert texts == sorted(texts)


@settings(max_examples=300)
@given(
    st.lists(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=3), min_size=1, max_size=30),
    st.floats(0.01, 0.49),
    st.floats(0.01, 0.49),
    st.integers(0, 10),
)
@example([["a"], ["a", "a", "a"], ["b"], ["c"]], 0.25, 0.25, 0)
def test_no_prompt_is_in_two_parts_and_nothing_is_lost(data, validation, test, seed):
    conversations = [[row(prompt) for prompt in conversation] for conversation in data]
    parts = split({"train": conversations}, validation, test, seed)
    assert sum(count(parts).values()) == len(flat(conversations))
    different = len(set().union(*map(prompts, [[one] for one in conversations])))
    assert parts["train"] or not conversations
    if all(len(conversation) == 1 for conversation in conversations) and different >= 3:
        assert all(parts.values())
    seen = [prompts(conversations) for conversations in parts.values()]
    assert sum(map(len, seen)) == len(set().union(*seen))


@pytest.mark.parametrize(
    ("data", "sizes"),
    [([[row("a")]], (1, 0, 0)), ([[row("a")], [row("b")]], (1, 1, 0)), ([[row("a")]] * 9, (9, 0, 0))],
)
def test_too_few_prompts_fill_the_training_part_first_and_the_test_part_last(data, sizes):
    assert tuple(count(split({"train": data}, 0.1, 0.1, 42)).values()) == sizes


def test_too_few_to_hold_any_back_can_be_prepared_and_not_trained_with(tmp_path):
    source = write_jsonl(tmp_path / "one.jsonl", [{"question": "Who?", "answer": "I."}])
    written = write_data(source, out=tmp_path / "out")
    assert written.inspection.parts == {"train": 1, "validation": 0, "test": 0}
    assert any("too few" in note for note in written.inspection.notes)
    assert (tmp_path / "out" / "test.jsonl").read_bytes() == b""
    assert prepare_data(source, out=tmp_path / "again")["validation"].column_names == ["prompt", "completion"]
    with pytest.raises(DataError, match="1 usable example is too few"):
        check_trainable(prepared_parts(source))


def test_three_rows_are_enough():
    assert count(split({"train": [[row(p)] for p in "abc"]}, 0.1, 0.1, 42)) == {
        "train": 1,
        "validation": 1,
        "test": 1,
    }


def test_parts_that_have_files_stay_as_they_are(tmp_path):
    for part in ("train", "validation", "test"):
        write_jsonl(
            tmp_path / f"{part}.jsonl", [{"question": f"{part} {n}", "answer": "b"} for n in range(3)]
        )
    found = inspect_data(tmp_path)
    assert (found.split, found.parts) == ("files", {"train": 3, "validation": 3, "test": 3})
    for part, rows in prepared_parts(tmp_path).items():
        assert [r["prompt"][0]["content"] for r in rows] == [f"{part} {n}" for n in range(3)]


def test_a_missing_part_is_taken_from_train(tmp_path):
    write_jsonl(tmp_path / "train.jsonl", [{"question": f"{n}", "answer": "b"} for n in range(100)])
    write_jsonl(tmp_path / "test.jsonl", [{"question": f"t{n}", "answer": "b"} for n in range(7)])
    found = inspect_data(tmp_path)
    assert (found.split, found.parts) == ("ours", {"train": 90, "validation": 10, "test": 7})
    assert not found.plain


def test_a_training_prompt_that_is_also_in_the_test_file_is_left_out_and_counted(tmp_path):
    write_jsonl(tmp_path / "train.jsonl", [{"question": q, "answer": "b"} for q in "abcd"])
    write_jsonl(tmp_path / "validation.jsonl", [{"question": q, "answer": "b"} for q in "bef"])
    write_jsonl(tmp_path / "test.jsonl", [{"question": q, "answer": "other"} for q in "aeg"])
    found = inspect_data(tmp_path)
    assert found.parts == {"train": 2, "validation": 2, "test": 3}
    assert {(s.reason, s.file, s.first_rows) for s in found.skipped} == {
        ("the same prompt is in the test part", "train.jsonl", (1,)),
        ("the same prompt is in the validation part", "train.jsonl", (2,)),
        ("the same prompt is in the test part", "validation.jsonl", (2,)),
    }
    assert not found.plain


def test_a_copy_of_the_training_file_as_validation_file_is_refused(tmp_path):
    rows = [{"question": q, "answer": "b"} for q in "abcd"]
    for part in ("train", "validation"):
        write_jsonl(tmp_path / f"{part}.jsonl", rows)
    with pytest.raises(DataError, match="No row of the train part can be used"):
        prepared_parts(tmp_path)


def test_the_split_does_not_depend_on_the_hash_seed(tmp_path):
    import subprocess
    import sys

    path = write_jsonl(tmp_path / "a.jsonl", [{"question": f"{n % 17}", "answer": "b"} for n in range(40)])
    code = f"import json; from ftkit.data.recipe_data import prepared_parts; print(json.dumps(prepared_parts({str(path)!r})))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["test"]


def test_the_split_is_the_one_it_always_was():
    """The data of a finished run must be dealt out again as they were."""
    parts = split({"train": [[row(str(n % 23))] for n in range(40)]}, 0.1, 0.1, 42)
    texts = {part: [r["prompt"][0]["content"] for r in flat(c)] for part, c in parts.items()}
    assert texts["validation"] == ["2", "14", "2", "14"]
    assert texts["test"] == ["15", "16", "15", "16"]


@settings(max_examples=100)
@given(st.lists(st.sampled_from("xxxxyz"), min_size=30, max_size=300), st.integers(0, 5))
def test_every_label_gets_its_share_of_every_part(labels, seed):
    data = [[row(str(n))] for n in range(len(labels))]
    parts = split({"train": data}, 0.2, 0.2, seed, labels)
    label_of = {str(n): label for n, label in enumerate(labels)}
    for part in ("validation", "test"):
        found = [label_of[r["prompt"][0]["content"]] for r in flat(parts[part])]
        assert len(found) == max(1, round(0.2 * len(labels)))
        for label in set(labels):
            assert abs(found.count(label) - 0.2 * labels.count(label)) < 1


def test_rows_of_one_group_stay_together(tmp_path):
    rows = [{"question": f"{n}?", "answer": "b", "book": f"b{n % 12}"} for n in range(120)]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    parts = prepared_parts(path, group="book")
    books = [{int(r["prompt"][0]["content"][:-1]) % 12 for r in rows} for rows in parts.values()]
    assert sum(map(len, books)) == 12
    assert {part: len(rows) for part, rows in parts.items()} == {"train": 100, "validation": 10, "test": 10}


def test_a_row_without_a_group_is_left_out_and_counted(tmp_path):
    rows = [{"question": f"{n}?", "answer": "b", "book": None if n == 3 else n} for n in range(20)]
    found = inspect_data(write_jsonl(tmp_path / "a.jsonl", rows), group="book")
    assert (found.usable, found.skipped[0].first_rows) == (19, (4,))
    assert "'book'" in found.skipped[0].reason


WORDS = [
    "ferry",
    "harbour",
    "morning",
    "island",
    "bay",
    "winter",
    "lamp",
    "boat",
    "rope",
    "anchor",
    "tide",
    "net",
    "gull",
    "pier",
    "sail",
    "mast",
    "crew",
    "cargo",
    "storm",
    "chart",
]


def texts(seed, count=60):
    """Long questions about different things, each in three versions that are nearly the same."""
    import random

    draw = random.Random(seed)
    found = []
    for number in range(count):
        words = draw.choices(WORDS, k=90)
        words.insert(12, f"number {number}")
        found.append([" ".join(words), " ".join([*words, "today"]), " ".join(["so", *words])])
    return found


@pytest.mark.parametrize("seed", range(3))
def test_near_duplicates_never_straddle(tmp_path, seed):
    pytest.importorskip("datasketch")
    versions = texts(seed)
    rows = [{"question": text, "answer": f"a {n}"} for n in range(3) for text in (v[n] for v in versions)]
    parts = prepared_parts(write_jsonl(tmp_path / "a.jsonl", rows), seed=seed)
    where = {r["prompt"][0]["content"]: part for part, rows in parts.items() for r in rows}
    assert sum(map(len, parts.values())) == 180
    assert [v for v in versions if len({where[text] for text in v}) > 1] == []
    assert all(len(rows) >= 18 for rows in parts.values())


@pytest.mark.parametrize("here", [True, False])
def test_capitals_and_punctuation_alone_never_straddle_with_and_without_the_package(
    tmp_path, monkeypatch, here
):
    if not here:
        monkeypatch.setattr("ftkit.data.checks.datasketch_is_here", lambda: False)
    asks = [f"What is {n}" for n in range(60)]
    rows = [
        {"question": q, "answer": q} for ask in asks for q in (f"{ask}?", ask.lower(), f"  {ask.upper()} !")
    ]
    parts = prepared_parts(write_jsonl(tmp_path / "a.jsonl", rows))
    inside = [{r["prompt"][0]["content"].lower().strip(" ?!") for r in rows} for rows in parts.values()]
    assert sum(map(len, inside)) == 60
    assert {part: len(rows) for part, rows in parts.items()} == {"train": 144, "validation": 18, "test": 18}


def test_signs_of_arithmetic_and_roles_make_prompts_different():
    assert folded_key(row("2+2?")) != folded_key(row("2-2?"))
    assert folded_key(row("A  b.")) == folded_key(row("a b"))
    assert folded_key(row("?!")) == folded_key({"text": "..."}) == ""
    two = {"prompt": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    assert folded_key(two) != folded_key(row("a b"))
