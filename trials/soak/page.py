"""What a soak showed, as Markdown."""

from collections import Counter
from collections.abc import Sequence

from trials.soak.bounds import Growth
from trials.soak.running import Ran

HEAD = ("what", "at first", "middle third", "last third", "grown", "bound", "")


def markdown(ran: Sequence[Ran], grown: Sequence[Growth], head: Sequence[str]) -> str:
    return "\n".join([*head, "", sentence(ran), "", *_table(grown)])


def sentence(ran: Sequence[Ran]) -> str:
    done = [each for each in ran if not each.is_refused]
    sound = sum(not each.problem for each in done)
    kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(Counter(e.fault for e in done).items()))
    refused = len(ran) - len(done)
    left_out = f"; {refused} were refused with a reason" if refused else ""
    return f"{sound} of {len(done)} game days ended as promised ({kinds}){left_out}."


def line_of(ran: Ran) -> str:
    if ran.problem:
        return f"seed {ran.seed} {ran.fault}: NOT WELL: {ran.problem}"
    return f"seed {ran.seed} {ran.fault}: {ran.outcome}"


def _table(grown: Sequence[Growth]) -> list[str]:
    if not grown:
        return ["Too short to say whether anything grows."]
    rows = [HEAD, ("---", *["--:"] * 5, "---"), *(_cells(each) for each in grown)]
    return [f"| {' | '.join(row)} |" for row in rows]


def _cells(each: Growth) -> tuple[str, ...]:
    figures = (each.first, each.middle, each.last, each.grown, each.most)
    kept = "kept" if each.is_kept else "**GREW**"
    return (each.measure, *(f"{figure:,.1f}" for figure in figures), kept)
