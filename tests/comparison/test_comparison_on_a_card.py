"""On an NVIDIA card, where the base is in half precision and training is mixed: what was trained is known again."""

import pytest

from benchmarks.techniques import trained
from ftkit.hardware import this_machine


@pytest.mark.gpu
@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "qlora", "lora-8bit", "dora", "pissa", "full"])
def test_base_and_tuned_are_known_again_by_another_process(tmp_path, method):
    if this_machine().gpu is None:
        pytest.skip("needs an NVIDIA card")
    row = trained(tmp_path, "row", method=method)
    assert row["trains"], row["why"]
    assert row["loads"], row["again"]
    assert row["again"]["merged"] == (method != "lora-8bit"), row["again"]


@pytest.mark.gpu
@pytest.mark.slow
def test_a_chain_of_tasks_goes_through_merged_models(tmp_path):
    from benchmarks.techniques import CHAINS, chain

    if this_machine().gpu is None:
        pytest.skip("needs an NVIDIA card")
    links = chain(CHAINS["domain → sft → dpo"], tmp_path)["links"]
    assert all(link["trains"] and link["loads"] for link in links.values()), links
