"""Every family of the wild is recognised from its rows, with a reason, and becomes what it means."""

import copy
import json

import pytest

from ftkit.data.detect import UNKNOWN, choose, rank
from ftkit.data.families import FAMILIES, examples_of
from ftkit.data.forms import FORMS, TASKS, natural_form
from ftkit.data.records import DoesNotFit, Record
from ftkit.errors import DataError
from tests.data import family_rows
from tests.data.family_rows import CASES, REFUSED
from tests.data.rows_in_short import row, shared, told, user

NAMED = [
    ({"message_1": "a", "message_2": "b"}, "Camel: "),
    ({"prompt": "a", "generation": "b"}, "metharme: "),
    ({"INSTRUCTION": "a", "RESPONSE": "b"}, "OASST: "),
    ({"instruction": "a", "input": "b", "response": "c"}, "GPTeacher: "),
    ({"instruction": "a", "output": "b", "parent_id": ""}, "H2O: "),
    ({"conversations": told("a", "b", keys=("role", "value"))}, "pygmalion: "),
    ({"messages": [{"role": "developer", "content": "a"}]}, "Harmony: "),
    ({"conversation": [{"input": "a", "output": "b"}]}, "Capybara, "),
    ({"prompt": "a", "answers": [{"answer": "b", "rank": 1}]}, "Nectar, "),
    ({"text": "### Human: a\n### Assistant: b"}, "a transcript with ### Human and ### Assistant (Guanaco): "),
]


def records(*rows):
    return [Record(number, value) for number, value in enumerate(rows, 1)]


def rows_in(value, chosen, form):
    return [
        made
        for example in examples_of(chosen.module, value, chosen.mapping)
        for made in FORMS[form].rows(example, None)
    ]


@pytest.mark.parametrize(("family", "kind", "value", "expected"), CASES)
def test_a_family_is_recognised_and_converted(family, kind, value, expected):
    before = copy.deepcopy(value)
    chosen, ranked = choose(records(value), "auto", None)
    assert (chosen.family, chosen.kind) == (family, kind)
    assert ranked[0] == chosen
    assert "all of the rows fit" in chosen.reason
    assert rows_in(value, chosen, natural_form(chosen.module)) == expected
    assert value == before


@pytest.mark.parametrize(("family", "value"), REFUSED)
def test_what_is_no_text_is_recognised_only_to_be_refused(family, value):
    chosen, _ = choose(records(value), "auto", None)
    assert chosen.family == family
    assert chosen.module.REFUSAL.endswith(".")
    with pytest.raises(DoesNotFit, match="does not train on"):
        examples_of(chosen.module, value, chosen.mapping)


@pytest.mark.parametrize("value", family_rows.UNKNOWN)
def test_what_is_not_known_is_not_guessed(value):
    chosen, ranked = choose(records(value), "auto", None)
    assert (chosen.family, chosen.module, ranked) == (UNKNOWN, None, [])


@pytest.mark.parametrize(("value", "name"), NAMED)
def test_a_way_of_writing_with_a_name_of_its_own_is_called_by_it(value, name):
    assert rank(records(value))[0].reason.startswith(name)


def test_every_family_is_tried_here():
    assert {kind for _, kind, _, _ in CASES} | {family for family, _ in REFUSED} == set(FAMILIES)


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_family_says_all_that_is_asked_of_it(kind):
    module = FAMILIES[kind]
    assert module.ID in FAMILIES
    assert module.TASK in TASKS
    assert set(module.REQUIRED) <= set(module.ROLES)
    assert set(getattr(module, "DEFAULTS", {})) <= set(module.ROLES)
    assert hasattr(module, "examples") != hasattr(module, "REFUSAL")


def test_rows_that_do_not_fit_are_named_by_their_numbers():
    given = records(*[{"prompt": "a", "response": "" if n in (2, 5) else "b"} for n in range(1, 11)])
    chosen, _ = choose(given, "auto", None)
    assert chosen.reason == "the columns prompt, response are there; 80 % of the rows fit (not row 2, 5)"


def test_the_ranking_holds_each_id_once_best_first():
    ranked = rank(records({"instruction": "a", "input": "b", "output": "c", "chosen": "d", "rejected": "e"}))
    ids = [one.family for one in ranked]
    assert len(set(ids)) == len(ids)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)


