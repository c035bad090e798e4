"""Rows of every family: what each becomes, what is refused, and what is not known."""

from tests.data import column_rows, conversation_rows, judged_rows
from tests.data.rows_in_short import told

CASES = [*column_rows.CASES, *conversation_rows.CASES, *judged_rows.CASES]
REFUSED = [
    ("multimodal", {"messages": told("<image>Who?", "He."), "images": ["a.jpg"]}),
    ("multimodal", {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "a"}]}]}),
]
UNKNOWN = [
    {"frage": "Was?", "antwort": "Das."},
    {"message_id": "a", "parent_id": None, "text": "Hi", "role": "prompter"},
    {"step": 1, "loss": 0.5},
    {"text": "A.", "rejected_text": "B."},
    {"content": "It rains.", "question": "Why?"},
    {"prompt": "Write a poem.", "poem": "Roses are red,\nviolets are blue."},
]
