import pytest

from ftkit.data.messages import turns_of
from ftkit.data.records import DoesNotFit
from ftkit.data.turns import in_order
from tests.data.checks.made_up import asked, clean, found

U, A, S, T = "user", "assistant", "system", "tool"


@pytest.mark.parametrize("roles", [[A, U], [U, U, A], [U, A, A], [U, S, A], [U, A, T, U], [U, "narrator"]])
def test_every_order_that_is_refused_is_counted(roles):
    # The reasons come from the conversion itself: should they be worded anew, this notices.
    with pytest.raises(DoesNotFit) as refused:
        in_order(turns_of([{"role": role, "content": f"text {i}"} for i, role in enumerate(roles)]))
    finding = found("FD013", clean(20), left_out=[(30, str(refused.value)), (40, str(refused.value))])
    assert finding.count == 2
    assert str(refused.value) in finding.sentence
    assert [place.number for place in finding.rows] == [30, 40]
    assert finding.severity == "warning"


def test_other_reasons_are_none_of_its_business():
    left_out = [
        (1, "the answer is missing"),
        (2, "the conversation is empty"),
        (3, "the row is not valid JSON"),
    ]
    assert found("FD013", clean(20), left_out=left_out) is None


def test_roles_that_the_template_does_not_print():
    rows = [*clean(3), asked("Who?", "Me.", system="Be brief.")]
    finding = found("FD013", rows, roles=frozenset((U, A)))
    assert finding.count == 1
    assert "system" in finding.sentence
    assert found("FD013", rows, roles=frozenset((U, A, S))) is None


def test_silent_where_no_model_is_known():
    assert found("FD013", [asked("Who?", "Me.", system="Be brief.")]) is None
