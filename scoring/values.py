"""Values as tables carry them, read as what they are.

Belongs here: one reading of null for decimals. Does not belong here: parsing text of an export.
"""

from __future__ import annotations

from decimal import Decimal

import pandas as pd


def decimal_or_none(value: object) -> Decimal | None:
    """A Decimal, or None for None, NaN and NA. Raises TypeError for a float: a published number never was one."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, int):
        return Decimal(value)
    raise TypeError(f"expected a decimal, not {value!r}")
