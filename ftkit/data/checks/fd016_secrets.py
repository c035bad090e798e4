"""FD016: keys, tokens and passwords."""

from __future__ import annotations

import re

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD016"
TITLE = "Keys and passwords"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ()
MEANING = (
    "A model can repeat a key that it was trained on, to anyone who asks. Only obvious ones are found: private keys, access "
    "tokens of well-known services, passwords inside web addresses. What is found is never shown, only where it is."
)
TRY = "Leave these rows out, and have every key that is real replaced by its owner: the file may have been copied."
FIX: str | None = "drop-secrets"

_PATTERNS = (
    (
        "-----BEGIN",
        "private key",
        re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/=\s]{40}"),
    ),
    ("AKIA", "AWS key", re.compile(r"\bAKIA[0-9A-Z]{16}\b")),
    ("ghp_", "GitHub token", re.compile(r"\bghp_[A-Za-z0-9]{36}\b")),
    ("github_pat_", "GitHub token", re.compile(r"\bgithub_pat_[A-Za-z0-9_]{60,90}\b")),
    ("glpat-", "GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("hf_", "Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{34}\b")),
    ("sk-", "API key", re.compile(r"\bsk-[A-Za-z0-9_-]{32,200}")),
    ("AIza", "Google key", re.compile(r"\bAIza[0-9A-Za-z_-]{35}")),
    ("xox", "Slack token", re.compile(r"\bxox[abprs]-[0-9]{8,}-[A-Za-z0-9-]{16,}")),
    ("eyJ", "login token", re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}")),
    ("://", "password in an address", re.compile(r"://[^\s/:@]{1,64}:([^\s/:@]{6,64})@[\w-]+\.[\w.-]+")),
)
_MADE_UP = re.compile(
    r"example|your|x{4}|\*{3}|password|1234567|placeholder|user:pass|<|\{|\$", re.IGNORECASE
)
# A real key has many different characters.
_KINDS = 12


class Check:
    """Looks for the beginnings that such keys have, and only then at their form."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._tally = Tally()
        self._kinds: dict[str, int] = {}

    def see(self, row: SeenRow) -> None:
        """Look at the text of one row; what is found is counted and not kept."""
        text = row.said
        kinds = {
            kind
            for mark, kind, pattern in _PATTERNS
            if mark in text and any(_real(hit) for hit in pattern.finditer(text))
        }
        if kinds:
            self._tally.add(row)
            for kind in kinds:
                self._kinds[kind] = self._kinds.get(kind, 0) + 1

    def finding(self) -> Finding | None:
        """How many rows, and what kind; never what stands there."""
        tally = self._tally
        if not tally.count:
            return None
        kinds = ", ".join(f"{kind} ({count:,})" for kind, count in sorted(self._kinds.items()))
        what = "row holds" if tally.count == 1 else "rows hold"
        return Finding(
            f"{tally.count:,} {what} what looks like a key or password: {kinds}. Only obvious cases are found.",
            tally.count,
            tally.first,
            tally.ordinals,
        )


def _real(hit: re.Match[str]) -> bool:
    secret = hit[1] if hit.re.groups else hit[0]
    return not _MADE_UP.search(hit[0]) and (bool(hit.re.groups) or len(set(secret)) >= _KINDS)
