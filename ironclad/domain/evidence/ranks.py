"""Are values of one group higher than those of another? Ranks ask nothing of how they are spread.

With thousands of values every trifle is significant, so the effect must be large as well: higher in
64 of 100 pairs (what J. Cohen calls medium). 98 % confidence is what Kayenta's judge asks for.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

SIGNIFICANT = 0.02
EQUAL_RATIO = 0.5
LARGE_RATIO = 0.64


@dataclass(frozen=True, slots=True)
class RankResult:
    """`higher_ratio` is the share of pairs in which the first was higher; 0.5 is no difference."""

    p_value: float
    higher_ratio: float

    @property
    def is_higher(self) -> bool:
        return self.p_value < SIGNIFICANT and self.higher_ratio >= LARGE_RATIO

    def has_become_higher(self, before: "RankResult | None") -> bool:
        """Whether it is higher by a large effect beyond what it was before, where that is known."""
        head_start = max(0.0, before.higher_ratio - EQUAL_RATIO) if before else 0.0
        return self.is_higher and self.higher_ratio - head_start >= LARGE_RATIO


def rank_test(first: Sequence[float], second: Sequence[float]) -> RankResult:
    """Test whether the first is higher (H. B. Mann and D. R. Whitney, 1947); neither is empty.

    One-sided, by the normal approximation, corrected for ties and for continuity.
    """
    ordered = sorted(second)
    higher = sum(bisect_left(ordered, each) + bisect_right(ordered, each) for each in first) / 2
    pairs, number = len(first) * len(second), len(first) + len(second)
    ties = sum(n**3 - n for n in Counter([*first, *second]).values())
    variance = pairs / 12 * (number + 1 - ties / (number * (number - 1)))
    if variance <= 0:
        return RankResult(p_value=1.0, higher_ratio=EQUAL_RATIO)
    z = (higher - pairs / 2 - 0.5) / math.sqrt(variance)
    return RankResult(p_value=round(NormalDist().cdf(-z), 9), higher_ratio=round(higher / pairs, 6))
