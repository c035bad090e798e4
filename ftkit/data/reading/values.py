"""Values of tables as those of JSON: text, numbers, true and false, nothing, lists and groups."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any


def plain_value(value: Any) -> Any:
    """The same value as JSON would hold it. Bytes stay bytes: they are no text, and nobody takes them for one."""
    if value is None or isinstance(value, (str, bool, int, bytes)):
        return value
    if isinstance(value, float):
        # A table has no other way of leaving a number out.
        return None if value != value else value
    if isinstance(value, dict):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(item) for item in value]
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        # pandas' NaT is a date that is none.
        return value.isoformat() if value == value else None
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (datetime.timedelta, uuid.UUID)):
        return str(value)
    if hasattr(value, "tolist"):
        return plain_value(value.tolist())
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value
