"""What is shown is what is trained: tokens and labels equal transformers' and TRL's, without importing either."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.data import chat_prompt, data_facts, prompt_ids, row_id, token_view
from ftkit.data.template import render
from ftkit.errors import DataError
from tests.data import trained_on
from tests.tiny import as_chat, tiny_rows


def turn(role, content):
    return {"role": role, "content": content}


CONVERSATIONS = [
    [turn("user", "Say red twice.")],
    [turn("system", "Be brief."), turn("user", "Hi")],
    [turn("user", "a"), turn("assistant", "b"), turn("user", "c")],
    [turn("user", " spaces  and\n\nnewlines\t "), turn("assistant", "é漢字🏴‍☠️")],
    [turn("user", "<|im_end|>\n<|im_start|>assistant\nfake"), turn("assistant", "{{ 7 * 7 }} {% raw %}")],
    [turn("user", "<b>&amp;</b> \"quotes\" 'and' `ticks`")],
]
# Beyond SmolLM2's: the pieces of Jinja that templates of other models use.
TEMPLATES = [
    "{{ bos_token }}{% for m in messages %}{{ m | tojson }}{% endfor %}{{ eos_token }}",
    "{% for m in messages %}\n  {% if m.role == 'system' %}{% continue %}{% endif %}\n  {{ m['content'] | trim }}\n{% endfor %}",
    "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{{ ns.n }}{{ m.content }}{% endfor %}",
    "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% if loop.index > 1 %}{% break %}{% endif %}{% endfor %}",
    "{{ dict(a=1) }}{{ messages | length }}{{ tools }}{{ strftime_now('%Y') }}{% if add_generation_prompt %}A:{% endif %}",
]


@pytest.fixture(scope="module")
def tokenizer(tiny_model_folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_model_folder)


@pytest.mark.parametrize("messages", CONVERSATIONS)
@pytest.mark.parametrize("generation", [True, False])
def test_the_template_is_rendered_as_transformers_does(tokenizer, tiny_model_folder, messages, generation):
    ours = chat_prompt(messages, tiny_model_folder, add_generation_prompt=generation)
    assert ours == tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=generation)


@pytest.mark.parametrize("template", TEMPLATES)
def test_other_templates_are_rendered_as_transformers_does(tokenizer, template):
    for messages in CONVERSATIONS:
        for generation in (True, False):
            theirs = tokenizer.apply_chat_template(
                messages, chat_template=template, tokenize=False, add_generation_prompt=generation
            )
            ours = render(template, messages, tokenizer.special_tokens_map, add_generation_prompt=generation)
            assert ours == theirs


@pytest.mark.parametrize("messages", CONVERSATIONS)
def test_ids_are_those_of_transformers(tokenizer, tiny_model_folder, messages):
    theirs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)[
        "input_ids"
    ]
    assert prompt_ids(messages, tiny_model_folder) == list(theirs)


def test_a_template_that_refuses_says_so():
    with pytest.raises(
        DataError, match="refuses a conversation of the roles system, user: no system, please"
    ):
        render("{{ raise_exception('no system, please') }}", CONVERSATIONS[1], {})


def test_a_template_cannot_reach_out_of_its_sandbox():
    with pytest.raises(DataError):
        render("{{ messages.__class__.__mro__[1].__subclasses__() }}", CONVERSATIONS[0], {})


ROWS = [
    *as_chat(tiny_rows(6)),
    {"prompt": CONVERSATIONS[1], "completion": [turn("assistant", "Yo.")]},
    {"prompt": CONVERSATIONS[2], "completion": [turn("assistant", "d\n\ne ")]},
    {"prompt": CONVERSATIONS[4][:1], "completion": [turn("assistant", "é漢字🏴‍☠️ <|im_end|> x")]},
    {"prompt": [turn("user", "long " * 40)], "completion": [turn("assistant", "short")]},
]


def first_batch(folder, out, max_length, rows=ROWS):
    """Ids and labels of the first batch of TRL's own trainer, padding taken off."""
    from datasets import Dataset

    return trained_on.first_batch(folder, out, max_length, Dataset.from_list(rows))


@pytest.mark.parametrize("max_length", [512, 60])
def test_the_labels_shown_are_the_labels_of_the_first_batch(tiny_model_folder, tmp_path, max_length):
    shown = [token_view(row, tiny_model_folder, max_length) for row in ROWS]
    # TRL leaves out rows of which nothing is left to learn after the cut.
    kept = [(view.ids, view.labels) for view in shown if any(label != -100 for label in view.labels)]
    assert first_batch(tiny_model_folder, tmp_path, max_length) == kept


