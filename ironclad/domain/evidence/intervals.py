"""Error bars for ratios of bad events. Standard library only; 20,000 rows in some 30 ms."""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from ironclad.domain.slo.slo import Counts

CONFIDENCE = 0.95
_ROUNDS = 1_000


@dataclass(frozen=True, slots=True)
class Interval:
    """Between which two ratios the truth lies, with 95 % confidence."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low

    def scaled(self, factor: float) -> "Interval":
        return Interval(self.low * factor, self.high * factor)

    def widened(self, by: float) -> "Interval":
        """Open it on both sides by something that is known, but not explained."""
        return Interval(max(0.0, self.low - by), self.high + by)


def known(value: float | None) -> float | None:
    """Give None for what is no number: the one place where NaN ends."""
    return value if value is not None and math.isfinite(value) else None


def wilson(counts: Counts) -> Interval | None:
    """Give the score interval (E. B. Wilson, JASA 22, 1927, p. 209); None of nothing.

    It stays sane at 0 bad events, where the textbook's ± has no width.
    """
    if counts.valid <= 0:
        return None
    n, ratio = counts.valid, counts.bad / counts.valid
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    centre = ratio + z * z / (2 * n)
    spread = z * math.sqrt(ratio * (1 - ratio) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return Interval(max(0.0, low) if counts.bad else 0.0, min(1.0, high))


def block_bootstrap(strata: Sequence[Sequence[Counts]], seed: int = 1) -> Interval | None:
    """Resample whole blocks of a second or more: errors cluster, and rows are not independent.

    (H. R. Künsch, Annals of Statistics 17, 1989, p. 1217.) Each stratum is resampled for itself,
    so that a planned fault is as long in every replicate as it was. None of nothing.
    """
    folded = [[complex(block.valid, block.bad) for block in blocks] for blocks in strata if blocks]
    if not sum(block.real for blocks in folded for block in blocks):
        return None
    draw = random.Random(seed).choices  # noqa: S311 - it must repeat, not surprise
    replicates = (
        sum((sum(draw(blocks, k=len(blocks))) for blocks in folded), 0j) for _ in range(_ROUNDS)
    )
    ratios = sorted(one.imag / one.real for one in replicates if one.real)
    return Interval(_percentile(ratios, (1 - CONFIDENCE) / 2), _percentile(ratios, 0.975))


def _percentile(ordered: Sequence[float], ratio: float) -> float:
    return ordered[min(len(ordered) - 1, int(ratio * len(ordered)))]


def bad_ratio_interval(strata: Sequence[Sequence[Counts]], seed: int = 1) -> Interval | None:
    """Give the wider of the two; one stratum for each phase, one block for each second."""
    pooled = pooled_counts(block for blocks in strata for block in blocks)
    return wider(wilson(pooled), block_bootstrap(strata, seed))


def pooled_counts(blocks: Iterable[Counts]) -> Counts:
    return sum(blocks, Counts(0, 0))


def wider(one: Interval | None, other: Interval | None) -> Interval | None:
    """Give the wider of what there is."""
    return max((i for i in (one, other) if i is not None), key=lambda i: i.width, default=None)


def requests_to_show(target: float, errors: int = 0) -> int:
    """Count the requests that show at least `target` with 95 % confidence, `errors` among them.

    The exact binomial bound (Clopper and Pearson, Biometrika 26, 1934). It is the smallest n at
    which so few errors have a chance below 5 % if the service just misses the target.
    """
    low, high = errors, errors + 1
    while _chance_of_at_most(errors, high, 1 - target) > 1 - CONFIDENCE:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        is_enough = _chance_of_at_most(errors, middle, 1 - target) <= 1 - CONFIDENCE
        low, high = (low, middle) if is_enough else (middle, high)
    return high


def _chance_of_at_most(errors: int, requests: int, bad_ratio: float) -> float:
    """Sum the binomial law, in logarithms: (1 − p)^n is 0 in floats for a large n."""
    good = math.log1p(-bad_ratio)
    bad = math.log(bad_ratio)
    return math.fsum(
        math.exp(_log_choose(requests, k) + k * bad + (requests - k) * good)
        for k in range(min(errors, requests) + 1)
    )


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
