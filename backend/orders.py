"""What an order is, and what a client may send for one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from backend.problems import ProblemError

LONGEST_ITEM = 200
MOST_QUANTITY = 1_000
HIGHEST_PRICE_CENTS = 100_000_000
LONGEST_KEY = 128
HIGHEST_ID = 2**63 - 1

_FIELDS = ("item", "quantity", "price_cents")
_ID = re.compile(r"[1-9][0-9]{0,18}")
_RUN = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(frozen=True, slots=True)
class NewOrder:
    item: str
    quantity: int
    price_cents: int
    """For one."""


@dataclass(frozen=True, slots=True)
class Order:
    id: int
    item: str
    quantity: int
    price_cents: int
    created_at: datetime

    @property
    def value_cents(self) -> int:
        return self.quantity * self.price_cents

    def is_for(self, new: NewOrder) -> bool:
        return (self.item, self.quantity, self.price_cents) == (
            new.item,
            new.quantity,
            new.price_cents,
        )


def parse_new_order(body: Mapping[str, object]) -> NewOrder:
    """Raises `ProblemError` (422), which names the field."""
    for key in body:
        if key not in _FIELDS:
            raise _refused(key[:64], f"An order has {', '.join(_FIELDS)}, and not {key[:64]!r}.")
    return NewOrder(
        item=_item(body.get("item")),
        quantity=_whole("quantity", body.get("quantity"), 1, MOST_QUANTITY),
        price_cents=_whole("price_cents", body.get("price_cents"), 0, HIGHEST_PRICE_CENTS),
    )


def parse_idempotency_key(headers: Mapping[str, str]) -> str:
    """Raises `ProblemError` (400)."""
    key = headers.get("idempotency-key", "")
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            f"The header Idempotency-Key has to be 1 to {LONGEST_KEY} printable ASCII characters.",
        )
    return key


def parse_run(headers: Mapping[str, str]) -> str | None:
    """Raises `ProblemError` (400): an order that is not tagged could not be cleaned up."""
    run = headers.get("x-ironclad-run")
    if run is None or _RUN.fullmatch(run):
        return run
    raise ProblemError(
        HTTPStatus.BAD_REQUEST,
        "The header X-Ironclad-Run has to be 1 to 64 letters, digits, dots, colons, dashes, "
        "underscores.",
    )


def parse_id(text: str) -> int:
    """Raises `ProblemError` (404): what cannot be an id names no order."""
    if not _ID.fullmatch(text) or int(text) > HIGHEST_ID:
        raise no_such_order()
    return int(text)


def no_such_order() -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, "There is no such order.")


def _item(value: object) -> str:
    if not (isinstance(value, str) and 0 < len(value) <= LONGEST_ITEM and value.isprintable()):
        raise _refused("item", f"item has to be 1 to {LONGEST_ITEM} printable characters.")
    return value


def _whole(field: str, value: object, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise _refused(field, f"{field} has to be a whole number from {lowest} to {highest}.")
    return value


def _refused(field: str, detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=field)
