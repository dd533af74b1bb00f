"""Hit exactly a share of the requests, without a period."""

import random


class Share:
    """After any n requests, n × ratio ± 1 of them were hit; for 0 and 1 exactly n × ratio.

    Error diffusion with a random threshold (Floyd and Steinberg 1976, dithered). A request is hit
    when the hits owed exceed a number drawn from [0, 1). The hits owed stay in (-1, 1), so the
    count cannot drift. The draw leaves no period that could beat with the order of reads and
    writes.
    """

    def __init__(self, ratio: float, seed: int) -> None:
        self._ratio = ratio
        self._random = random.Random(seed)  # noqa: S311  # it has to be repeatable, not secret
        self.seen = 0
        self.hit = 0

    def applies(self) -> bool:
        self.seen += 1
        owed = self.seen * self._ratio - self.hit
        is_hit = owed > self._random.random()
        self.hit += is_hit
        return is_hit
