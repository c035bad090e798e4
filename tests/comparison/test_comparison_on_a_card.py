"""On an NVIDIA card, where the base is in half precision and training is mixed: what was trained is known again."""

import pytest

from benchmarks.techniques import CHAINS, chain, trained
from ftkit.hardware import this_machine

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.skipif(this_machine().gpu is None, reason="needs an NVIDIA card"),
]


@pytest.mark.parametrize("method", ["lora", "qlora", "lora-8bit", "dora", "pissa", "adalora", "full"])
def test_base_and_tuned_are_known_again_by_another_process(tmp_path, method):
    row = trained(tmp_path, "row", method=method)
    assert row["trains"], row["why"]
    assert row["loads"], row["again"]
    assert row["again"]["merged"] == (method != "lora-8bit"), row["again"]


def test_a_chain_of_tasks_goes_through_merged_models(tmp_path):
    links = chain(CHAINS["domain → sft → dpo"], tmp_path)["links"]
    assert all(link["trains"] and link["loads"] for link in links.values()), links