def test_a_question_that_stands_in_the_input_is_no_reason_to_leave_a_row_out():
    rows = [{"instruction": "", "input": f"{n}?", "output": "b"} for n in range(20)]
    chosen, _ = choose(records(*rows), "auto", None)
    assert chosen.family == "alpaca"
    assert all(rows_in(value, chosen, "sft") for value in rows)


def test_a_row_with_a_picture_among_texts_is_left_out_and_the_others_are_used():
    rows = [{"messages": told("a", "b"), "images": []}] * 9 + [{"messages": told("a", "b"), "images": ["c"]}]
    chosen, _ = choose(records(*rows), "auto", None)
    assert chosen.family == "chat-messages"
    assert rows_in(rows[0], chosen, "sft")
    with pytest.raises(DoesNotFit, match="pictures"):
        rows_in(rows[9], chosen, "sft")


def test_messages_of_both_dialects_are_read_alike():
    rows = [
        {"conversations": told("a", "b")},
        {"conversations": told("a", "b")},
        {"conversations": shared("a", "b")},
    ]
    chosen, _ = choose(records(*rows), "auto", None)
    assert chosen.family == "chat-messages"
    assert rows_in(rows[2], chosen, "sft") == [row("a", answer="b")]


def test_an_id_stands_for_the_family_of_it_that_the_records_look_like():
    value = {"prompt": "Why?", "answers": [{"answer": "A", "rank": 1}, {"answer": "B", "rank": 2}]}
    chosen, _ = choose(records(value), "preference", None)
    assert chosen.kind == "ranked-answers"
    assert choose(records(value), "ranked-answers", None)[0].family == "preference"


@pytest.mark.parametrize(
    ("columns", "family"),
    [
        ({"prompt": "a", "answer": "b"}, "prompt-completion"),
        ({"prompt": "a"}, "prompt-only"),
        ({"text": "a"}, "plain-text"),
        ({"text": "a", "label": "b"}, "classification"),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "preference"),
        ({"messages": "a"}, "chat-messages"),
        ({"prompt": "a", "answer": "b", "label": "c"}, "unpaired-preference"),
        ({"prompt": "a", "context": "c", "answer": "b"}, "prompt-completion"),
    ],
)
def test_roles_that_a_person_gives_decide_the_family_where_none_is_recognised(columns, family):
    chosen, _ = choose(records({"a": "x", "b": "y", "c": "z"}), "auto", columns)
    assert (chosen.family, chosen.mapping, chosen.score) == (family, columns, 1.0)


def test_nested_fields_constants_and_templates_can_play_a_role():
    value = {"meta": {"q": "Why?"}, "list": [{"a": "Because."}], "lang": "en"}
    columns = {
        "prompt": {"template": "[{lang}] {meta.q} {{x}}"},
        "answer": "list.0.a",
        "system": {"constant": "Be brief."},
    }
    chosen, _ = choose(records(value), "auto", columns)
    assert rows_in(value, chosen, "sft") == [
        {
            "prompt": [{"role": "system", "content": "Be brief."}, user("[en] Why? {x}")],
            "completion": [{"role": "assistant", "content": "Because."}],
        }
    ]


@pytest.mark.parametrize(
    ("family", "columns", "says"),
    [
        ("auto", {"prompt": "nope"}, "no column 'nope'"),
        ("auto", {"prompt": "q.nope"}, "no column 'q.nope'"),
        ("auto", {"prompt": {"template": "{nope}"}, "answer": "q"}, "no column 'nope'"),
        ("auto", {"prompt": {"template": "{q"}, "answer": "q"}, "a lone '{'"),
        ("auto", {"prompt": {"code": "1"}, "answer": "q"}, "'code' is not a way"),
        ("alpacca", {}, "no format called 'alpacca'"),
        ("alpaca", {}, "needs a column for the prompt"),
        ("plain-text", {"prompt": "q"}, "no column is the 'prompt'"),
    ],
)
def test_a_wrong_name_is_refused(family, columns, says):
    with pytest.raises(DataError, match=says):
        choose(records({"q": "a"}), family, columns)


def test_columns_beyond_the_sample_count_when_they_are_named():
    ranked = rank(records({"instruction": "a", "output": "b"}), names=["instruction", "output", "input"])
    assert ranked[0].mapping == {"prompt": "instruction", "answer": "output", "context": "input"}


def test_a_mapping_is_plain_data():
    for _, _, value, _ in CASES:
        json.dumps([one._asdict() for one in rank(records(value))])
