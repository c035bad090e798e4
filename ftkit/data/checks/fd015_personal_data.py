"""FD015: e-mail addresses, phone numbers, bank accounts, cards and keys."""

from __future__ import annotations

from ftkit.data.checks.personal import KINDS, kinds_in
from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD015"
TITLE = "Personal data or secrets"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ()
MEANING = (
    "A model can repeat what it was trained on word for word, to anybody who asks. Whoever gets the model or the data "
    "gets these too. Only obvious forms are looked for (e-mail addresses, phone numbers, IBANs, credit cards, API keys, "
    "private keys, passwords inside web addresses), never names or street addresses: no finding does not mean that there is nothing."
)
TRY = (
    "Replace them by made-up ones (name@example.com), or leave these rows out. A key that stood in a file should be "
    "withdrawn where it was issued."
)
FIX: str | None = "drop-personal-data"


class Check:
    """Looks at what is new in each row, and keeps only which rows and which kinds."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._tally = Tally()
        self._kinds = dict.fromkeys(KINDS, 0)
        self._inside: set[str] = set()

    def see(self, row: SeenRow) -> None:
        """Look at one row's texts."""
        if row.first:
            self._inside.clear()
        kinds = kinds_in(row.said)
        for kind in kinds:
            if kind not in self._inside:
                self._inside.add(kind)
                self._kinds[kind] += 1
        # The later rows of a conversation hold what its earlier ones held.
        if kinds or (self._inside and row.form == "sft"):
            self._tally.add(row)

    def finding(self) -> Finding | None:
        """How many rows, and of which kinds; nothing of what stands there."""
        tally = self._tally
        if not tally.count:
            return None
        kinds = ", ".join(f"{kind} in {count:,}" for kind, count in self._kinds.items() if count)
        what = "row holds" if tally.count == 1 else "rows hold"
        return Finding(
            f"{tally.count:,} {what} what looks like personal data or a secret: {kinds}. "
            "Only obvious forms are found; there may be more.",
            tally.count,
            tally.first,
            tally.ordinals,
        )
