"""What is shown is what is trained: every family, every form, several turns and tools, against TRL's own trainers."""

import pytest

from ftkit.data import chat_prompt, token_view, token_views
from ftkit.data.arrow import as_dataset
from ftkit.data.chat_template import injected_system, offered_template
from ftkit.data.forms import TASKS, natural_form
from ftkit.data.store import RowStore, line_of
from ftkit.data.token_counts import lengths_of
from ftkit.data.tokenizer import load_tokens
from tests.data.family_rows import CASES
from tests.data.rows_in_short import OFFERED, assistant, call, user
from tests.data.test_data_detect import choose, records, rows_in
from tests.data.trained_on import TOOL_TEMPLATE, first_batch


def every_row(form):
    """The rows of every family whose natural task has this form."""
    found = []
    for _, _, value, expected in CASES:
        chosen, _ = choose(records(value), "auto", None)
        if natural_form(chosen.module) == form:
            found += rows_in(value, chosen, form)
            assert found[-len(expected) :] == expected
    assert found
    return found


def stored(rows, form):
    """The rows as a cell gets them, through the very lines that are written."""
    store = RowStore()
    for one in rows:
        store.append(line_of(one))
    everything = range(len(store))
    return as_dataset(store, {"train": everything, "validation": [0], "test": [0]}, form)["train"]


def turns(count):
    return [user(f"Question {n}?") if n % 2 == 0 else assistant(f"Answer {n}.") for n in range(count)]


TOLD = {"role": "tool", "name": "weather", "content": '{"sky": "grey"}'}
ASKED = assistant("", tool_calls=[call("weather", city="Ulm", days=[1, 2], deep={"é": None})])
WITH_TOOLS = [
    {"prompt": [user("Rain?")], "completion": [ASKED], "tools": OFFERED},
    {"prompt": [user("Rain?"), ASKED, TOLD], "completion": [assistant("No.")], "tools": OFFERED},
    {"prompt": [user("Rain?"), ASKED, TOLD, assistant("No."), user("Snow?")], "completion": [ASKED], "tools": OFFERED},
]  # fmt: skip
SEVERAL = [{"prompt": turns(2 * n + 1), "completion": [assistant(f"Answer {n}.")]} for n in range(5)]


@pytest.mark.parametrize("template", [None, TOOL_TEMPLATE], ids=["smollm2", "tools"])
def test_the_labels_shown_are_those_trained_on_in_every_family(tiny_model_folder, tmp_path, template):
    rows = [*every_row("sft"), *SEVERAL]
    if template:
        rows += WITH_TOOLS
    else:
        rows = [one for one in rows if "tools" not in one and not calls(one)]
    shown = [token_view(one, tiny_model_folder, template=template) for one in rows]
    batch = first_batch(tiny_model_folder, tmp_path, 1024, stored(rows, "sft"), template)
    assert [(view.ids, view.labels) for view in shown] == batch


def calls(row):
    return any("tool_calls" in message for message in [*row["prompt"], *row["completion"]])


def test_each_answer_of_a_conversation_is_trained_on_once(tiny_model_folder):
    value = {"messages": turns(6)}
    chosen, _ = choose(records(value), "auto", None)
    rows = rows_in(value, chosen, "sft")
    learned = []
    for one in rows:
        view = token_view(one, tiny_model_folder)
        learned.append("".join(p for p, label in zip(view.pieces, view.labels, strict=True) if label != -100))
    assert learned == [f"Answer {n}.<|im_end|>\n" for n in (1, 3, 5)]


def test_tools_are_rendered_as_transformers_does(tiny_model_folder):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_model_folder)
    tokens = load_tokens(tiny_model_folder, TOOL_TEMPLATE)
    for one in WITH_TOOLS:
        messages = [*one["prompt"], *one["completion"]]
        theirs = tokenizer.apply_chat_template(
            messages, chat_template=TOOL_TEMPLATE, tools=one["tools"], tokenize=False
        )
        assert tokens.chat(messages, tools=one["tools"]) == theirs


