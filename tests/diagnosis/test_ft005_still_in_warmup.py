from tests.diagnosis.made_up import found, healthy, history, passes, still_falling, why_not


def test_found_where_the_warmup_outlasts_the_run():
    made = history(still_falling)
    made.warmup_steps = 100
    finding = found("FT005", made)
    assert finding.evidence == {"last_step": 60, "warmup_steps": 100}


def test_found_from_rising_rates_where_the_warmup_is_not_known():
    made = history(still_falling)
    made.warmup_steps = None
    made.learning_rate = [(step, step * 1e-6) for step, _ in made.learning_rate]
    assert "still rising" in found("FT005", made).sentence


def test_silent_after_the_warmup():
    assert passes("FT005", history(healthy))


def test_not_applicable_where_nothing_is_known():
    made = history(healthy)
    made.warmup_steps, made.learning_rate = None, []
    assert why_not("FT005", made)
