"""A soft prompt is switched off whole, in models that write and in models that judge."""

from __future__ import annotations

import pytest
import torch

from ftkit.adapters.either import adapter_off


@pytest.mark.parametrize("task_type", ["CAUSAL_LM", "SEQ_CLS"])
@pytest.mark.parametrize("kind", ["PrefixTuningConfig", "PromptTuningConfig", "PromptEncoderConfig"])
def test_with_the_soft_prompt_off_it_is_the_base(tiny_model_folder, task_type, kind):
    """Trained heads included; afterwards the model is as it was."""
    import peft
    import transformers

    name = "CausalLM" if task_type == "CAUSAL_LM" else "SequenceClassification"
    base = getattr(transformers, f"AutoModelFor{name}").from_pretrained(tiny_model_folder).eval()
    base.config.pad_token_id = 2
    ids = torch.arange(3, 12)[None]
    with torch.no_grad():
        expected = base(input_ids=ids).logits
        config = getattr(peft, kind)(task_type=task_type, num_virtual_tokens=4)
        model = peft.get_peft_model(base, config).eval()
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        for parameter in trained:
            parameter += 0.1
        on = model(input_ids=ids).logits
        with adapter_off(model):
            assert torch.equal(model(input_ids=ids).logits, expected)
        assert torch.equal(model(input_ids=ids).logits, on)
        on = on[:, -expected.shape[1] :]  # vectors at the input have logits of their own
    assert not torch.allclose(on, expected)
    still = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert [id(parameter) for parameter in still] == [id(parameter) for parameter in trained]
