import base64
import random
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ftkit.data.checks.personal import KINDS, kinds_in
from tests.data.checks.made_up import asked, checked, clean, found

RANDOM = random.Random(7)


def letters(count, of=string.ascii_letters + string.digits):
    return "".join(RANDOM.choice(of) for _ in range(count))


# All made up here, joined from pieces: no scanner should take this file for a leak.
SECRETS = {
    "e-mail address": [
        "maria.huber" + "@gmail.com",
        "j_doe+list" + "@mail.uni-heidelberg.de",
        "<a.b" + "@firma.co.uk>",
    ],
    "phone number": [
        "+49 " + "171 3920468",
        "+1 (415) " + "926-3104",
        "+33 6 " + "12 39 50 78",
        "(415) " + "926-3104",
        "Call me: 415-" + "926-3104",
        "Tel. 0171 " + "3920468",
        "Reach me at +49 " + "171 3920468",
        "Mine is (415) " + "926-3104",
    ],
    "bank account (IBAN)": ["DE02 1203 " + "0000 0000 2020 51", "NL02ABNA" + "0123456789"],
    "credit card": [
        "4539 1488 " + "0343 6467",
        "4539-1488-" + "0343-6467",
        "my visa card is 45391488" + "03436467",
    ],
    "API key": [
        "AKIA" + letters(16, string.ascii_uppercase + string.digits),
        "ghp_" + letters(36),
        "sk-proj-" + letters(48),
        "hf_" + letters(34, string.ascii_letters),
        "AIza" + letters(35),
        "sk_live_" + letters(24),
    ],
    "private key": [
        "-----BEGIN RSA " + "PRIVATE KEY-----\n" + base64.b64encode(RANDOM.randbytes(200)).decode()
    ],
    "password in an address": ["postgres://admin:" + "Tr0ub4dor" + "@db.firma.de/shop"],
}
CASES = [(kind, secret) for kind, several in SECRETS.items() for secret in several]

HARMLESS = [
    "Write to name@example.com or info@example.org, or me@example-domain.com.",
    "user@yourcompany.com, admin@localhost, test@test.com, git@github.com:owner/name.git, noreply@github.com",
    "@app.route('/') and @dataclass; x @ y.T; a@b.sum(axis=1); logo@2x.png",
    "Call (555) 555-0123 or +1 212 555 0147 or 1-800-555-1234.",
    "She has 120-45-30 = 45 left; 300-200-1000 = -900; 415-926-3104",
    "2024-05-17 10:22:33, 17.05.2024, 192.168.100.200, version 10.12.2024.1234",
    "ISBN 978-3-16-148410-0, order 20240517123456, 3.141592653589793",
    "<<1250000*80000=100000000000>>100000000000 and 12345678 + 87654321 = 99999999",
    "x = +12345678901; y=5 +4915112345678",
    "Test card 4111 1111 1111 1111 or 4242-4242-4242-4242, 4539 1488 0343 6468",
    "45391488" + "03436467 grains of sand",
    "DE89 3704 0044 0532 0130 00 is everybody's example; DE02 1203 0000 0000 2020 52 is none",
    "AB12 CDEF GHIJ KLMN OPQR; CH12 tables; GPT4 AND BERT2019",
    "AKIAIOSFODNN7EXAMPLE, sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, sk-your-api-key-goes-here-and-nowhere-else",
    "hf_" + "x" * 34 + " ghp_" + "a" * 36,
    "sk-learn-is-the-short-name-of-scikit-learn-among-friends",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "postgres://user:password@db.firma.de/shop and https://{user}:{token}@host.de/",
    "http://localhost:8080/a@b",
]


@pytest.mark.parametrize(("kind", "secret"), CASES)
def test_every_kind_is_found_and_never_shown(kind, secret):
    rows = [*clean(5), asked("Who?", f"That is it: {secret} and no more.")]
    finding = found("FD015", rows)
    assert finding.drop == (5,)
    assert f"{kind} in 1" in finding.sentence
    assert "Only obvious" in finding.sentence
    assert finding.fix == "drop-personal-data"
    for piece in secret.split():
        assert len(piece) < 5 or piece not in repr(finding)


@pytest.mark.parametrize("text", HARMLESS)
def test_examples_sums_and_program_text_are_no_alarm(text):
    assert kinds_in(text) == ()


def test_silent_on_clean_rows():
    assert found("FD015", clean(300)) is None


def test_the_rest_of_a_conversation_goes_with_it():
    secret = SECRETS["e-mail address"][0]
    first = asked("Hello", "Hello!")
    second = {
        "prompt": [*first["prompt"], *first["completion"], {"role": "user", "content": f"I am {secret}"}],
        "completion": [{"role": "assistant", "content": "Good."}],
    }
    third = {
        "prompt": [*second["prompt"], *second["completion"], {"role": "user", "content": "Bye"}],
        "completion": [{"role": "assistant", "content": "Bye!"}],
    }
    finding = found("FD015", [first, second, third, *clean(2)], numbers=[1, 1, 1, 2, 3])
    assert (finding.count, finding.drop) == (1, (1, 2))
    assert "e-mail address in 1" in finding.sentence


def test_the_system_prompt_and_other_forms_are_looked_at():
    secret = SECRETS["API key"][1]
    assert found("FD015", [asked("Q", "A", system=f"The key is {secret}")]).count == 1
    assert found("FD015", [{"text": f"key={secret}"}], form="domain").count == 1


@given(st.text())
@example("\ud800@\udfff.com +٤٩ ٠١٢٣٤٥٦٧٨٩")
@example("+" * 5_000 + "1" * 5_000 + "@" * 5_000)
def test_any_text_can_be_looked_at(text):
    assert set(kinds_in(text)) <= set(KINDS)
    row = {
        "prompt": [{"role": "user", "content": text}],
        "completion": [{"role": "assistant", "content": text}],
    }
    checked([row, row]).findings()


@given(st.text(alphabet="@.+-()0123456789 aAeE_skDE/:", max_size=400))
def test_texts_made_of_what_it_looks_for_raise_nothing(text):
    assert set(kinds_in(text)) <= set(KINDS)


@given(st.text(max_size=40), st.sampled_from(CASES), st.text(max_size=40))
def test_a_secret_never_stands_in_any_finding(before, case, after):
    _, secret = case
    rows = [asked(before + "?", f"{before} {secret} {after}")] * 3
    shown = repr(checked(rows).findings())
    assert secret not in shown
    assert all(len(piece) < 8 or piece not in shown for piece in secret.split())


@pytest.mark.parametrize(
    "piece", ["a", "1", "@", "a@", "1 ", "A1", "sk-", "+1", "DE02 ", "-----BEGIN ", "://a:", "a."]
)
def test_long_texts_are_searched_to_their_end(piece):
    """A pattern that tries every way to match would not come to an end here."""
    text = piece * (400_000 // len(piece))
    kinds_in(text)
