from ftkit.diagnosis import diagnose
from ftkit.diagnosis.evidence import Evidence
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.verdict import judge
from tests.diagnosis.made_up import found, healthy, history, passes, why_not


def counted(**leak: int) -> Evidence:
    return Evidence(actual={"leak": leak})


def test_many_twins_leave_no_verdict():
    evidence = counted(held_out=30, same_rows=6, same_questions=9)
    finding = found("FT010", history(healthy), evidence=evidence)
    assert "9 ask what a training row asks, 6" in finding.sentence
    assert judge(Reading(history(healthy), evidence=evidence)).verdict == "not-enough-evidence"


def test_instability_is_then_a_finding_and_no_verdict():
    def ran_away(share: float) -> float:
        return 2.0 + 3 * share

    evidence = counted(held_out=30, same_rows=9, same_questions=9)
    said = judge(Reading(history(ran_away), evidence=evidence))
    assert judge(Reading(history(ran_away))).verdict == "unstable"
    assert said.verdict == "not-enough-evidence"
    assert "FT103" in {finding.code for finding in said.findings}


def test_a_single_twin_is_only_told():
    evidence = counted(held_out=30, same_rows=0, same_questions=1)
    assert found("FT010", history(healthy), evidence=evidence).severity == "tip"
    assert judge(Reading(history(healthy), evidence=evidence)).verdict == "healthy"


def test_silent_without_twins():
    assert passes("FT010", history(healthy), evidence=counted(held_out=30, same_rows=0, same_questions=0))


def test_not_applicable_without_a_record():
    assert "no record" in why_not("FT010", history(healthy))
    assert diagnose(history(healthy)).verdict == "healthy"
