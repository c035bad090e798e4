from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def test_found_half_way_through_the_second_epoch():
    made = history(healthy, epochs=1.5)
    assert found("FT006", made).severity == "tip"


def test_found_where_not_every_example_was_seen():
    assert "80 % of the examples" in found("FT006", history(healthy, epochs=0.8)).sentence


def test_silent_at_the_end_of_an_epoch():
    assert passes("FT006", history(healthy))


def test_not_applicable_while_the_run_goes_on_or_the_epochs_are_unknown():
    assert "still going" in why_not("FT006", history(healthy, done=0.5))
    made = history(healthy)
    made.epochs = None
    assert "not known" in why_not("FT006", made)
