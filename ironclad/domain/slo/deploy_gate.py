"""Whether an error budget still allows a change of the backend (design, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ironclad.domain.text.wording import percent

LEAST_LEFT_RATIO = 0.1


class BackendChange(StrEnum):
    """What applying the backend's stage would do to its replicas."""

    NONE = "none"
    FIRST = "first"
    REPAIR = "repair"
    ROLL_BACK = "roll-back"
    CHANGE = "change"


_PASSES = {
    BackendChange.NONE: "the backend stays as it is",
    BackendChange.FIRST: "this is the backend's first deploy",
    BackendChange.REPAIR: "the backend is not ready now, so this is a repair",
    BackendChange.ROLL_BACK: "this goes back to an earlier revision of the backend",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """`sentence` says why, whichever it is."""

    is_open: bool
    sentence: str
    is_overridden: bool = False
    """It would have been shut, and somebody chose to go on."""


def gate(
    change: BackendChange, left: Mapping[str, float | None], *, ignore_budget: bool = False
) -> Gate:
    """Only a change of a backend that is well is held up, and only by what was measured."""
    if change is not BackendChange.CHANGE:
        return Gate(is_open=True, sentence=f"{_PASSES[change]}; no budget was asked for")
    known = {name: ratio for name, ratio in left.items() if ratio is not None}
    short = {name: ratio for name, ratio in known.items() if ratio < LEAST_LEFT_RATIO}
    budgets = ", ".join(
        f"{name} has {percent(ratio)} left" for name, ratio in (short or known).items()
    )
    if short and ignore_budget:
        sentence = (
            f"{budgets} of its error budget, and a change of the backend needs"
            f" {percent(LEAST_LEFT_RATIO)}; it was overridden"
        )
        return Gate(is_open=True, sentence=sentence, is_overridden=True)
    if short:
        return Gate(
            is_open=False,
            sentence=(
                f"{budgets} of its error budget, and a change of the backend needs"
                f" {percent(LEAST_LEFT_RATIO)}; wait, mend it by a roll-back, or pass"
                " --ignore-budget"
            ),
        )
    if not known:
        return Gate(is_open=True, sentence="no error budget is measured, which holds nothing up")
    return Gate(is_open=True, sentence=f"{budgets} of its error budget")
