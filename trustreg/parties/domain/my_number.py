"""マイナンバー, the individual number: recognised so that it can be refused. It is never stored (domain rule 10).

総務省令: check digit = 11 - (Σ P_n x Q_n mod 11), 0 when the remainder is 0 or 1; P_n is the n-th of the
eleven digits counted from the lowest, Q_n is n + 1 for n ≤ 6 and n - 5 above.
"""

from __future__ import annotations

import re
import unicodedata

# Twelve digits that stand alone, plain or in groups of four as on the card.
# The look-ahead lets candidates overlap.
_CANDIDATE = re.compile(r"(?<![0-9])(?=([0-9]{4}[ \-]?[0-9]{4}[ \-]?[0-9]{4})(?![0-9]))")
# Dashes that NFKC does not turn into a hyphen-minus.
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))


def check_digit(base: str) -> int:
    """The check digit of eleven ASCII digits. Raises ValueError for anything else."""
    if not re.fullmatch(r"[0-9]{11}", base):
        raise ValueError(f"got {len(base)} characters, expected 11 digits")
    total = sum(
        int(digit) * (position + 1 if position <= 6 else position - 5)
        for position, digit in enumerate(reversed(base), start=1)
    )
    remainder = total % 11
    return 0 if remainder <= 1 else 11 - remainder


def is_my_number(digits: str) -> bool:
    """Whether twelve ASCII digits carry a valid My Number check digit."""
    return bool(re.fullmatch(r"[0-9]{12}", digits)) and int(digits[11]) == check_digit(digits[:11])


def found_in(text: str) -> bool:
    """Whether `text` holds a My Number, in half or full width, plain or in groups of four."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return any(is_my_number(re.sub(r"[ \-]", "", match[1])) for match in _CANDIDATE.finditer(plain))


def without(text: str) -> str:
    """`text` without every My Number in it; `text` itself when there is none."""
    # Character by character, so that each character of the plain text is known to come from one of `text`.
    plain = [(piece, at) for at, char in enumerate(text) for piece in unicodedata.normalize("NFKC", char)]
    line = "".join(piece for piece, _ in plain).translate(_DASHES)
    gone = {
        plain[place][1]
        for match in _CANDIDATE.finditer(line)
        if is_my_number(re.sub(r"[ \-]", "", match[1]))
        for place in range(match.start(1), match.end(1))
    }
    return "".join(char for at, char in enumerate(text) if at not in gone)