def test_running_text_is_learned_from_token_for_token(tiny_model_folder, tmp_path):
    rows = [*every_row("domain"), {"text": "Ends already.<|im_end|>"}]
    shown = [token_views(one, tiny_model_folder, form="domain")[0] for one in rows]
    batch = first_batch(tiny_model_folder, tmp_path, 1024, stored(rows, "domain"))
    assert [(view.ids, view.labels) for view in shown] == batch


def test_both_answers_of_a_pair_are_shown_as_dpo_reads_them(tiny_model_folder, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    rows = [one for one in every_row("preference") if not calls_in_pair(one)]
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(tiny_model_folder),
        args=DPOConfig(output_dir=str(tmp_path), bf16=False, use_cpu=True, report_to="none", max_length=1024),
        train_dataset=stored(rows, "preference"),
        processing_class=AutoTokenizer.from_pretrained(tiny_model_folder),
    )
    for one, theirs in zip(rows, trainer.train_dataset, strict=True):
        for view, name in zip(
            token_views(one, tiny_model_folder, form="preference"), ("chosen", "rejected"), strict=True
        ):
            assert list(view.ids) == theirs["prompt_ids"] + theirs[f"{name}_ids"]
            assert [label for label in view.labels if label != -100] == theirs[f"{name}_ids"]


def calls_in_pair(row):
    return "tools" in row or any(
        "tool_calls" in message for name in ("prompt", "chosen", "rejected") for message in row[name]
    )


@pytest.mark.parametrize("form", sorted(set(TASKS.values())))
def test_lengths_are_those_of_the_views(tiny_model_folder, form):
    rows = every_row(form)
    tokens = load_tokens(tiny_model_folder, TOOL_TEMPLATE)
    for one, length in zip(rows, lengths_of(rows, form, tokens), strict=True):
        views = token_views(one, tiny_model_folder, form=form, template=TOOL_TEMPLATE)
        assert length.longest == max(len(view.ids) for view in views)
        assert length.total == sum(len(view.ids) for view in views)
        assert length.trained == sum(view.trained for view in views)


def without_template(folder, tmp_path, eos="<|im_end|>"):
    import json

    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"eos_token": eos, "tokenizer_class": "PreTrainedTokenizerFast"} if eos else {}))  # fmt: skip
    return tmp_path


def test_a_base_model_is_offered_a_chat_template_with_the_reason(tiny_model_folder, tmp_path):
    folder = without_template(tiny_model_folder, tmp_path)
    offered = offered_template(folder)
    assert "<|im_end|>, the model's own end token" in offered.reason
    view = token_view(SEVERAL[1], folder, template=offered.template)
    assert "".join(view.pieces) == (
        "### User:\nQuestion 0?\n\n### Assistant:\nAnswer 1.<|im_end|>\n\n"
        "### User:\nQuestion 2?\n\n### Assistant:\nAnswer 1.<|im_end|>"
    )
    assert [label for label in view.labels if label != -100][-1] == load_tokens(folder).tokenizer.token_to_id(
        "<|im_end|>"
    )
    assert offered_template(tiny_model_folder) is None


def test_what_is_offered_trains_as_it_is_shown(tiny_model_folder, tmp_path):
    template = offered_template(without_template(tiny_model_folder, tmp_path)).template
    shown = [token_view(one, tiny_model_folder, template=template) for one in SEVERAL]
    batch = first_batch(tiny_model_folder, tmp_path / "out", 1024, stored(SEVERAL, "sft"), template)
    assert [(view.ids, view.labels) for view in shown] == batch


def test_the_system_prompt_that_a_template_adds_is_found(tiny_model_folder):
    added = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    assert injected_system(tiny_model_folder) == added
    assert added in chat_prompt([user("Hi")], tiny_model_folder)
