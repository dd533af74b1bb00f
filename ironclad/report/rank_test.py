"""The rank test of two groups, by a library; it is only loaded where two groups are compared."""

from collections.abc import Sequence
from importlib.util import find_spec

from ironclad.domain.judging.comparison import RankResult, RankTest


def rank_test() -> RankTest | None:
    """None where the library is not installed: then two groups are not compared."""
    return mann_whitney if find_spec("scipy") else None


def mann_whitney(treated: Sequence[float], control: Sequence[float]) -> RankResult:
    """Test whether the treated are slower (H. B. Mann and D. R. Whitney, 1947), ties corrected."""
    from scipy.stats import mannwhitneyu  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415 - half a second and 190 MB

    found = mannwhitneyu(treated, control, alternative="greater", method="asymptotic")
    pairs = len(treated) * len(control)
    return RankResult(
        p_value=round(float(found.pvalue), 9), slower_ratio=round(float(found.statistic) / pairs, 6)
    )
