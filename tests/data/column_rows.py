"""Texts, prompts and answers in columns: rows as they are met in the wild, and what each becomes in the form of its natural task."""

from tests.data.rows_in_short import BLUE, CHOICES, PLAIN, SEGMENTS, assistant, row, system, user

CASES = [
    (
        "pre-tokenised",
        "pre-tokenised",
        {"input_ids": [1, 2, 0], "attention_mask": [1, 1, 0], "labels": [-100, 2, -100]},
        [{"input_ids": [1, 2], "labels": [-100, 2]}],
    ),
    # id, own name (the kind), the row, the rows of the natural task's form
    ("plain-text", "plain-text", {"text": "Once upon a time."}, [{"text": "Once upon a time."}]),
    ("plain-text", "plain-text", {"content": "Once.", "url": "a"}, [{"text": "Once."}]),
    ("prompt-only", "prompt-only", {"prompt": "Why?"}, [{"prompt": [user("Why?")]}]),
    ("prompt-only", "prompt-only", {"question": "Why?", "context": "Wet."}, [{"prompt": [user("Why?\n\nWet.")]}]),
    ("prompt-only", "prompt-only", {"prompt": [user("Why?")], "id": 3}, [{"prompt": [user("Why?")]}]),
    ("prompt-completion", "prompt-completion", {"prompt": "Why?", "completion": "Because."}, [PLAIN]),
    (
        "prompt-completion",
        "prompt-completion",
        {"prompt": [user("Why?")], "completion": [assistant("Because.")]},
        [PLAIN],
    ),
    ("prompt-completion", "prompt-completion", {"message_1": "Why?", "message_2": "Because."}, [PLAIN]),
    ("prompt-completion", "prompt-completion", {"prompt": "Why?", "generation": "Because."}, [PLAIN]),
    (
        "prompt-completion",
        "prompt-completion",
        {"query": "And?", "response": "So.", "history": [["Why?", "Because."]], "system": ""},
        [row("Why?", answer="Because."), row("Why?", "Because.", "And?", answer="So.")],
    ),
    (
        "prompt-completion",
        "prompt-completion",
        {"prompt": "Add.", "query": "1 2", "response": "3"},
        [row("Add.\n\n1 2", answer="3")],
    ),
    (
        "prompt-completion",
        "prompt-completion",
        {"prompt": "Why?", "response": "Because.", "model_trace": "Hm."},
        [row("Why?", answer="<think>\nHm.\n</think>\n\nBecause.")],
    ),
    (
        "prompt-completion",
        "orca",
        {"id": "a.1", "system_prompt": "Be brief.", "question": "Why?", "response": "Because."},
        [{"prompt": [system("Be brief."), user("Why?")], "completion": [assistant("Because.")]}],
    ),
    ("prompt-completion", "summaries", {"article": "Long.", "summary": "L."}, [row("Long.", answer="L.")]),
    (
        "prompt-completion",
        "creative-acr",
        {"instruction": "Why?", "answer": "Eh.", "critiques": "c", "scores": "s", "revision": "Because."},
        [PLAIN],
    ),
    ("prompt-completion", "segments", {"segments": SEGMENTS}, [PLAIN]),
    ("question-answer", "question-answer", {"question": "Why?", "answer": "Because."}, [PLAIN]),
    ("question-answer", "question-answer", {"problem": "1+1?", "solution": "1 and 1 are 2.", "answer": "2"}, [row("1+1?", answer="1 and 1 are 2.")]),
    (
        "question-answer",
        "question-answer",
        {"Question": "Why?", "Complex_CoT": "Hm.", "Response": "Because."},
        [row("Why?", answer="<think>\nHm.\n</think>\n\nBecause.")],
    ),
    (
        "question-answer",
        "question-answer",
        {"question": "Why?", "category": "RAIN", "answer": "Because.", "value": "$200"},
        [PLAIN],
    ),
    (
        "question-answer",
        "question-answer",
        {"article": "It rains.", "question": "Why?", "answer": "Because."},
        [row("Why?\n\nIt rains.", answer="Because.")],
    ),
    (
        "question-answer",
        "squad",
        {
            "context": "It rains.",
            "question": "What?",
            "answers": {"text": ["rain", "Rain"], "answer_start": [3]},
        },
        [row("What?\n\nIt rains.", answer="rain")],
    ),
    (
        "question-answer",
        "unanswerable",
        {"article": "It rains.", "unanswerable_question": "Who?"},
        [row("Who?\n\nIt rains.", answer="The text does not say.")],
    ),
    ("question-answer", "multiple-choice", CHOICES, [BLUE]),
    (
        "question-answer",
        "multiple-choice",
        {"question": "Sky?", "choices": {"text": ["red", "blue"], "label": ["A", "B"]}, "answerKey": "B"},
        [BLUE],
    ),
    (
        "question-answer",
        "multiple-choice",
        {"question": "Sky?", "choices": ["red", "blue"], "solution": "blue", "explanation": "Air."},
        [row("Sky?\n\nA. red\nB. blue", answer="B. blue\n\nAir.")],
    ),
    ("alpaca", "alpaca", {"instruction": "Why?", "input": "", "output": "Because."}, [PLAIN]),
    ("alpaca", "alpaca", {"instruction": "", "input": "Why?", "output": "Because."}, [PLAIN]),
    ("alpaca", "alpaca", {"instruction": "Why?", "input": "", "response": "Because."}, [PLAIN]),
    ("alpaca", "alpaca", {"INSTRUCTION": "Why?", "RESPONSE": "Because."}, [PLAIN]),
    (
        "alpaca",
        "alpaca",
        {"instruction": "Why?", "output": "Because.", "id": "1", "parent_id": "", "system": ""},
        [PLAIN],
    ),
    (
        "alpaca",
        "alpaca",
        {"instruction": "And 2?", "input": "", "output": "4", "system": "Add.", "history": [["1?", "2"]]},
        [
            {"prompt": [system("Add."), user("1?")], "completion": [assistant("2")]},
            {
                "prompt": [system("Add."), user("1?"), assistant("2"), user("And 2?")],
                "completion": [assistant("4")],
            },
        ],
    ),
    (
        "alpaca",
        "reflection",
        {"instruction": "Why?", "input": "", "output": "Eh.", "reflection": "No.", "corrected": "Because."},
        [row("Why?", answer="<think>\nEh.\n\nNo.\n</think>\n\nBecause.")],
    ),
    (
        "dolly",
        "dolly",
        {"instruction": "Why?", "context": "", "response": "Because.", "category": "open_qa"},
        [PLAIN],
    ),
    ("dolly", "dolly", {"instruction": "Why?", "context": "Wet.", "response": "Rain."}, [row("Why?\n\nWet.", answer="Rain.")]),
]  # fmt: skip
