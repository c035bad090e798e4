"""Messages and rows in few words, for the tests of families and forms."""


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
