"""What a chat template prints is found by trying it."""

import pytest

from ftkit.data.printed import CALLS, TOOLS, printed
from ftkit.data.tokenizer import ModelTokens

CHATML = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
CALLING = (
    "{% if tools %}{% for t in tools %}{{ t.function.name }}{% endfor %}{% endif %}"
    "{% for m in messages %}{{ m.role }}: {{ m.content }}"
    "{% for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}{% endfor %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m.role not in ('user', 'assistant') %}{{ raise_exception('no') }}{% endif %}"
    "{{ m.content }}{% endfor %}"
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (CHATML, {"system", "user", "assistant", "tool"}),
        (CALLING, {"system", "user", "assistant", "tool", CALLS, TOOLS}),
        (NO_SYSTEM, {"user", "assistant"}),
        ("", set()),
    ],
)
def test_a_template_is_tried(template, expected):
    assert printed(ModelTokens("a", None, template, {})) == expected
