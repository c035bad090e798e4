"""Every family is recognised from its rows, with a reason, and becomes the conversation it means."""

import json

import pytest

from ftkit.data import FAMILIES, inspect_data
from ftkit.data.recipe_data import prepared_parts
from ftkit.errors import DataError
from tests.tiny import write_jsonl


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def system(text):
    return {"role": "system", "content": text}


def chat(*texts, keys=("role", "content"), names=("user", "assistant")):
    return [{keys[0]: names[i % 2], keys[1]: text} for i, text in enumerate(texts)]


EXPECTED = {"prompt": [user("Why?")], "completion": [assistant("Because.")]}
# One row of each family, and what it becomes.
ROWS = {
    "prompt-completion": [
        ({"prompt": "Why?", "response": "Because."}, EXPECTED),
        ({"Prompt": "Why?", " Completion ": "Because."}, EXPECTED),
        ({"query": "Why?", "answer": "Because."}, EXPECTED),
        ({"prompt": [user("Why?")], "completion": [assistant("Because.")]}, EXPECTED),
        (
            {"system_prompt": "Be brief.", "prompt": "Why?", "response": "Because."},
            {"prompt": [system("Be brief."), user("Why?")], "completion": [assistant("Because.")]},
        ),
    ],
    "question-answer": [
        ({"question": "Why?", "answer": "Because."}, EXPECTED),
        (
            {"question": "Why?", "answer": "Because.", "context": "It rains."},
            {"prompt": [user("Why?\n\nIt rains.")], "completion": [assistant("Because.")]},
        ),
    ],
    "alpaca": [
        ({"instruction": "Why?", "input": "", "output": "Because."}, EXPECTED),
        ({"instruction": "", "input": "Why?", "output": "Because."}, EXPECTED),
        ({"instruction": "Why?", "output": "Because."}, EXPECTED),
        ({"instruction": "Why?", "input": "", "response": "Because."}, EXPECTED),
        (
            {"instruction": "Add.", "input": "1 2", "output": "3"},
            {"prompt": [user("Add.\n\n1 2")], "completion": [assistant("3")]},
        ),
        (
            {"instruction": "And 2?", "input": "", "output": "4", "system": "Add.", "history": [["1?", "2"]]},
            {"prompt": [system("Add."), user("1?")], "completion": [assistant("2")]},
        ),
    ],
    "chat-messages": [
        ({"messages": chat("Why?", "Because.")}, EXPECTED),
        ({"conversations": chat("Why?", "Because.", keys=("role", "value"))}, EXPECTED),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "Why?"}]},
                    assistant("Because."),
                ]
            },
            EXPECTED,
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "value": "Why?"}]},
                    assistant("Because."),
                ]
            },
            EXPECTED,
        ),
        ({"messages": chat("Why?", "Because."), "tools": "[]"}, EXPECTED),
    ],
    "sharegpt": [
        (
            {"conversations": chat("Why?", "Because.", keys=("from", "value"), names=("human", "gpt"))},
            EXPECTED,
        ),
        (
            {
                "conversations": chat("Why?", "Because.", keys=("from", "value"), names=("human", "gpt")),
                "system": "Hm.",
            },
            {"prompt": [system("Hm."), user("Why?")], "completion": [assistant("Because.")]},
        ),
    ],
}
REFUSED = {
    "multimodal": {"messages": chat("<image>Who?", "He."), "images": ["a.jpg"]},
}


def other_prompts(row, times=4):
    """The row, and others like it with other prompts: a split needs some."""
    return [
        row,
        *(
            json.loads(json.dumps(row).replace("Why?", f"Why {n}?").replace("Add.", f"Add {n}."))
            for n in range(times)
        ),
    ]


