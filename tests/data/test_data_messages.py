"""Messages, tools and thoughts as they are met in the wild, brought to one form."""

import json

import pytest

from ftkit.data.families import FAMILIES
from ftkit.data.messages import turns_of
from ftkit.data.records import DoesNotFit, Turn
from ftkit.data.sides import answer_of, begun_alike, shared_prompt, transcript_turns
from ftkit.data.tools import tools_of
from ftkit.data.turns import rows_of
from tests.data.rows_in_short import OFFERED, WEATHER, assistant, call, shared, told, user

CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"day": 1}'}}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "assistant", "content": "", "tool_calls": [{"name": "weather", "arguments": {"day": 1}}]},
        {"role": "assistant", "tool_calls": json.dumps([CALL])},
        {"role": "assistant", "content": None, "function_call": CALL["function"]},
        {"role": "assistant", "content": [{"type": "tool_call", "value": '{"name": "weather", "arguments": {"day": 1}}'}]},
        {"role": "tool_call", "content": '{"name": "weather", "parameters": {"day": 1}}'},
        {"from": "function_call", "value": '[{"name": "weather", "arguments": "{\\"day\\": 1}"}]'},
    ],
)  # fmt: skip
def test_a_call_is_the_same_however_it_is_written(message):
    assert turns_of([message]) == [Turn("assistant", "", tool_calls=(call("weather", day=1),))]


def test_a_tool_answers_by_the_name_that_its_call_had():
    turns = turns_of(
        [
            user("Rain?"),
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "c1", "content": {"rain": True}},
            assistant("Yes."),
        ]
    )
    assert turns[2] == Turn("tool", '{"rain": true}', name="weather")
    last = rows_of(turns)[-1]
    assert last["prompt"][2] == {"role": "tool", "content": '{"rain": true}', "name": "weather"}
    assert last["completion"] == [assistant("Yes.")]


def test_calls_that_stand_one_below_the_other_are_one_turn():
    calls = [{"from": "function_call", "value": json.dumps({"name": name})} for name in ("a", "b")]
    turns = turns_of([*shared("Rain?", "I look."), *calls, {"from": "observation", "value": ""}])
    assert turns[1] == Turn("assistant", "I look.", tool_calls=(call("a"), call("b")))
    assert turns[2] == Turn("tool", "")


@pytest.mark.parametrize("tools", [[WEATHER], OFFERED, json.dumps([WEATHER]), json.dumps(OFFERED), WEATHER])
def test_tools_are_the_same_however_they_are_written(tools):
    assert list(tools_of(tools)) == OFFERED


@pytest.mark.parametrize("tools", [None, "", "[]", [], {}, " null "])
def test_no_tools_are_none(tools):
    assert tools_of(tools) == ()


@pytest.mark.parametrize(
    "tools", ["weather", "[1]", 3, [{}], [{"name": ""}], [{"name": "a", "b": float("nan")}]]
)
def test_tools_that_cannot_be_read_leave_the_row_out(tools):
    with pytest.raises(DoesNotFit, match="tool"):
        tools_of(tools)


@pytest.mark.parametrize(
    "message",
    [
        assistant("b", reasoning_content="Hm."),
        assistant("b", thinking="Hm."),
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "b"}]},
    ],
)  # fmt: skip
def test_thoughts_are_kept_apart(message):
    assert turns_of([message]) == [Turn("assistant", "b", thinking="Hm.")]


def test_harmonys_channels_are_one_turn():
    messages = [
        user("Rain?"),
        assistant("I look.", channel="analysis"),
        assistant('{"day": 1}', channel="commentary", recipient="functions.weather"),
        {"role": "tool", "name": "weather", "content": "yes"},
        assistant("Hm.", channel="analysis"),
        assistant("Yes.", channel="final"),
    ]
    assert turns_of(messages) == [
        Turn("user", "Rain?"),
        Turn("assistant", "", tool_calls=(call("weather", day=1),), thinking="I look."),
        Turn("tool", "yes", name="weather"),
        Turn("assistant", "Yes.", thinking="Hm."),
    ]
    with pytest.raises(DoesNotFit, match="thoughts lead to no answer"):
        turns_of(messages[:2])


