"""Amounts as Kubernetes writes them: `500m` CPUs, `512Mi` of memory, `1Gi` of disk."""

import re
from decimal import Decimal
from typing import NewType

Quantity = NewType("Quantity", str)
"""Text of a quantity that `parse_quantity` has accepted; compare with `amount`."""

_SUFFIXES = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
}
_FORM = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<suffix>[numkMGTP]|[KMGTP]i)?", re.ASCII)


def parse_quantity(text: str) -> Quantity:
    """Raises ValueError with a sentence that says what would be right."""
    if _FORM.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a quantity; write for example 500m, 2, 512Mi or 1Gi")
    return Quantity(text)


def amount(quantity: str) -> Decimal:
    """Give CPUs or bytes as a number. Raises ValueError like `parse_quantity`."""
    found = _FORM.fullmatch(parse_quantity(quantity))
    if found is None:  # parse_quantity has just matched the same form
        raise AssertionError(quantity)
    return Decimal(found["number"]) * _SUFFIXES[found["suffix"] or ""]
