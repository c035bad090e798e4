"""The standard forms: what each makes of an example, of one that is meant for another, and of a system prompt."""

import pytest

from ftkit.data.forms import FORMS, TASKS, features, natural_form
from ftkit.data.records import DoesNotFit, Example, Turn
from tests.data.rows_in_short import OFFERED, assistant, call, row, system, told, user

ASKED = (Turn("user", "Why?"),)
GOOD, BAD = (Turn("assistant", "Because."),), (Turn("assistant", "No."),)
EXAMPLES = {
    "conversation": Example(turns=(*ASKED, *GOOD)),
    "prompt": Example(turns=ASKED),
    "pair": Example(turns=ASKED, chosen=GOOD, rejected=BAD),
    "good": Example(turns=(*ASKED, *GOOD), label=True),
    "bad": Example(turns=(*ASKED, *BAD), label=False),
    "text": Example(text="Once."),
    "class": Example(text="Great!", label="good"),
    "class number": Example(text="Great!", label=1),
    "steps": Example(turns=ASKED, steps=("a", "b"), step_labels=(True, True)),
    "wrong step": Example(turns=ASKED, steps=("a", "b"), step_labels=(True, False)),
    "ids": Example(ids=(3, 4), labels=(-100, 4)),
}
PLAIN = row("Why?", answer="Because.")
PROMPT = {"prompt": [user("Why?")]}
MADE = {
    "sft": {
        "conversation": [PLAIN],
        "prompt": "there is no answer to learn from",
        "pair": [PLAIN],
        "good": [PLAIN],
        "bad": "the answer is marked as bad",
        "text": "running text has no prompt and answer to tell apart",
        "class": [row("Great!", answer="good")],
        "class number": "the label is a number, which says nothing as an answer",
        "steps": [row("Why?", answer="a\n\nb")],
        "wrong step": "a step of the solution is marked as wrong",
        "ids": "the conversation is empty",
    },
    "domain": {
        **dict.fromkeys(EXAMPLES, "there is a conversation and no running text"),
        "text": [{"text": "Once."}],
        "class": [{"text": "Great!"}],
        "class number": [{"text": "Great!"}],
    },
    "classification": {
        **dict.fromkeys(EXAMPLES, "there is no text to put into a class"),
        "text": "the label is missing",
        "class": [{"text": "Great!", "label": "good"}],
        "class number": [{"text": "Great!", "label": 1}],
    },
    "preference": {
        **dict.fromkeys(EXAMPLES, "there are no two answers to choose between"),
        "pair": [{**PROMPT, "chosen": [assistant("Because.")], "rejected": [assistant("No.")]}],
    },
    "unpaired": {
        **dict.fromkeys(EXAMPLES, "the answer is not marked as good or bad"),
        "pair": [{**PLAIN, "label": True}, {**row("Why?", answer="No."), "label": False}],
        "good": [{**PLAIN, "label": True}],
        "bad": [{**row("Why?", answer="No."), "label": False}],
    },
    "prompts": {
        **{name: [PROMPT] for name in EXAMPLES},
        **dict.fromkeys(("text", "class", "class number", "ids"), "there is no prompt"),
    },
    "token-ids": {
        **dict.fromkeys(EXAMPLES, "the row holds no token ids"),
        "ids": [{"input_ids": [3, 4], "labels": [-100, 4]}],
    },
    "stepwise": {
        **dict.fromkeys(EXAMPLES, "there are no steps that are marked as right or wrong"),
        "steps": [{"prompt": "Why?", "completions": ["a", "b"], "labels": [True, True]}],
        "wrong step": [{"prompt": "Why?", "completions": ["a", "b"], "labels": [True, False]}],
    },
}


def test_every_form_is_tried_here():
    assert set(MADE) == set(FORMS)
    assert TASKS["dpo"] == TASKS["reward"] == "preference"
    assert (TASKS["kto"], TASKS["grpo"], TASKS["sft"], TASKS["domain"]) == (
        "unpaired",
        "prompts",
        "sft",
        "domain",
    )


NATURAL = {
    "conversation": "sft",
    "prompt": "prompts",
    "pair": "preference",
    "good": "unpaired",
    "bad": "unpaired",
    "text": "domain",
    "class": "classification",
    "class number": "classification",
    "steps": "stepwise",
    "wrong step": "stepwise",
    "ids": "token-ids",
}


