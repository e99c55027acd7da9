"""法人番号, the corporate number: 13 digits, the first of which checks the other twelve.

法人番号の指定等に関する省令 article 2: check digit = 9 - (Σ P_n x Q_n mod 9), where P_n is the n-th
digit of the twelve counted from the lowest and Q_n is 1 for odd n and 2 for even n.
"""

from __future__ import annotations

import re

_TWELVE = re.compile(r"[0-9]{12}")
_THIRTEEN = re.compile(r"[1-9][0-9]{12}")


def check_digit(base: str) -> int:
    """The check digit (1 to 9) of twelve ASCII digits. Raises ValueError for anything else."""
    if not _TWELVE.fullmatch(base):
        raise ValueError(f"got {base!r}, expected 12 digits")
    total = sum(int(digit) * (1 if position % 2 else 2) for position, digit in enumerate(reversed(base), start=1))
    return 9 - total % 9


def has_form(number: str) -> bool:
    """Whether `number` is 13 ASCII digits that do not begin with 0. No spaces or hyphens."""
    return bool(_THIRTEEN.fullmatch(number))


def is_valid(number: str) -> bool:
    """Whether `number` has the form and the right check digit."""
    return has_form(number) and int(number[0]) == check_digit(number[1:])