@pytest.mark.parametrize(
    ("family", "row", "expected"), [(family, *case) for family, cases in ROWS.items() for case in cases]
)
def test_a_family_is_recognised_and_converted(tmp_path, family, row, expected):
    found = inspect_data(write_jsonl(tmp_path / "a.jsonl", other_prompts(row)))
    assert found.family == family
    assert found.usable == found.rows == 5
    assert found.preview[0] == expected
    assert found.ranked[0][0] == family
    assert "all of the rows fit" in found.reason


@pytest.mark.parametrize("family", REFUSED)
def test_what_cannot_be_trained_on_is_recognised_and_refused(tmp_path, family):
    path = write_jsonl(tmp_path / "a.jsonl", [REFUSED[family]] * 5)
    found = inspect_data(path)
    assert (found.family, found.usable, found.rows) == (family, 0, 5)
    assert sum(s.count for s in found.skipped) == 5
    assert found.refusal == FAMILIES[family].REFUSAL
    assert not found.plain
    with pytest.raises(DataError):
        prepared_parts(path)


def test_unknown_columns_are_refused_and_can_be_named(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"frage": f"Was {n}?", "antwort": "Das."} for n in range(5)])
    found = inspect_data(path)
    assert (found.family, found.usable, found.columns) == ("unknown", 0, ("frage", "antwort"))
    assert "does not recognise" in found.refusal
    named = inspect_data(path, columns={"prompt": "frage", "answer": "antwort"})
    assert (named.family, named.usable) == ("prompt-completion", 5)
    assert named.mapping == {"prompt": "frage", "answer": "antwort"}


def test_what_is_asked_of_unknown_columns_are_the_roles_of_the_task(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"nachricht": f"Was {n}?", "stapel": "b"} for n in range(5)])
    found = inspect_data(path, task="classification")
    assert "Say which one holds the text and which one the label." in found.refusal
    assert "prompt" not in str(found)
    with pytest.raises(DataError, match=r'columns=\{"text": "YOUR COLUMN"'):
        prepared_parts(path, task="classification")


def test_a_wrong_guess_can_be_put_right(tmp_path):
    rows = [{"question": f"{n}?", "answer": "long", "response": "short"} for n in range(5)]
    path = write_jsonl(tmp_path / "a.jsonl", rows)
    assert inspect_data(path).preview[0]["completion"] == [assistant("long")]
    assert inspect_data(path, columns={"answer": "response"}).preview[0]["completion"] == [assistant("short")]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"columns": {"prompt": "nope"}}, "no column 'nope'"),
        ({"family": "alpacca"}, "no format called 'alpacca'"),
        ({"family": "alpaca"}, "needs a column for the prompt"),
        ({"family": "question-answer", "columns": {"messages": "answer"}}, "no column is the 'messages'"),
    ],
)
def test_a_wrong_name_is_refused(tmp_path, arguments, says):
    path = write_jsonl(tmp_path / "a.jsonl", [{"question": "a", "answer": "b"}])
    with pytest.raises(DataError, match=says):
        inspect_data(path, **arguments)


def test_a_conversation_gives_a_row_for_each_answer_and_stays_in_one_part(tmp_path):
    rows = [{"messages": [system("Hm."), *chat(f"a{n}", "b", "c", "d", "e")]} for n in range(20)]
    parts = prepared_parts(write_jsonl(tmp_path / "a.jsonl", rows), validation_share=0.2, test_share=0.2)
    assert {part: len(found) for part, found in parts.items()} == {"train": 24, "validation": 8, "test": 8}
    first, second = parts["train"][:2]
    assert [m["role"] for m in first["prompt"]] == ["system", "user"]
    assert first["completion"] == [assistant("b")]
    assert second["prompt"] == [*first["prompt"], *first["completion"], user("c")]
    assert second["completion"] == [assistant("d")]
    openings = {part: {row["prompt"][1]["content"] for row in found} for part, found in parts.items()}
    assert sum(map(len, openings.values())) == 20


def test_a_turn_with_weight_zero_is_read_and_not_learned(tmp_path):
    turns = chat("a", "b", "c", "d")
    turns[1]["weight"] = 0
    rows = inspect_data(write_jsonl(tmp_path / "a.jsonl", [{"messages": turns}])).preview
    assert [row["completion"][0]["content"] for row in rows] == ["d"]


