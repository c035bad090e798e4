from ftkit.diagnosis.evidence import Evidence
from tests.diagnosis.made_up import found, healthy, history, passes, why_not

GIB = 2**30


def run(peak: int | None, adds: int = 8, memory: int | None = 24 * GIB) -> Evidence:
    return Evidence(
        actual={"arguments": {"gradient_accumulation_steps": adds, "per_device_train_batch_size": 2}},
        machine={"gpu": {"memory": memory} if memory else None},
        speed={"gpu_memory_peak": peak},
    )


def test_found_where_small_batches_are_added_up_beside_empty_memory():
    assert "25 %" in found("FT203", history(healthy), evidence=run(6 * GIB)).sentence


def test_silent_where_the_memory_is_used():
    assert passes("FT203", history(healthy), evidence=run(20 * GIB))


def test_not_applicable_without_a_card_or_without_accumulation():
    assert "no graphics card" in why_not("FT203", history(healthy), evidence=run(None, memory=None))
    assert "single batch" in why_not("FT203", history(healthy), evidence=run(6 * GIB, adds=1))
    assert why_not("FT203", history(healthy))
