from ftkit.diagnosis.evidence import Evidence
from tests.diagnosis.made_up import barely_moved, found, healthy, history, passes, still_falling, why_not

LORA = Evidence(actual={"peft_config": {"peft_type": "PeftType.LORA"}})
FULL = Evidence(actual={"peft_config": None})


def at(rate: float, course):
    made = history(course)
    made.learning_rate = [(step, rate) for step, _ in made.train]
    return made


def test_found_where_a_low_rate_moved_nothing_or_not_enough():
    assert "hardly moved" in found("FT112", at(1e-6, barely_moved), evidence=LORA).sentence
    assert "fell evenly" in found("FT112", at(1e-5, still_falling), evidence=LORA).sentence


def test_it_argues_for_underfitting():
    assert found("FT112", at(1e-5, still_falling), evidence=LORA).verdict == "underfitting"


def test_a_usual_rate_is_not_blamed():
    assert passes("FT112", at(2e-4, barely_moved), evidence=LORA)
    assert passes("FT112", at(2e-5, still_falling), evidence=FULL)


def test_a_low_rate_that_got_there_is_fine():
    assert passes("FT112", at(1e-5, healthy), evidence=LORA)


def test_not_applicable_without_rate_technique_or_end():
    made = history(healthy)
    made.learning_rate = []
    assert "not recorded" in why_not("FT112", made, evidence=LORA)
    assert "technique" in why_not("FT112", at(1e-6, barely_moved))
    prompt = Evidence(actual={"peft_config": {"peft_type": "PROMPT_TUNING"}})
    assert "technique" in why_not("FT112", at(1e-6, barely_moved), evidence=prompt)
    assert "going" in why_not("FT112", history(barely_moved, done=0.6), evidence=LORA)