def test_what_serves_another_task_than_its_own_is_said():
    for form, made in MADE.items():
        others = {NATURAL[name] for name, rows in made.items() if isinstance(rows, list)} - {form}
        assert others - {"prompts"} == set(FORMS[form].FROM)
        assert all(sentence.endswith(".") for sentence in FORMS[form].FROM.values())


@pytest.mark.parametrize("form", MADE)
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_becomes_rows_or_says_why_not(form, name):
    expected = MADE[form][name]
    if isinstance(expected, str):
        with pytest.raises(DoesNotFit) as raised:
            FORMS[form].rows(EXAMPLES[name])
        assert str(raised.value) == expected
    else:
        assert FORMS[form].rows(EXAMPLES[name]) == expected


@pytest.mark.parametrize("form", ["sft", "preference", "unpaired", "prompts"])
def test_a_system_prompt_is_put_before_prompts_that_have_none(form):
    pair = EXAMPLES["pair"]
    own = Example(turns=(Turn("system", "Own."), *ASKED), chosen=GOOD, rejected=BAD)
    assert all(
        made["prompt"] == [system("Given."), user("Why?")] for made in FORMS[form].rows(pair, "Given.")
    )
    assert all(made["prompt"] == [system("Own."), user("Why?")] for made in FORMS[form].rows(own, "Given."))


@pytest.mark.parametrize("form", ["sft", "preference", "unpaired", "prompts"])
def test_tools_on_offer_stay_with_every_row(form):
    pair = Example(turns=ASKED, chosen=GOOD, rejected=BAD, tools=tuple(OFFERED))
    assert [made["tools"] for made in FORMS[form].rows(pair)] == [OFFERED] * len(
        FORMS[form].rows(EXAMPLES["pair"])
    )


def test_every_answer_of_a_conversation_is_a_row_and_only_the_last_of_a_chosen_side():
    turns = tuple(Turn(m["role"], m["content"]) for m in told("a", "b", "c"))
    made = FORMS["sft"].rows(Example(turns=turns, chosen=GOOD, rejected=BAD))
    assert made == [{"prompt": told("a", "b", "c"), "completion": [assistant("Because.")]}]


def test_what_a_trainer_tokenises():
    (pair,) = FORMS["preference"].rows(EXAMPLES["pair"])
    assert FORMS["preference"].sequences(pair) == [
        ([user("Why?")], [assistant("Because.")]),
        ([user("Why?")], [assistant("No.")]),
    ]
    assert FORMS["domain"].sequences({"text": "Once."}) == [(None, "Once.")]
    assert FORMS["sft"].sequences(PLAIN) == [(PLAIN["prompt"], PLAIN["completion"])]
    assert FORMS["prompts"].sequences(PROMPT) == [(PROMPT["prompt"], [])]


def test_rows_with_calls_are_stored_so_that_each_call_keeps_its_own_arguments():
    plain = {"prompt": [{"role": "string", "content": "string"}]}
    assert features("prompts", [PROMPT]) == plain
    calling = {"prompt": [user("a"), assistant("", tool_calls=[call("f", x=1)])], "tools": OFFERED}
    assert features("prompts", [PROMPT, calling]) == {"prompt": ["json"], "tools": ["json"]}
    assert features("classification", [{"text": "a", "label": 1}]) == {"text": "string", "label": "int64"}
    assert features("classification", [{"text": "a", "label": "b"}]) == {"text": "string", "label": "string"}


@pytest.mark.parametrize("first", ["tool", "user"])
def test_a_side_that_is_no_answer_is_left_out(first):
    with pytest.raises(DoesNotFit):
        FORMS["preference"].rows(Example(turns=ASKED, chosen=GOOD, rejected=(Turn(first, "x"),)))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_shows_an_example_that_it_recognises_and_takes_itself(form):
    import json

    from ftkit.data.detect import rank
    from ftkit.data.families import FAMILIES, examples_of
    from ftkit.data.records import Record

    module = FORMS[form]
    row_of_file = json.loads(module.EXAMPLE)
    (best, *_) = rank([Record(1, row_of_file)])
    assert natural_form(FAMILIES[best.kind]) == form
    (example,) = examples_of(FAMILIES[best.kind], row_of_file, best.mapping)
    assert module.rows(example)
    assert natural_form(FAMILIES[module.FAMILY]) == form
    assert module.LEAD
    assert module.LONG in ("left out", "cut at the end", "cut into pieces")
