"""Conversations: rows as they are met in the wild, and what each becomes in the form of its natural task."""

import json

from tests.data.rows_in_short import OFFERED, PLAIN, WEATHER, assistant, call, row, shared, system, told, user

CASES = [
    # id, own name (the kind), the row, the rows of the natural task's form
    ("chat-messages", "vicuna", {"text": "USER: Why? ASSISTANT: Because.</s>"}, [PLAIN]),
    (
        "chat-messages",
        "function-calls",
        {"query": "Rain?", "answers": [{"name": "weather", "arguments": {"day": 1}}], "tools": [WEATHER]},
        [
            {
                "prompt": [user("Rain?")],
                "completion": [assistant("", tool_calls=[call("weather", day=1)])],
                "tools": OFFERED,
            }
        ],
    ),
    ("sharegpt", "sharegpt", {"conversations": shared("Why?", "Because.")}, [PLAIN]),
    (
        "sharegpt",
        "sharegpt",
        {
            "conversations": [
                *shared("Rain?"),
                {"from": "function_call", "value": '{"name": "weather", "arguments": {"day": 1}}'},
                {"from": "observation", "value": '{"rain": true}'},
                {"from": "gpt", "value": "Yes."},
            ],
            "tools": json.dumps([WEATHER]),
        },
        [
            {
                "prompt": [user("Rain?")],
                "completion": [assistant("", tool_calls=[call("weather", day=1)])],
                "tools": OFFERED,
            },
            {
                "prompt": [
                    user("Rain?"),
                    assistant("", tool_calls=[call("weather", day=1)]),
                    {"role": "tool", "content": '{"rain": true}'},
                ],
                "completion": [assistant("Yes.")],
                "tools": OFFERED,
            },
        ],
    ),
    ("chat-messages", "chat-messages", {"messages": told("Why?", "Because.")}, [PLAIN]),
    (
        "chat-messages",
        "chat-messages",
        {"conversations": told("Why?", "Because.", keys=("role", "value"))},
        [PLAIN],
    ),
    (
        "chat-messages",
        "chat-messages",
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "value": "Why?"}], "loss_weight": 0.0},
                {
                    "role": "assistant",
                    "content": [{"type": "reasoning", "value": "Hm."}, {"type": "text", "value": "Because."}],
                    "loss_weight": 1.0,
                },
            ]
        },
        [row("Why?", answer="<think>\nHm.\n</think>\n\nBecause.")],
    ),
    (
        "chat-messages",
        "chat-messages",
        {"messages": [{"role": "developer", "content": "Be brief."}, user("Why?"), assistant("So.", thinking="Hm.")]},
        [{"prompt": [system("Be brief."), user("Why?")], "completion": [assistant("<think>\nHm.\n</think>\n\nSo.")]}],
    ),
    ("chat-messages", "chat-messages", {"messages": json.dumps(told("Why?", "Because.")), "id": "1"}, [PLAIN]),
    ("chat-messages", "chat-messages", {"messages": [system(""), *told("Why?", "Because.")]}, [PLAIN]),
    ("chat-messages", "exchanges", {"conversation": [{"human": "Why?", "assistant": "Because."}]}, [PLAIN]),
    ("chat-messages", "exchanges", {"conversation": [{"input": "Why?", "output": "Because."}]}, [PLAIN]),
    ("chat-messages", "strings", {"conversations": ["Why?", "Because."], "source": "so"}, [PLAIN]),
    (
        "chat-messages",
        "gemini",
        {
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "Why?"}]},
                {"role": "model", "parts": [{"text": "Because."}]},
            ],
        },
        [{"prompt": [system("Be brief."), user("Why?")], "completion": [assistant("Because.")]}],
    ),
    ("chat-messages", "guanaco", {"text": "### Human: Why?\n### Assistant: Because."}, [PLAIN]),
    (
        "chat-messages",
        "guanaco",
        {"text": "Below is a task.\n\n### Instruction:\nAdd.\n\n### Input:\n1 2\n\n### Response:\n3"},
        [{"prompt": [system("Below is a task."), user("Add.\n\n1 2")], "completion": [assistant("3")]}],
    ),
    (
        "chat-messages",
        "templated",
        {"text": "<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nBecause.<|im_end|>\n"},
        [PLAIN],
    ),
    (
        "chat-messages",
        "templated",
        {"text": "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWhy? [/INST] Because. </s><s>[INST] And? [/INST] So. </s>"},
        [
            {"prompt": [system("Be brief."), user("Why?")], "completion": [assistant("Because.")]},
            {
                "prompt": [system("Be brief."), user("Why?"), assistant("Because."), user("And?")],
                "completion": [assistant("So.")],
            },
        ],
    ),
    (
        "chat-messages",
        "templated",
        {
            "text": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\nBecause.<|eot_id|>"
        },
        [PLAIN],
    ),
    (
        "chat-messages",
        "templated",
        {"text": "<|system|>\n</s>\n<|user|>\nWhy?</s>\n<|assistant|>\nBecause.</s>"},
        [PLAIN],
    ),
    (
        "multi-turn-prompts",
        "multi-turn-prompts",
        {"question_id": 81, "category": "writing", "turns": ["Why?", "And why that?"]},
        [{"prompt": [user("Why?")]}],
    ),
    (
        "self-instruct",
        "self-instruct",
        {
            "id": "seed_task_0",
            "name": "why",
            "instruction": "Add.",
            "instances": [{"input": "1 2", "output": "3"}, {"input": "", "output": "0"}],
            "is_classification": False,
        },
        [row("Add.\n\n1 2", answer="3"), row("Add.", answer="0")],
    ),
]  # fmt: skip