def test_a_system_prompt_is_put_before_conversations_that_have_none(tmp_path):
    rows = [{"messages": chat("a", "b")}, {"messages": [system("Own."), *chat("c", "d")]}]
    preview = inspect_data(write_jsonl(tmp_path / "a.jsonl", rows), system="Given.").preview
    assert [row["prompt"][0]["content"] for row in preview] == ["Given.", "Own."]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "the answer is empty"),
        (" \n", "the answer is empty"),
        (None, "the answer is missing"),
        (["a"], "one of prompt and answer is a list of messages and the other is not"),
        ({"a": 1}, "the answer is a group of values, not text"),
        (True, "the answer is true or false, not text"),
        (float("nan"), "the answer is not a number"),
        ("\ud800", "the answer contains half a character (a lone surrogate)"),
        ("a\0b", "the answer contains a NUL character"),
    ],
)
def test_a_row_that_does_not_fit_is_counted_with_its_reason_and_number(tmp_path, value, reason):
    rows = [{"prompt": f"{n}?", "response": value if n == 3 else "yes"} for n in range(8)]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = inspect_data(path)
    assert [(s.reason, s.count, s.first_rows, s.file) for s in found.skipped] == [
        (reason, 1, (4,), "a.jsonl")
    ]
    assert (found.rows, found.usable) == (8, 7)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], "the conversation is empty"),
        ("hello", "the conversation is not a list of messages"),
        (chat("a"), "there is no answer to learn from"),
        (chat("a", "b", "c")[1:], "the turns of user and assistant do not alternate, user first"),
        (
            [user("a"), user("b"), assistant("c")],
            "the turns of user and assistant do not alternate, user first",
        ),
        ([user("a"), assistant("b"), system("c")], "a system turn stands in the middle of the conversation"),
        ([user("a"), {"role": "narrator", "content": "b"}], "a message has a role that is not known"),
        (
            [user("a"), {"role": "tool", "content": "b"}],
            "a tool answers that nobody called",
        ),
        (
            [user("a"), {"role": "assistant", "content": [{"type": "image"}]}],
            "a message has parts that are not text",
        ),
        (
            [user("a"), {"role": "assistant", "content": "b", "weight": 0.5}],
            "the weight of a message is neither 0 nor 1",
        ),
        ([user("a"), {"content": "b"}], "a message has no 'role'"),
    ],
)
def test_a_conversation_that_cannot_be_learned_from_says_why(tmp_path, messages, reason):
    rows = [{"messages": chat(f"a{n}", "b")} for n in range(4)]
    found = inspect_data(write_jsonl(tmp_path / "a.jsonl", [*rows, {"messages": messages}]))
    assert [(s.reason, s.first_rows) for s in found.skipped] == [(reason, (5,))]


def test_numbers_become_text(tmp_path):
    rows = [{"question": f"{n} + {n}?", "answer": 2 * n} for n in range(4)]
    assert inspect_data(write_jsonl(tmp_path / "a.jsonl", rows)).preview[2]["completion"] == [assistant("4")]


def test_text_stays_byte_for_byte(tmp_path):
    rows = [{"prompt": f" <b>{n}</b>\t\n", "response": "\x1b[31m{{x}}  "} for n in range(4)]
    preview = inspect_data(write_jsonl(tmp_path / "a.jsonl", rows)).preview
    assert preview[1] == {"prompt": [user(" <b>1</b>\t\n")], "completion": [assistant("\x1b[31m{{x}}  ")]}


def test_the_inspection_is_plain_data(tmp_path):
    tree = inspect_data(
        write_jsonl(tmp_path / "a.jsonl", [{"question": f"{n}?", "answer": "b"} for n in range(4)])
    ).to_json()
    assert json.loads(json.dumps(tree))["ranked"][0]["family"] == "question-answer"