def test_the_end_of_turn_is_learned_although_it_is_also_the_padding(tokenizer, tiny_model_folder):
    assert tokenizer.pad_token_id == tokenizer.eos_token_id
    for row in ROWS:
        view = token_view(row, tiny_model_folder)
        assert tokenizer.eos_token_id in [label for label in view.labels if label != -100][-2:]


def test_a_model_is_asked_with_exactly_the_tokens_it_was_trained_behind(tokenizer, tiny_model_folder):
    for row in ROWS:
        view = token_view(row, tiny_model_folder)
        read = [i for i, label in zip(view.ids, view.labels, strict=True) if label == -100]
        asked = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=True)[
            "input_ids"
        ]
        assert read == list(asked) == prompt_ids(row["prompt"], tiny_model_folder)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_the_pieces_joined_are_the_text(tiny_model_folder, question, answer):
    row = {"prompt": [turn("user", question)], "completion": [turn("assistant", answer)]}
    view = token_view(row, tiny_model_folder)
    messages = row["prompt"] + row["completion"]
    assert "".join(view.pieces) == chat_prompt(messages, tiny_model_folder, add_generation_prompt=False)
    assert len(view.ids) == len(view.labels) == len(view.pieces)


def test_what_is_cut_is_counted(tiny_model_folder):
    whole = token_view(ROWS[0], tiny_model_folder)
    cut = token_view(ROWS[0], tiny_model_folder, max_length=10)
    assert (len(cut.ids), cut.cut, whole.cut) == (10, len(whole.ids) - 10, 0)


def test_the_facts_count_every_token(tiny_model_folder):
    parts = {"train": ROWS[:5], "validation": ROWS[5:7], "test": ROWS[7:]}
    lengths = sorted(len(token_view(row, tiny_model_folder).ids) for row in ROWS)
    facts = data_facts(parts, tiny_model_folder, skipped=3)
    assert (facts.train_rows, facts.validation_rows, facts.test_rows, facts.skipped) == (5, 2, 3, 3)
    assert (facts.longest, facts.p95) == (lengths[-1], lengths[-1])
    assert facts.mean == pytest.approx(sum(lengths) / len(lengths))


def test_a_model_without_a_chat_template_is_refused(tiny_model_folder, tmp_path):
    (tmp_path / "tokenizer.json").write_bytes((tiny_model_folder / "tokenizer.json").read_bytes())
    with pytest.raises(DataError, match="has no chat template"):
        chat_prompt(CONVERSATIONS[0], tmp_path)
    with pytest.raises(DataError, match=r"holds no tokenizer\.json"):
        chat_prompt(CONVERSATIONS[0], tmp_path / "nowhere")


def test_a_row_id_depends_on_the_words_alone():
    row = ROWS[0]
    turned = {"completion": row["completion"], "prompt": [dict(reversed(m.items())) for m in row["prompt"]]}
    assert row_id(row) == row_id(turned) == row_id({**row, "extra": 1})
    assert len({row_id(row) for row in ROWS}) == len(ROWS)
    assert len(row_id(row)) == 16


def test_nothing_heavy_is_imported(tiny_model_folder, tiny_data):
    code = (
        "import sys; from ftkit import data; from ftkit.recipe.tree import DataChoice\n"
        f"found = data.inspect_data({str(tiny_data)!r})\n"
        f"parts = data.load_parts(DataChoice(source={str(tiny_data)!r}))\n"
        f"data.data_facts(parts, {str(tiny_model_folder)!r}); data.token_view(parts['train'][0], {str(tiny_model_folder)!r})\n"
        "print(sorted({'torch', 'transformers', 'datasets', 'trl', 'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.starter
def test_the_same_holds_for_the_starter_model(tmp_path):
    from transformers import AutoTokenizer

    from ftkit.catalog import starter_model

    folder = starter_model()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for messages in CONVERSATIONS:
        theirs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)[
            "input_ids"
        ]
        assert prompt_ids(messages, folder) == list(theirs)
    views = [token_view(row, folder, 256) for row in ROWS]
    assert first_batch(folder, tmp_path, 256) == [(view.ids, view.labels) for view in views]
    assert all(tokenizer.eos_token_id in view.labels for view in views)
