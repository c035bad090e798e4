"""Rows made up for the checks, and a short way to ask one of them."""

from ftkit.data.accounting import Skipped
from ftkit.data.checks import CHECKS, CheckFacts, Checks, seen_row


def asked(question, answer, system=None):
    head = [{"role": "system", "content": system}] if system else []
    return {
        "prompt": [*head, {"role": "user", "content": question}],
        "completion": [{"role": "assistant", "content": answer}],
    }


def pair(question, chosen, rejected):
    return {
        "prompt": [{"role": "user", "content": question}],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
    }


def judged(question, answer, label):
    return {**asked(question, answer), "label": label}


NAMES = [
    "Janet",
    "Josh",
    "James",
    "Wendi",
    "Kylar",
    "Toulouse",
    "Carla",
    "John",
    "Eliza",
    "Toula",
    "Bob",
    "Alice",
    "Vera",
    "Noah",
    "Lena",
    "Omar",
]
THINGS = [
    "eggs",
    "bolts",
    "houses",
    "sprints",
    "chickens",
    "glasses",
    "sheep",
    "files",
    "dogs",
    "donuts",
    "pencils",
    "lamps",
    "boats",
]
DEEDS = (
    "sells {t} at the market for {n} dollars each",
    "needs {n} {t} and half that much of the other kind",
    "counts {n} {t} in the morning and loses {m} of them on the way home",
    "buys {t} every week, {n} at a time, and gives {m} to a neighbour",
    "drives {n} miles with {m} {t} in the back of the car",
)


def clean(count=200):
    """Rows like those of gsm8k: nothing is wrong with them."""
    rows = []
    for i in range(count):
        name, thing = NAMES[i % len(NAMES)], THINGS[(i * 7 + i // 13) % len(THINGS)]
        n, m = i + 3, (i * 31) % 17 + 2
        deed = DEEDS[i % len(DEEDS)].format(t=thing, n=n, m=m)
        rows.append(
            asked(
                f"{name} {deed}. How much is that in {m} weeks, problem {i}?",
                f"{thing.title()}: {n} times {m} is {n}*{m} = <<{n}*{m}={n * m}>>{n * m}.\n#### {n * m}",
            )
        )
    return rows


def checked(
    rows, form="sft", parts=None, tokens=None, trained=None, left_out=(), numbers=None, near=False, **facts
):
    """All checks over these rows."""
    checks = Checks(CheckFacts(form, near_duplicates=near, **facts))
    before = None
    for i, row in enumerate(rows):
        before = seen_row(
            i,
            numbers[i] if numbers else i + 1,
            "rows.jsonl",
            parts[i] if parts else "train",
            form,
            row,
            before=before,
            tokens=tokens[i] if tokens else None,
            trained=trained[i] if trained else None,
        )
        checks.see(before)
    checks.end(Skipped(reason, 1, (number,), "rows.jsonl") for number, reason in left_out)
    return checks


def found(code, rows, **more):
    """What one check finds; None where it finds nothing."""
    assert code in CHECKS
    return next((item for item in checked(rows, **more).findings() if item.code == code), None)


def called(question, tool, **arguments):
    """A row whose answer is the call of a tool."""
    row = asked(question, "")
    row["completion"][0]["tool_calls"] = [
        {"type": "function", "function": {"name": tool, "arguments": arguments}}
    ]
    return row
