from ftkit.diagnosis.evidence import Evidence
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def compared(*answers: tuple[str, str]) -> Evidence:
    return Evidence(pairs=[{"base": {"text": base}, "tuned": {"text": tuned}} for base, tuned in answers])


def test_found_where_all_answers_are_the_same():
    finding = found(
        "FT116", history(healthy), evidence=compared(*[("Tar is sticky.", "Tar is sticky. ")] * 4)
    )
    assert finding.evidence == {"questions": 4, "same": 4}


def test_one_other_answer_is_enough():
    evidence = compared(*[("Same.", "Same.")] * 4, ("Tar.", "Arr, tar!"))
    assert passes("FT116", history(healthy), evidence=evidence)


def test_not_applicable_without_a_comparison():
    assert "ftkit.compare" in why_not("FT116", history(healthy))
    assert why_not("FT116", history(healthy), evidence=Evidence(pairs=[{"base": 1}, {"tuned": {}}, {}]))
