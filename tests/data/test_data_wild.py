"""Rows with the very keys of well-known public data sets: each becomes what it means, or is honestly not known."""

import json

import pytest

from ftkit.data.detect import UNKNOWN, choose
from ftkit.data.forms import TASKS
from ftkit.data.records import DoesNotFit
from tests.data.rows_in_short import PLAIN, SEGMENTS, WEATHER, assistant, pair, row, system, told, user
from tests.data.test_data_detect import records, rows_in

TREE = {
    "message_tree_id": "t",
    "prompt": {"text": "Why?", "role": "prompter", "replies": [{"text": "Because.", "role": "assistant"}]},
}
TWO = [row("Why?", answer="Because."), row("Why?", "Because.", "And?", answer="So.")]
SHARED = (
    "A chat between a user and an assistant. USER: Why? ASSISTANT: Because.</s>USER: And? ASSISTANT: So.</s>"
)
WILD = [
    # data set, id, the row, the rows of the natural task's form
    ("guanaco", "chat-messages", {"text": "### Human: Why?### Assistant: Because.### Human: And?### Assistant: So."}, TWO),
    ("vicuna", "chat-messages", {"text": SHARED}, [
        {**one, "prompt": [system("A chat between a user and an assistant."), *one["prompt"]]} for one in TWO
    ]),
    (
        "glaive",
        "chat-messages",
        {
            "system": "SYSTEM: You may call\n{}",
            "chat": "USER: Rain?\n\n\nASSISTANT: <functioncall> {} <|endoftext|>\n\n\nFUNCTION RESPONSE: {\"a\": 1}\n\n\nASSISTANT: No. <|endoftext|>\n\n\n",
        },
        [
            {"prompt": [system("You may call\n{}"), user("Rain?")], "completion": [assistant("<functioncall> {}")]},
            {
                "prompt": [
                    system("You may call\n{}"),
                    user("Rain?"),
                    assistant("<functioncall> {}"),
                    {"role": "tool", "content": '{"a": 1}'},
                ],
                "completion": [assistant("No.")],
            },
        ],
    ),
    ("gemma", "chat-messages", {"text": "<bos><start_of_turn>user\nWhy?<end_of_turn>\n<start_of_turn>model\nBecause.<end_of_turn>\n"}, [PLAIN]),
    ("nectar", "preference", {
        "prompt": "\n\nHuman: Why?\n\nAssistant: Because.\n\nHuman: And?\n\nAssistant: ",
        "answers": [{"answer": "So.", "model": "a", "rank": 1.0}, {"answer": "No.", "model": "b", "rank": 2.0}],
        "turns": 2, "num_responses": 2, "source": ["x"], "good_natured": True,
    }, [{"prompt": [user("Why?"), assistant("Because."), user("And?")], "chosen": [assistant("So.")], "rejected": [assistant("No.")]}]),
    ("claude's old prompts", "prompt-completion", {"prompt": "\n\nHuman: Why?\n\nAssistant:", "completion": "Because."}, [PLAIN]),
    ("harmony", "chat-messages", {"messages": [
        system("You are a model."), {"role": "developer", "content": "Be brief."}, user("Why?"),
        {"role": "assistant", "content": "Because.", "thinking": None},
    ]}, [{"prompt": [system("You are a model.\n\nBe brief."), user("Why?")], "completion": [assistant("Because.")]}]),
    ("bbc news", "classification", {"category": "sport", "text": "They won."}, [{"text": "They won.", "label": "sport"}]),
    ("language id", "classification", {"labels": "pt", "text": "Bom dia."}, [{"text": "Bom dia.", "label": "pt"}]),
    ("trec", "classification", {"text": "Who?", "coarse_label": 3, "fine_label": 27}, [{"text": "Who?", "label": 3}]),
    ("yelp", "classification", {"review_id": "a", "stars": 5.0, "text": "Nice."}, [{"text": "Nice.", "label": 5}]),
    ("airline tweets", "classification", {"tweet_id": 1, "airline_sentiment": "negative", "text": "Late."}, [{"text": "Late.", "label": "negative"}]),
    ("nq open", "question-answer", {"question": "Why?", "answer": ["Because.", "So."]}, [PLAIN]),
    ("triviaqa", "question-answer", {"question": "Why?", "question_id": "a", "answer": {"value": "Because.", "aliases": ["B."]}}, [PLAIN]),
    ("openmath", "question-answer", {"problem": "Why?", "generated_solution": "Because.", "expected_answer": "B"}, [PLAIN]),
    ("vertex", "prompt-completion", {"input_text": "Why?", "output_text": "Because."}, [PLAIN]),
    ("firefly", "prompt-completion", {"kind": "QA", "input": "Why?", "target": "Because."}, [PLAIN]),
    ("cohere", "chat-messages", {"messages": [{"role": "User", "content": "Why?"}, {"role": "Chatbot", "content": "Because."}]}, [PLAIN]),
    ("pandas' missing input", "alpaca", {"instruction": "Why?", "input": float("nan"), "output": "Because."}, [PLAIN]),
    ("instruction and answer", "alpaca", {"instruction": "Why?", "answer": "Because."}, [PLAIN]),
    ("hermes", "sharegpt", {"conversations": [
        {"from": "human", "value": "Rain?"},
        {"from": "gpt", "value": "<tool_call>\n{'name': 'weather'}\n</tool_call>"},
        {"from": "tool", "value": "<tool_response>\nNo.\n</tool_response>"},
        {"from": "gpt", "value": "No."},
    ]}, [
        row("Rain?", answer="<tool_call>\n{'name': 'weather'}\n</tool_call>"),
        {
            "prompt": [
                user("Rain?"), assistant("<tool_call>\n{'name': 'weather'}\n</tool_call>"),
                {"role": "tool", "content": "<tool_response>\nNo.\n</tool_response>"},
            ],
            "completion": [assistant("No.")],
        },
    ]),
    ("xlam", "chat-messages", {
        "id": 0, "query": "Rain?", "answers": json.dumps([{"name": "weather", "arguments": {"day": 1}}]), "tools": json.dumps([WEATHER]),
    }, [{
        "prompt": [user("Rain?")],
        "completion": [assistant("", tool_calls=[{"type": "function", "function": {"name": "weather", "arguments": {"day": 1}}}])],
        "tools": [{"type": "function", "function": WEATHER}],
    }]),
    ("anthropic", "chat-messages", {
        "system": "Be brief.",
        "messages": [
            user("Rain?"),
            {"role": "assistant", "content": [{"type": "text", "text": "I look."}, {"type": "tool_use", "id": "t1", "name": "weather", "input": {"day": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "Dry."}]}]},
            assistant("No."),
        ],
        "tools": [{"name": "weather", "description": "Look out", "input_schema": {"type": "object", "properties": {}}}],
    }, [
        {"prompt": [system("Be brief."), user("Rain?")], "completion": [CALLED], "tools": [OFFERED]}
        if (CALLED := assistant("I look.", tool_calls=[{"type": "function", "function": {"name": "weather", "arguments": {"day": 1}}}]))
        and (OFFERED := {"type": "function", "function": WEATHER}) else {},
        {"prompt": [system("Be brief."), user("Rain?"), CALLED, {"role": "tool", "content": "Dry.", "name": "weather"}], "completion": [assistant("No.")], "tools": [OFFERED]},
    ]),
    ("keys in capitals", "chat-messages", {"Messages": [{"Role": "User", "Content": "Why?"}, {"Role": "Assistant", "Content": "Because."}]}, [PLAIN]),
]  # fmt: skip
TEXTS = [
    # id, a row with lists and groups in it, as JSON and as Python would write them into a cell of a table
    ("alpaca", {"instruction": "And?", "input": "", "output": "So.", "history": [["Why?", "Because."]]}, TWO),
    ("chat-messages", {"messages": told("Why?", "Because.")}, [PLAIN]),
    ("sharegpt", {"conversations": told("Why?", "Because.", keys=("from", "value"), names=("human", "gpt"))}, [PLAIN]),
    ("chat-messages", {"conversation": [{"human": "Why?", "assistant": "Because."}]}, [PLAIN]),
    ("chat-messages", {"conversations": ["Why?", "Because."]}, [PLAIN]),
    ("chat-messages", {"contents": [{"role": "user", "parts": [{"text": "Why?"}]}, {"role": "model", "parts": [{"text": "Because."}]}]}, [PLAIN]),
    ("preference", {"conversations": told("Why?", keys=("from", "value"), names=("human",)), "chosen": {"from": "gpt", "value": "A."}, "rejected": {"from": "gpt", "value": "B."}}, [pair("Why?", "A.", "B.")]),
    ("preference", {"input": {"messages": [user("Why?")], "tools": []}, "preferred_output": [assistant("A.")], "non_preferred_output": [assistant("B.")]}, [pair("Why?", "A.", "B.")]),
    ("preference", {"prompt": "Why?", "answers": [{"answer": "A.", "rank": 1}, {"answer": "B.", "rank": 2}]}, [pair("Why?", "A.", "B.")]),
    ("stepwise", {"prompt": "Why?", "completions": ["A.", "B."], "labels": [True, False]}, [{"prompt": "Why?", "completions": ["A.", "B."], "labels": [True, False]}]),
    ("prompt-completion", {"segments": SEGMENTS}, [PLAIN]),
    ("self-instruct", {"instruction": "Why?", "instances": [{"input": "", "output": "Because."}]}, [PLAIN]),
    ("multi-turn-prompts", {"turns": ["Why?", "And?"]}, [{"prompt": [user("Why?")]}]),
    ("question-answer", {"question": "Why?", "answers": {"text": ["Because."], "answer_start": [1]}}, [PLAIN]),
    ("question-answer", {"question": "Sky?", "choices": ["red", "blue"], "answer": 1}, [row("Sky?\n\nA. red\nB. blue", answer="B. blue")]),
]  # fmt: skip
NOT_KNOWN = [
    ("oasst1", {"message_id": "a", "parent_id": None, "text": "Hi", "role": "prompter", "labels": None}),
    ("oasst1 as trees", TREE),
    ("humaneval", {"prompt": "def a():", "canonical_solution": "  pass", "test": "x", "entry_point": "a"}),
    (
        "mbpp",
        {"task_id": 1, "text": "Write a function.", "code": "def a(): pass", "test_list": ["assert a()"]},
    ),
    ("pku-safe", {"prompt": "Why?", "response_0": "A.", "response_1": "B.", "safer_response_id": 0}),
    ("go emotions", {"text": "Hm.", "labels": [1, 2], "id": "a"}),
    ("titanic", {"PassengerId": 1, "Survived": 0, "Name": "Braund", "Age": 22}),
]
PICTURES = [
    {"contents": [{"role": "user", "parts": [{"text": "Who?"}, {"inlineData": {"mimeType": "image/png", "data": "AA"}}]}]},
    {"prompt": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Who?"}]}], "completion": [assistant("He.")]},
    {"image_path": "a.png", "question": "Who?", "answer": "He."},
    {"jpg": {"bytes": b"x", "path": None}, "text": "A cat."},
    {"messages": json.dumps([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a"}}]}])},
    {"conversations": [{"from": "human", "value": "Who?"}], "chosen": {"from": "gpt", "value": "A"}, "rejected": {"from": "gpt", "value": "B"}, "images": ["a.jpg"]},
]  # fmt: skip


def converted(value):
    chosen, _ = choose(records(value), "auto", None)
    assert chosen.module is not None, "not recognised"
    return chosen.family, rows_in(value, chosen, TASKS[chosen.module.TASK])


@pytest.mark.parametrize(
    ("family", "value", "expected"), [case[1:] for case in WILD], ids=[case[0] for case in WILD]
)
def test_the_rows_of_public_data_sets_become_what_they_mean(family, value, expected):
    assert converted(value) == (family, expected)


@pytest.mark.parametrize("written", [json.dumps, repr])
@pytest.mark.parametrize(("family", "value", "expected"), TEXTS)
def test_lists_and_groups_may_stand_in_cells_of_a_table_as_text(family, value, expected, written):
    cells = {name: written(part) if isinstance(part, (list, dict)) else part for name, part in value.items()}
    assert cells != value
    assert converted(cells) == converted(value) == (family, expected)


@pytest.mark.parametrize("value", [case[1] for case in NOT_KNOWN], ids=[case[0] for case in NOT_KNOWN])
def test_what_is_only_half_of_something_is_not_guessed(value):
    assert choose(records(value), "auto", None)[0].family == UNKNOWN


@pytest.mark.parametrize("value", PICTURES)
def test_pictures_are_seen_wherever_they_stand(value):
    chosen, _ = choose(records(value), "auto", None)
    assert chosen.family == "multimodal"


def test_a_text_that_only_looks_like_a_list_stays_a_text():
    for text in ("[{'a': 1}]", '["x", "y"]', '{"messages": "none"}'):
        assert converted({"prompt": text, "completion": "Because."})[1] == [row(text, answer="Because.")]


def test_what_a_cell_says_is_never_executed():
    value = {"conversations": "[__import__('os').getcwd(), 'b']"}
    chosen, _ = choose(records(value), "auto", None)
    assert chosen.family == UNKNOWN


def test_a_tool_that_nobody_called_is_still_left_out():
    value = {
        "messages": [user("Rain?"), assistant("Hm."), {"role": "tool", "content": "No."}, assistant("No.")]
    }
    chosen, _ = choose(records(value), "auto", None)
    with pytest.raises(DoesNotFit, match="a tool answers that nobody called"):
        rows_in(value, chosen, "sft")
