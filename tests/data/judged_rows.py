"""Answers that are compared or judged, and texts with labels: rows as they are met in the wild, and what each becomes in the form of its natural task."""

import json

from tests.data.rows_in_short import OFFERED, assistant, pair, shared, told, user

CASES = [
    # id, own name (the kind), the row, the rows of the natural task's form
    ("preference", "preference", {"prompt": "Why?", "chosen": "Because.", "rejected": "No."}, [pair("Why?", "Because.", "No.")]),
    (
        "preference",
        "preference",
        {
            "conversations": shared("Why?"),
            "chosen": {"from": "gpt", "value": "Because."},
            "rejected": {"from": "gpt", "value": "No."},
        },
        [pair("Why?", "Because.", "No.")],
    ),
    (
        "preference",
        "preference",
        {"prompt": "Why?", "chosen": told("Why?", "Because."), "rejected": told("Why?", "No.")},
        [pair("Why?", "Because.", "No.")],
    ),
    ("preference", "preference", {"chosen": told("Why?", "A."), "rejected": told("Why?", "B.")}, [pair("Why?", "A.", "B.")]),
    (
        "preference",
        "preference",
        {"chosen_messages": told("Why?", "A."), "rejected_messages": told("Why?", "B.")},
        [pair("Why?", "A.", "B.")],
    ),
    (
        "preference",
        "preference",
        {
            "input": {"messages": told("Why?"), "tools": OFFERED, "parallel_tool_calls": True},
            "preferred_output": told("A.", names=("assistant",)),
            "non_preferred_output": told("B.", names=("assistant",)),
        },
        [{**pair("Why?", "A.", "B."), "tools": OFFERED}],
    ),
    (
        "preference",
        "preference",
        {"instruction": "Why?", "chosen_response": "A.", "rejected_response": "B."},
        [pair("Why?", "A.", "B.")],
    ),
    ("preference", "preference", {"question": "Why?", "chosen": "A.", "rejected": "B."}, [pair("Why?", "A.", "B.")]),
    ("preference", "preference", {"input": "Why?", "chosen": "A.", "rejected": "B."}, [pair("Why?", "A.", "B.")]),
    (
        "preference",
        "preference",
        {"chosen": "The sky is blue.", "rejected": "The sky is bright green."},
        [pair("The sky is", "blue.", "bright green.")],
    ),
    ("preference", "preference", {"question": "Why?", "response_j": "A.", "response_k": "B."}, [pair("Why?", "A.", "B.")]),
    (
        "preference",
        "preference",
        {"prompt": "Why?", "chosen": json.dumps(told("Why?", "A.")), "rejected": json.dumps(told("Why?", "B."))},
        [pair("Why?", "A.", "B.")],
    ),
    (
        "preference",
        "answer-and-rejected",
        {"messages": told("Why?", "A."), "rejected_messages": told("Why?", "B.")},
        [pair("Why?", "A.", "B.")],
    ),
    ("preference", "answer-and-rejected", {"prompt": "Why?", "text": "A.", "rejected_text": "B."}, [pair("Why?", "A.", "B.")]),
    (
        "preference",
        "answer-and-rejected",
        {"messages": told("Why?", "A."), "rejected_response": "B."},
        [pair("Why?", "A.", "B.")],
    ),
    (
        "preference",
        "answer-and-rejected",
        {"query": "Why?", "response": "A.", "rejected_response": "B."},
        [pair("Why?", "A.", "B.")],
    ),
    (
        "preference",
        "ranked-answers",
        {
            "prompt": "Why?",
            "answers": [{"answer": "C", "rank": 3}, {"answer": "A", "rank": 1}, {"answer": "B", "rank": 2}],
        },
        [pair("Why?", "A", "B"), pair("Why?", "A", "C"), pair("Why?", "B", "C")],
    ),
    (
        "preference",
        "ranked-answers",
        {
            "instruction": "Why?",
            "completions": [{"response": "B", "overall_score": 2.5}, {"response": "A", "overall_score": 9.0}],
        },
        [pair("Why?", "A", "B")],
    ),
    (
        "preference",
        "shp",
        {"history": "Why?", "human_ref_A": "B.", "human_ref_B": "A.", "labels": 0, "score_A": 3},
        [pair("Why?", "A.", "B.")],
    ),
    (
        "preference-transcript",
        "preference-transcript",
        {
            "chosen": "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: Why?\n\nAssistant: A.",
            "rejected": "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: Why?\n\nAssistant: B.",
        },
        [
            {
                "prompt": [user("Hi"), assistant("Hello."), user("Why?")],
                "chosen": [assistant("A.")],
                "rejected": [assistant("B.")],
            }
        ],
    ),
    (
        "unpaired-preference",
        "unpaired-preference",
        {"prompt": "Why?", "completion": "No.", "label": False},
        [{"prompt": [user("Why?")], "completion": [assistant("No.")], "label": False}],
    ),
    (
        "unpaired-preference",
        "unpaired-preference",
        {"messages": told("Hi", "Hello.", "Why?", "A."), "label": True},
        [
            {
                "prompt": [user("Hi"), assistant("Hello."), user("Why?")],
                "completion": [assistant("A.")],
                "label": True,
            }
        ],
    ),
    (
        "unpaired-preference",
        "unpaired-preference",
        {"instruction": "Why?", "input": "", "output": "A.", "kto_tag": "true"},
        [{"prompt": [user("Why?")], "completion": [assistant("A.")], "label": True}],
    ),
    (
        "stepwise",
        "stepwise",
        {"prompt": "1+1?", "completions": ["1 and 1", "3"], "labels": [True, False]},
        [{"prompt": "1+1?", "completions": ["1 and 1", "3"], "labels": [True, False]}],
    ),
    ("classification", "classification", {"text": "Great!", "label": 1}, [{"text": "Great!", "label": 1}]),
    ("classification", "classification", {"text": "Great!", "label": "good"}, [{"text": "Great!", "label": "good"}]),
    (
        "classification",
        "classification",
        {"sentence1": "It rains.", "sentence2": "It is wet.", "label": 0},
        [{"text": "It rains.\n\nIt is wet.", "label": 0}],
    ),
]  # fmt: skip
