"""What TRL's own trainers make of rows: the other side of every comparison with the token view."""

from __future__ import annotations

# Beyond SmolLM2's template: one that writes tools, what is called with, and what came back, as Qwen's does.
TOOL_TEMPLATE = (
    "{%- if tools %}{{ '<|im_start|>system\n' }}"
    "{%- if messages[0].role == 'system' %}{{ messages[0].content + '\n' }}{% endif %}"
    "{%- for tool in tools %}{{ tool | tojson + '\n' }}{% endfor %}{{ '<|im_end|>\n' }}"
    "{%- elif messages[0].role == 'system' %}{{ '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}"
    "{%- endif %}"
    "{%- for message in messages %}{%- if message.role != 'system' %}"
    "{{ '<|im_start|>' + message.role + '\n' + message.content }}"
    "{%- for call in message.tool_calls or [] %}"
    "{{ '\n<tool_call>\n' + call.function.name + ' ' + (call.function.arguments | tojson) + '\n</tool_call>' }}"
    "{%- endfor %}{{ '<|im_end|>\n' }}{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{%- endif %}"
)


def sft_trainer(folder, out, dataset, max_length=512, template=None):
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    arguments = SFTConfig(
        output_dir=str(out), per_device_train_batch_size=len(dataset), max_length=max_length, bf16=False, use_cpu=True,
        gradient_checkpointing=False, train_sampling_strategy="sequential", report_to="none",
    )  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if template:
        tokenizer.chat_template = template
    return SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(folder),
        args=arguments,
        train_dataset=dataset,
        processing_class=tokenizer,
    )


def first_batch(folder, out, max_length, dataset, template=None):
    """Ids and labels of the first batch of TRL's own trainer, padding taken off."""
    trainer = sft_trainer(folder, out, dataset, max_length, template)
    batch = next(iter(trainer.get_train_dataloader()))
    lengths = batch["attention_mask"].sum(dim=1).tolist() if "attention_mask" in batch else None
    found = []
    for index, (ids, labels) in enumerate(
        zip(batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True)
    ):
        length = lengths[index] if lengths else len(ids)
        assert set(labels[length:]) <= {-100}
        found.append((tuple(ids[:length]), tuple(labels[:length])))
    return found
