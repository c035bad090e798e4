from ftkit.runfolder import History
from tests.diagnosis.made_up import found, passes, why_not


def run(known: int, others: int, rows: int = 12, tokens: int = 10) -> History:
    made = History()
    for step in (0, 60):
        for name, exact in (("train_slice_loss", known), ("loss", others)):
            made.add_evaluations(
                {
                    "step": step,
                    "row": f"{name}{i}",
                    name: 1.0,
                    "tokens": tokens,
                    "sure": tokens if step and i < exact else tokens - 1,
                }
                for i in range(rows)
            )
    return made


def test_found_where_only_training_answers_come_word_for_word():
    finding = found("FT111", run(11, 1))
    assert finding.evidence == {"step": 60, "trained": [11, 12], "held_out": [1, 12]}


def test_silent_where_both_are_known_or_neither():
    assert passes("FT111", run(11, 10))
    assert passes("FT111", run(0, 0))
    assert passes("FT111", run(3, 1))


def test_answers_of_two_words_do_not_tell():
    assert "4 tokens" in why_not("FT111", run(11, 1, tokens=2))


def test_not_applicable_without_a_slice():
    assert "slice" in why_not("FT111", History())
