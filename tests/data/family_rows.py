"""One row of every family as it is met in the wild, and what it becomes in the form of its natural task."""

import json


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def system(text):
    return {"role": "system", "content": text}


def call(name, **arguments):
    return {"type": "function", "function": {"name": name, "arguments": arguments}}


def row(*prompt, answer):
    """A training row: texts of the prompt, user first, and the answer."""
    messages = [user(text) if n % 2 == 0 else assistant(text) for n, text in enumerate(prompt)]
    return {"prompt": messages, "completion": [assistant(answer)]}


def pair(prompt, chosen, rejected):
    return {"prompt": [user(prompt)], "chosen": [assistant(chosen)], "rejected": [assistant(rejected)]}


def told(*texts, keys=("role", "content"), names=("user", "assistant")):
    return [{keys[0]: names[n % 2], keys[1]: text} for n, text in enumerate(texts)]


def shared(*texts):
    return told(*texts, keys=("from", "value"), names=("human", "gpt"))


WEATHER = {"name": "weather", "description": "Look out", "parameters": {"type": "object", "properties": {}}}
OFFERED = [{"type": "function", "function": WEATHER}]
SEGMENTS = [
    {"label": False, "text": "Why"},
    {"label": False, "text": "?"},
    {"label": True, "text": "Because."},
]
CHOICES = {"question": "Sky?", "choices": ["red", "blue"], "answer": 1}
BLUE = row("Sky?\n\nA. red\nB. blue", answer="B. blue")
PLAIN = row("Why?", answer="Because.")
CASES = [
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
REFUSED = [
    ("multimodal", {"messages": told("<image>Who?", "He."), "images": ["a.jpg"]}),
    ("multimodal", {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "a"}]}]}),
    ("pre-tokenised", {"input_ids": [1, 2], "attention_mask": [1, 1], "labels": [1, 2]}),
]
UNKNOWN = [
    {"frage": "Was?", "antwort": "Das."},
    {"message_id": "a", "parent_id": None, "text": "Hi", "role": "prompter"},
    {"step": 1, "loss": 0.5},
    {"text": "A.", "rejected_text": "B."},
    {"content": "It rains.", "question": "Why?"},
    {"prompt": "Write a poem.", "poem": "Roses are red,\nviolets are blue."},
]