def test_an_empty_place_for_a_system_prompt_is_none():
    assert turns_of([{"role": "system", "content": " "}, *told("a", "b")]) == turns_of(told("a", "b"))


def test_messages_kept_as_json_in_a_table_are_read():
    assert turns_of(json.dumps(told("a", "b"))) == turns_of(told("a", "b"))
    with pytest.raises(DoesNotFit, match="not a list of messages"):
        turns_of('[{"role": "user"')


def test_thoughts_before_the_last_question_are_not_read_again():
    messages = told("a", "b", "c", "d")
    messages[1]["thinking"], messages[3]["thinking"] = "one", "two"
    first, second = rows_of(turns_of(messages))
    assert first["completion"] == [assistant("<think>\none\n</think>\n\nb")]
    assert second["prompt"] == told("a", "b", "c")
    assert second["completion"] == [assistant("<think>\ntwo\n</think>\n\nd")]


def test_thoughts_between_calls_are_read_again():
    calling = assistant("", tool_calls=[CALL], thinking="one")
    rows = rows_of(turns_of([user("a"), calling, {"role": "tool", "content": "x"}, assistant("b")]))
    assert rows[1]["prompt"][1]["content"] == "<think>\none\n</think>\n\n"


@pytest.mark.parametrize(
    ("flags", "trained"),
    [({"weight": 0}, False), ({"loss_weight": 0.0}, False), ({"train": False}, False), ({"weight": 1}, True), ({}, True)],
)  # fmt: skip
def test_a_turn_of_weight_zero_is_only_read(flags, trained):
    assert turns_of([assistant("b", **flags)])[0].trained is trained


def test_flags_of_parts_count_where_they_agree():
    parts = [{"type": "text", "text": "a", "train": False}, {"type": "text", "text": "b", "train": False}]
    assert turns_of([assistant(parts)]) == [Turn("assistant", "ab", trained=False)]
    parts[1]["train"] = True
    with pytest.raises(DoesNotFit, match="partly"):
        turns_of([assistant(parts)])


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([{"role": "function_call", "content": "no JSON"}], "the tool call is not valid JSON"),
        ([{"role": "function_call", "content": ""}], "a tool call is empty"),
        ([assistant("", tool_calls=[{"arguments": {}}])], "the name of a tool call is missing"),
        ([assistant("", tool_calls=[3])], "a tool call has no name"),
        ([assistant("")], "the answer is empty"),
        ([assistant(None)], "the answer is missing"),
        ([{"role": "assistant"}], "the answer is missing"),
        ([user([{"type": "image_url"}])], "a message has parts that are not text"),
        ([assistant("b", weight=0.5)], "the weight of a message is neither 0 nor 1"),
        ([assistant("b", weight="1")], "the weight of a message is not a number"),
        ([{"role": 3, "content": "a"}], "the role of a message is not text"),
        ([{"role": "narrator", "content": "a"}], "a message has a role that is not known"),
        (["a"], "a message has no 'role'"),
        ("a", "the conversation is not a list of messages"),
    ],
)
def test_a_message_that_cannot_be_read_says_why(messages, reason):
    with pytest.raises(DoesNotFit) as raised:
        turns_of(messages)
    assert str(raised.value) == reason


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([user("a"), {"role": "tool", "content": "b"}, assistant("c")], "a tool answers that nobody called"),
        ([user("a"), assistant("", tool_calls=[CALL]), assistant("c")], "the turns of user and assistant do not"),
        ([assistant("a"), user("b")], "the turns of user and assistant do not alternate, user first"),
        ([user("a"), {"role": "system", "content": "b"}, assistant("c")], "a system turn stands in the middle"),
        ([user("a")], "there is no answer to learn from"),
        ([user("a"), assistant("b", weight=0)], "there is no answer to learn from"),
        ([], "the conversation is empty"),
    ],
)  # fmt: skip
def test_an_order_that_no_template_knows_says_why(messages, reason):
    with pytest.raises(DoesNotFit, match=reason):
        rows_of(turns_of(messages))


