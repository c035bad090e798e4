from tests.diagnosis.made_up import by_heart, found, healthy, history, overfit, passes, why_not


def test_found_where_accumulation_adds_the_training_loss_up():
    made = history(healthy)
    made.train = [(step, 16 * loss) for step, loss in made.train]
    finding = found("FT004", made)
    assert finding.title == "Train and eval loss are on different scales"
    assert 12 < finding.evidence["median_ratio"] < 20


def test_found_where_the_evaluation_loss_is_the_larger_one():
    made = history(healthy)
    made.eval = [(step, 8 * loss) for step, loss in made.eval]
    assert "evaluation loss is about 7." in found("FT004", made).sentence


def test_silent_where_a_model_learns_by_heart():
    assert passes("FT004", history(overfit, by_heart))


def test_silent_on_a_healthy_run():
    assert passes("FT004", history(healthy))


def test_not_applicable_without_a_training_loss():
    made = history(healthy)
    made.train = []
    assert why_not("FT004", made)
