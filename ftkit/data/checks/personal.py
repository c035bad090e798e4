"""Personal data and secrets in a text, as far as their form gives them away.

Only forms that hardly anything else has are looked for: every false alarm makes a real one easier to overlook. What
was found is never given out, only which kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable

EMAIL, PHONE, IBAN, CARD, KEY, PRIVATE_KEY, PASSWORD = (
    "e-mail address",
    "phone number",
    "bank account (IBAN)",
    "credit card",
    "API key",
    "private key",
    "password in an address",
)
KINDS = (EMAIL, PHONE, IBAN, CARD, KEY, PRIVATE_KEY, PASSWORD)

_IN_ADDRESS = re.compile(r"://[^\s/@]{1,190}\Z")
_AFTER_AT = re.compile(r"@([A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,8}([A-Za-z]{2,24}))(?![\w(@-])", re.ASCII)
_BEFORE_AT = re.compile(r"(?<![\w.+%/-])[A-Za-z0-9_](?:[\w.+%-]{0,63})\Z", re.ASCII)
# Reserved for examples (RFC 2606 and 6761), or names that everybody takes for one.
_EXAMPLE_ENDS = frozenset(("example", "test", "invalid", "localhost", "local", "internal"))
_EXAMPLE_HOST = re.compile(
    r"(?:^|\.)(?:example[\w-]*|(?:your|my|some|the|this)?-?(?:company|domain|mail|email|website|site|host|server|provider|name)"
    r"|yoursite|acme|foo|bar|baz|test|testing|sample|abc|xyz|x+)\.[a-z.]+$"
)
_EXAMPLE_NAME = re.compile(r"^(?:git|noreply|no-reply|donotreply|do-not-reply)$")
_FILE_ENDS = frozenset(
    ("png", "jpg", "jpeg", "gif", "svg", "webp", "py", "js", "ts", "css", "html", "json", "txt", "md", "dot")
)

# Something in front of the digits that makes them a number to call, or to pay with.
_CALL = re.compile(
    r"(?:phone|telephone|tel|call|mobile|cell|fax|whatsapp|sms|telefon|handy|mobil|téléphone|teléfono)\b[^\n\d]{0,20}\Z",
    re.IGNORECASE,
)
_PAY = re.compile(
    r"(?:card|visa|mastercard|amex|american express|credit|debit|karte)\b[^\n\d]{0,30}\Z", re.IGNORECASE
)
_WORLD = (
    "1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    r"|2[1-689]\d|3[578]\d|42\d|5[09]\d|6[789]\d|8[0578]\d|9[679]\d"
)
_DIGITS = re.compile(r"(?:\+|\(|\b)\d[\d ().\-/]{7,30}\d(?![\w%])", re.ASCII)
_COUNTRY = re.compile(rf"\+(?:{_WORLD})(?!\d*[.]\d*$)[\d ().\-/]+$")
_AMERICAN = re.compile(r"(\()?([2-9]\d\d)(?(1)\) ?|([-. ]))([2-9]\d\d)[-. ](\d{4})$")
_HOME = re.compile(r"0[1-9][\d ()./-]{7,16}$")
_CALCULATION = re.compile(r"[\d)\]=*/+^<>$€£×÷−-]\s*\Z|\w\Z")
_CARD_SHAPE = re.compile(r"(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{5})$")
_CARD_ISSUER = re.compile(r"4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|3[47]|6011|65|35|30[0-5]|3[68]")
_TEST_CARDS = frozenset(
    [
        "4111111111111111",
        "4242424242424242",
        "4012888888881881",
        "4000056655665556",
        "4000000000000002",
        "4917610000000000",
        "5555555555554444",
        "5105105105105100",
        "5200828282828210",
        "2223003122003222",
        "378282246310005",
        "371449635398431",
        "6011111111111117",
        "6011000990139424",
        "3530111333300000",
        "3566002020360505",
        "30569309025904",
        "38520000023237",
    ]
)

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?: ?[A-Z0-9]){11,30}(?![a-z])", re.ASCII)
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL OM",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "PT ST LY", 26: "IS TR", 27: "FR GR IT MC MR SM BI DJ",
        28: "AL AZ BY CY DO GT HU LB PL NI SV", 29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
# From the standard's registry and the encyclopaedias: everybody's example.
_EXAMPLE_IBANS = frozenset(
    [
        "DE89370400440532013000",
        "GB29NWBK60161331926819",
        "GB82WEST12345698765432",
        "GB33BUKB20201555555555",
        "FR1420041010050500013M02606",
        "FR7630006000011234567890189",
        "ES9121000418450200051332",
        "IT60X0542811101000000123456",
        "NL91ABNA0417164300",
        "BE68539007547034",
        "CH9300762011623852957",
        "AT611904300234573201",
        "DE75512108001245126199",
        "SE4550000000058398257466",
        "NO9386011117947",
        "DK5000400440116243",
        "PL61109010140000071219812874",
        "IE29AIBK93115212345678",
    ]
)

_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"A(?:KIA|SIA)([A-Z0-9]{16})"  # Amazon
    r"|AIza([\w-]{35})"  # Google
    r"|gh[pousr]_([A-Za-z0-9]{36,})|github_pat_(\w{60,})|glpat-([\w-]{20,})"  # GitHub, GitLab
    r"|sk-(?:ant-|proj-|or-|svcacct-)?([A-Za-z0-9_-]{32,})"  # language models
    r"|hf_([A-Za-z]{34})"  # Hugging Face
    r"|xox[abeoprs]-([\w-]{20,})|xapp-([\w-]{20,})"  # Slack
    r"|[sr]k_live_([A-Za-z0-9]{20,})"  # Stripe
    r"|SG\.([\w-]{22}\.[\w-]{40,})"  # SendGrid
    r"|npm_([A-Za-z0-9]{36})|pypi-(AgEIcHlwaS5vcmc[\w-]{50,})|dop_v1_([a-f0-9]{64})"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.([\w-]{20,})"  # logins (JWT)
    r")(?![A-Za-z0-9])",
    re.ASCII,
)
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----([^-]{40,})")
_PASSWORD = re.compile(r"://[^\s/:@]{1,64}:([^\s/:@]{6,64})@[\w-]+\.[\w.-]+")
_NO_PASSWORD = re.compile(r"pass|secret|pwd|[<>{}$\[\]]", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"x{4}|X{4}|\*{3}|(?:\.\.\.)|your|example|placeholder|12345678|abcdef", re.IGNORECASE
)
_KEY_STARTS = re.compile(
    r"A[KS]IA|AIza|gh[pousr]_|github_pat_|glpat-|sk-|hf_|xox|xapp-|k_live_|SG\.|npm_|pypi-|dop_v1_|eyJ|-----BEGIN "
)
# What keeps the closer looks away from nearly every text. Sums and prices are shorter; every IBAN has such a run, too.
_NUMBER = re.compile(r"\d[\d ().\-/]{7,}\d", re.ASCII)
_KEY_MARKS = ("_", "-", "AIza", "KIA", "SIA", "eyJ", "SG.")
"""One of them is in every key; looking for these takes a tenth of the time of looking for the beginnings."""


def kinds_in(text: str) -> tuple[str, ...]:
    """The kinds of personal data and secrets that stand in a text, each once; nothing of the text itself."""
    looks: list[str] = []
    if "@" in text:
        looks += EMAIL, PASSWORD
    if _NUMBER.search(text):
        looks += PHONE, IBAN, CARD
    for mark in _KEY_MARKS:
        if mark in text:
            if _KEY_STARTS.search(text):
                looks += KEY, PRIVATE_KEY
            break
    return tuple(kind for kind in looks if _LOOKS[kind](text))


def _email(text: str) -> bool:
    for after in _AFTER_AT.finditer(text):
        # Looking back from the sign keeps long words without one from costing anything.
        at = after.start()
        name = _BEFORE_AT.search(text, max(0, at - 66), at)
        if name is None or _IN_ADDRESS.search(text, max(0, at - 200), at):
            continue
        host, end = after[1].lower(), after[2].lower()
        if end in _EXAMPLE_ENDS or end in _FILE_ENDS or _EXAMPLE_HOST.search(host):
            continue
        if not _EXAMPLE_NAME.match(name[0].lower()):
            return True
    return False


def _phone(text: str) -> bool:
    for found in _DIGITS.finditer(text):
        shown = found[0]
        digits = re.sub(r"\D", "", shown)
        if not 8 <= len(digits) <= 15 or _made_up(digits):
            continue
        before = text[max(0, found.start() - 40) : found.start()]
        called = bool(_CALL.search(before))
        if not called and _CALCULATION.search(before):
            continue
        if _COUNTRY.match(shown) and "+" not in before[-1:]:
            if len(digits) >= 9 and (called or _grouped(shown) or len(digits) >= 11):
                return True
        elif american := _AMERICAN.match(shown.removeprefix("1-").removeprefix("1 ")):
            # 415-926-3104 might be a subtraction or a part number; brackets, or a word before it, say what it is.
            if called or american[1]:
                return True
        elif called and _HOME.match(shown) and len(digits) >= 9:
            return True
    return False


def _grouped(shown: str) -> bool:
    return any(mark in shown for mark in " -(")


def _made_up(digits: str) -> bool:
    """Numbers nobody has: 555 in America, one digit over and over, counting upwards."""
    local = digits[-10:]
    return (
        (len(digits) >= 10 and local[3:6] == "555")
        or len(set(digits[-7:])) <= 2
        or any(run in digits for run in ("1234567", "2345678", "0123456", "9876543"))
        or digits.startswith("447700900")
    )


def _iban(text: str) -> bool:
    for found in _IBAN.finditer(text):
        shown = found[0].replace(" ", "")
        length = _IBAN_LENGTHS.get(shown[:2])
        if length is None or len(shown) < length:
            continue
        number = shown[:length]
        if number not in _EXAMPLE_IBANS and _divides(number):
            return True
    return False


def _divides(iban: str) -> bool:
    """Whether the check digits of an account are right (ISO 7064)."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _card(text: str) -> bool:
    for found in _DIGITS.finditer(text):
        shown = found[0]
        digits = re.sub(r"\D", "", shown)
        if len(digits) not in (14, 15, 16) or digits in _TEST_CARDS or len(set(digits)) < 5:
            continue
        if not _CARD_ISSUER.match(digits) or not _sums_up(digits):
            continue
        # A number without groups may count anything, and one in ten sums up by chance.
        before = text[max(0, found.start() - 60) : found.start()]
        if _CARD_SHAPE.match(shown) or (shown == digits and _PAY.search(before)):
            return True
    return False


def _sums_up(digits: str) -> bool:
    """Whether the check digit of a card is right (Luhn)."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def _key(text: str) -> bool:
    for found in _KEYS.finditer(text):
        body = next(group for group in found.groups() if group)
        # Real ones are drawn by chance: nearly every letter is another one, and there are digits or capitals.
        if (
            len(set(body)) >= 10
            and (body.lower() != body or re.search(r"\d", body))
            and not _PLACEHOLDER.search(body)
        ):
            return True
    return False


def _private_key(text: str) -> bool:
    return any(
        len(set(found[1])) >= 20 and not _PLACEHOLDER.search(found[1][:200])
        for found in _PRIVATE_KEY.finditer(text)
    )


def _password(text: str) -> bool:
    return any(
        len(set(found[1])) >= 5 and not _NO_PASSWORD.search(found[1]) and not _PLACEHOLDER.search(found[0])
        for found in _PASSWORD.finditer(text)
    )


_LOOKS: dict[str, Callable[[str], bool]] = {
    EMAIL: _email,
    PHONE: _phone,
    IBAN: _iban,
    CARD: _card,
    KEY: _key,
    PRIVATE_KEY: _private_key,
    PASSWORD: _password,
}
