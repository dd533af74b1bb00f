"""How the way to where a lock lies is cut for its holder alone."""

from enum import StrEnum


class Cut(StrEnum):
    UNANSWERED = "unanswered"
    REFUSED = "refused"
