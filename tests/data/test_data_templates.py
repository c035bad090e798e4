"""What is shown is what is trained, whatever the model's chat template is like: against TRL's own first batch.

Each template is written after that of a well-known model, with the tiny tokenizer's special tokens.
"""

import json

import pytest

from ftkit.data import token_view
from ftkit.data.tokenizer import load_tokens
from ftkit.errors import DataError
from tests.data.rows_in_short import assistant, system, user
from tests.data.test_data_trained_on import SEVERAL, calls, every_row, stored
from tests.data.trained_on import first_batch

START, END = "<|im_start|>", "<|im_end|>"
LLAMA_3 = (
    "{{ bos_token }}{% for m in messages %}{{ '<h>' + m['role'] + '</h>\n\n' + m['content'] | trim + eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<h>assistant</h>\n\n' }}{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set head = messages[0]['content'] %}{% set rest = messages[1:] %}"
    "{% else %}{% set rest = messages %}{% endif %}{% for m in rest %}"
    "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "{% if m['role'] == 'user' %}{% if loop.first and head is defined %}{{ '[INST] ' + head + '\n\n' + m['content'] + ' [/INST]' }}"
    "{% else %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% endif %}{% else %}{{ ' ' + m['content'] | trim + eos_token }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}{% set role = 'model' if m['role'] == 'assistant' else m['role'] %}"
    "{{ '<t>' + role + '\n' + m['content'] | trim + eos_token + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<t>model\n' }}{% endif %}"
)
ZEPHYR = (
    "{% for m in messages %}\n{% if m['role'] == 'user' %}\n{{ '<|user|>\n' + m['content'] + eos_token }}\n"
    "{% elif m['role'] == 'system' %}\n{{ '<|system|>\n' + m['content'] + eos_token }}\n"
    "{% elif m['role'] == 'assistant' %}\n{{ '<|assistant|>\n' + m['content'] + eos_token }}\n{% endif %}\n"
    "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)
MARKED = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}{% if m['role'] == 'assistant' %}"
    "{% generation %}{{ m['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
    "{% else %}{{ m['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
QWEN_3 = (
    "{%- set ns = namespace(last=-1) %}{%- for m in messages %}{%- if m.role == 'user' %}{%- set ns.last = loop.index0 %}{%- endif %}{%- endfor %}"
    "{%- for m in messages %}{%- set content = m.content %}"
    "{%- if m.role == 'assistant' and '</think>' in content and loop.index0 < ns.last %}{%- set content = content.split('</think>')[-1].lstrip('\n') %}{%- endif %}"
    "{%- if m.role == 'assistant' and '</think>' not in content and loop.index0 > ns.last %}{%- set content = '<think>\n\n</think>\n\n' + content %}{%- endif %}"
    "{{- '<|im_start|>' + m.role + '\n' + content + '<|im_end|>\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"
)
TEMPLATES = {
    "llama-3": LLAMA_3,
    "mistral": MISTRAL,
    "gemma": GEMMA,
    "zephyr": ZEPHYR,
    "marked": MARKED,
    "qwen-3": QWEN_3,
}
STARTS = ("llama-3", "mistral", "gemma")
PADDED = [
    {"prompt": [user("  Why?\n")], "completion": [assistant("  Because. \n\n")]},
    {"prompt": [system("Be brief."), user("Why?")], "completion": [assistant("é漢字🏴‍☠️")]},
    {"prompt": [user("Why?"), assistant("<think>\nHm.\n</think>\n\nBecause."), user("And?")], "completion": [assistant("<think>\nSo.\n</think>\n\nSo.")]},
]  # fmt: skip


def rows_for(template):
    rows = [one for one in [*every_row("sft"), *SEVERAL, *PADDED] if "tools" not in one and not calls(one)]
    if TEMPLATES[template] == GEMMA:
        rows = [one for one in rows if one["prompt"][0]["role"] != "system"]
    return [one for one in rows if all(m["role"] != "tool" for m in one["prompt"])]


@pytest.fixture(scope="module", params=["plain", "starts every text"])
def folder(request, tiny_model_folder, tmp_path_factory):
    """The tiny model; and with a tokenizer that puts its start token before every text, as Llama's does."""
    if request.param == "plain":
        return tiny_model_folder
    new = tmp_path_factory.mktemp("starting")
    for path in tiny_model_folder.iterdir():
        (new / path.name).write_bytes(path.read_bytes())
    tree = json.loads((new / "tokenizer.json").read_text(encoding="utf-8"))
    tree["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": START, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {START: {"id": START, "ids": [1], "tokens": [START]}},
    }
    (new / "tokenizer.json").write_text(json.dumps(tree), encoding="utf-8")
    return new


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_labels_shown_are_those_of_the_first_batch(folder, tmp_path, template):
    rows = rows_for(template)
    shown = [token_view(one, folder, template=TEMPLATES[template]) for one in rows]
    batch = first_batch(folder, tmp_path, 1024, stored(rows, "sft"), TEMPLATES[template])
    assert [(view.ids, view.labels) for view in shown] == batch
    tokenizer = load_tokens(folder).tokenizer
    end, start = tokenizer.token_to_id(END), tokenizer.token_to_id(START)
    for one, view in zip(rows, shown, strict=True):
        assert end in view.labels, "the end of the turn is learned"
        if template in STARTS:
            assert view.ids[0] == start
            assert view.ids.count(start) == 1
        learned = "".join(p for p, label in zip(view.pieces, view.labels, strict=True) if label != -100)
        assert one["completion"][0]["content"].strip() in learned
        assert not any(m["content"].strip() in learned for m in one["prompt"] if len(m["content"]) > 12)


@pytest.mark.parametrize("template", ["llama-3", "mistral", "gemma", "marked"])
def test_a_model_is_asked_with_the_tokens_it_was_trained_behind(folder, tmp_path, template):
    """Also by transformers' own function, which the cells use."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = TEMPLATES[template]
    for one in rows_for(template):
        view = token_view(one, folder, template=TEMPLATES[template])
        read = [i for i, label in zip(view.ids, view.labels, strict=True) if label == -100]
        asked = tokenizer.apply_chat_template(one["prompt"], add_generation_prompt=True, return_dict=True)
        assert read == list(asked["input_ids"])


def test_running_text_starts_once_and_ends_once(folder, tmp_path):
    from ftkit.data import token_views

    rows = [{"text": "Once upon a time."}, {"text": f"Ends already.{END}"}]
    shown = [token_views(one, folder, form="domain")[0] for one in rows]
    assert [(view.ids, view.labels) for view in shown] == first_batch(
        folder, tmp_path, 1024, stored(rows, "domain")
    )
    for view in shown:
        assert view.labels.count(2) == 1
        assert view.ids.count(1) <= 1


def test_a_template_that_refuses_system_prompts_says_so(folder):
    with pytest.raises(DataError, match="System role not supported"):
        token_view(PADDED[1], folder, template=GEMMA)