def sides(chosen, rejected):
    return shared_prompt(transcript_turns(chosen, "chosen"), transcript_turns(rejected, "rejected"))


BASE = "\n\nHuman: Hi\n\nAssistant: "


@pytest.mark.parametrize(
    ("chosen", "rejected", "reason"),
    [
        (BASE + "a", "\n\nHuman: Ho\n\nAssistant: b", "the two answers do not share their prompt"),
        (BASE, BASE + "b", "the chosen answer is empty"),
        (BASE + "a", BASE + " ", "the rejected answer is empty"),
        (BASE + "\n\nHuman: x\n\nAssistant: y", BASE + "b", "a turn of the transcript is empty"),
        ("Once. " + BASE + "a", BASE + "b", "the chosen transcript does not begin with a speaker"),
        (BASE + "a\n\nHuman: x", BASE + "a\n\nHuman: x", "the two answers do not share their prompt"),
    ],
)
def test_transcripts_that_are_no_pair_say_why(chosen, rejected, reason):
    with pytest.raises(DoesNotFit) as raised:
        sides(chosen, rejected)
    assert str(raised.value) == reason


def test_transcripts_part_at_the_last_question_that_both_share():
    prompt, chosen, rejected = sides(
        BASE + "a\n\nHuman: x\n\nAssistant: y", BASE + "a\n\nHuman: z\n\nAssistant: y"
    )
    assert [turn.content for turn in prompt] == ["Hi"]
    assert [[turn.content for turn in side] for side in (chosen, rejected)] == [
        ["a", "x", "y"],
        ["a", "z", "y"],
    ]


def test_two_equal_answers_are_still_a_pair():
    prompt, chosen, rejected = sides(BASE + "a", BASE + "a")
    assert (len(prompt), chosen, rejected) == (1, [Turn("assistant", "a")], [Turn("assistant", "a")])


@pytest.mark.parametrize(
    ("chosen", "rejected", "reason"),
    [
        ("Blue.", "Green.", "the prompt is missing"),
        ("The blue.", "The green.", "the prompt is missing"),
        ("The sky is blue", "The sky is", "one of the two answers is only the beginning of the other"),
        ("The sky is ", "The sky is blue", "one of the two answers is only the beginning of the other"),
    ],
)
def test_texts_that_do_not_begin_alike_are_no_pair(chosen, rejected, reason):
    with pytest.raises(DoesNotFit) as raised:
        begun_alike(chosen, rejected)
    assert str(raised.value) == reason


def test_an_answer_is_a_text_or_messages():
    assert (
        answer_of("a", "answer")
        == answer_of([assistant("a")], "answer")
        == answer_of(assistant("a"), "answer")
    )
    with pytest.raises(DoesNotFit, match="the answer is a list, not text"):
        answer_of([], "answer")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Intro <|im_start|>user\na<|im_end|>", "there is text outside the marks of the chat template"),
        ("<|im_start|>narrator\na<|im_end|>", "a message has a role that is not known"),
        ("<|im_start|>user\n<|im_end|>", "the prompt is empty"),
        ("<|im_start|>user\na<|im_end|><|im_start|>assistant\n<|im_end|>", "the answer is empty"),
    ],
)
def test_a_text_with_a_templates_marks_that_cannot_be_read_says_why(text, reason):
    with pytest.raises(DoesNotFit) as raised:
        FAMILIES["templated"].examples({"text": text}, {"text": "text"})
    assert str(raised.value) == reason
