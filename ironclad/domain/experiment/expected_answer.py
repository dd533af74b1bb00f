"""Which answer a request expects: what is good for an objective (a 404 is) may be no answer at all.

The client knows what it wrote, so it knows what each answer has to hold. Every answer is compared,
because reading one costs less than 2 % of sending it. To find 1 wrong answer in 500 with 99 %
confidence takes ln(0.01) / ln(1 - 1/500) = 2,301 reads, which no sample of a small run would have.

A success that is not the right one is wrong: another status, another content type, a body that is
empty, malformed or of another order. So is a 404 to an order that the service has acknowledged.
Any other 4xx is unexpected alone. A service that answers 404 to everything spends no budget, but a
baseline needs the answers that its requests expect.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from http import HTTPStatus

from ironclad.domain.experiment.experiment import Load
from ironclad.domain.load.load import WRONG_ANSWER, Attempt, Operation
from ironclad.domain.text.wording import count

JSON = "application/json"
_OF_AN_ORDER = {Operation.WRITE: frozenset({201}), Operation.READ: frozenset({200})}
"""A write that is repeated with its key gets the first one's answer, 201 as well."""
_SUCCESS = frozenset(range(200, 300))
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

Order = Mapping[str, object]
Fits = Callable[[object], bool]


class Wrong(StrEnum):
    """What is wrong with an answer; the ledger's error is `wrong_answer/empty`, and so on."""

    STATUS = auto()
    EMPTY = auto()
    CONTENT_TYPE = "content-type"
    MALFORMED = auto()
    FOREIGN = auto()
    """A whole document, and not the one that was asked for."""
    MISSING = auto()
    """An order that was acknowledged is said not to be there."""


class WrongAnswerError(Exception):
    def __init__(self, wrong: Wrong) -> None:
        super().__init__(f"{WRONG_ANSWER}/{wrong}")


@dataclass(slots=True)
class Expected:
    """`fits` judges the JSON document of a success; None where nothing is known of its body.

    `is_known` tells that the service has acknowledged what is asked for. `right` is a body that was
    found right: the same one is right again, and need not be parsed.
    """

    statuses: frozenset[int]
    fits: Fits | None = None
    is_known: bool = False
    right: bytes = b""

    def read(self, status: int, content_type: str, body: bytes) -> object:
        """Give the document of a right answer, None if it is known. Raises `WrongAnswerError`.

        What is no success is right or wrong by its status alone.
        """
        if status >= HTTPStatus.BAD_REQUEST:
            if self.is_known and status in _GONE:
                raise WrongAnswerError(Wrong.MISSING)
            return None
        if status not in self.statuses:
            raise WrongAnswerError(Wrong.STATUS)
        if self.fits is None or (body and body == self.right and content_type == JSON):
            return None
        found = _document(self.fits, content_type, body)
        self.right = body
        return found


def _document(fits: Fits, content_type: str, body: bytes) -> object:
    if not body:
        raise WrongAnswerError(Wrong.EMPTY)
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise WrongAnswerError(Wrong.CONTENT_TYPE)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WrongAnswerError(Wrong.MALFORMED) from error
    if not fits(found):
        raise WrongAnswerError(Wrong.FOREIGN)
    return found


def any_answer(load: Load) -> Expected:
    """Of a path of one's own nothing is known but that it is a success."""
    return Expected(statuses(load, Operation.READ))


def list_of_orders(load: Load) -> Expected:
    return Expected(statuses(load, Operation.READ), _is_list)


def created(load: Load, sent: Order) -> Expected:
    """Expect the order that was sent, with an id, whichever."""
    return Expected(
        statuses(load, Operation.WRITE), lambda found: _holds(found, sent) and bool(order_id(found))
    )


def acknowledged(load: Load, sent: Order, its_id: str, answer: bytes = b"") -> Expected:
    """Expect the order of that id, as it was sent; `answer` is what acknowledged it."""
    return Expected(
        statuses(load, Operation.READ),
        lambda found: order_id(found) == its_id and _holds(found, sent),
        is_known=True,
        right=answer,
    )


def _holds(found: object, sent: Order) -> bool:
    """A newer version of the service may answer with more. True is no 1, though it equals it."""
    return isinstance(found, dict) and all(
        key in found and type(found[key]) is type(value) and found[key] == value
        for key, value in sent.items()
    )


def _is_list(found: object) -> bool:
    orders = found.get("orders") if isinstance(found, dict) else None
    return isinstance(orders, list) and all(map(order_id, orders))


def order_id(found: object) -> str:
    """Give an order's id; empty where it has none."""
    its_id = found.get("id") if isinstance(found, dict) else None
    return str(its_id) if isinstance(its_id, int | str) else ""


def statuses(load: Load, operation: Operation) -> frozenset[int]:
    """201 to a write and 200 to a read of orders; of a path of one's own any success."""
    return _SUCCESS if load.path is not None else _OF_AN_ORDER[operation]


def is_expected(load: Load, attempt: Attempt) -> bool:
    return not attempt.is_wrong and attempt.status in statuses(load, attempt.operation)


def expectation(load: Load) -> str:
    """Write what is expected."""
    return "2xx" if load.path is not None else "201 to a write, 200 to a read, with its order"


def answer(attempt: Attempt) -> str:
    """Name an answer by its status, a wrong one by that too, and none by what came instead."""
    if attempt.status is None:
        return attempt.error or "none"
    return f"{attempt.error} ({attempt.status})" if attempt.is_wrong else str(attempt.status)


def answers(attempts: Iterable[Attempt]) -> dict[str, int]:
    """Count by answer, the most frequent first."""
    return dict(Counter(map(answer, attempts)).most_common())


def mix(counted: Mapping[str, int]) -> str:
    """Write `1,200 × 404, 300 × 201`."""
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count(number)} × {name}" for name, number in ordered) or "no answer"
