"""The review of all error budgets as Markdown, for Prefect's artifacts."""

from collections.abc import Sequence
from datetime import datetime

from ironclad.domain.slo.budget_review import Review
from ironclad.report.formats import formatting

_HEAD = (
    "| objective | left | runs out | by game days | by all else | of it a day | samples |\n"
    "|---|---:|---|---:|---:|---:|---:|"
)
_FOOT = "A day counts what was spent in the last three, game days apart; samples are of the period."


def review_markdown(stack: str, reviews: Sequence[Review], now: datetime) -> str:
    rows = "\n".join(_row(one) for one in reviews)
    lines = "\n".join(f"- {_sentence(one)}" for one in reviews)
    title = f"# Error budgets of {formatting.markdown_text(stack)}"
    # The table last: Prefect's pages cut a wide one, and swallow what stands behind a list.
    return f"{title}\n\nAs of {formatting.moment(now)}. {_FOOT}\n\n{lines}\n\n{_HEAD}\n{rows}\n"


def _row(one: Review) -> str:
    ends = "no day" if one.runs_out_at is None else f"{one.runs_out_at:%Y-%m-%d}"
    cells = (
        formatting.markdown_text(one.objective.name),
        formatting.percent(one.remaining_ratio),
        formatting.UNKNOWN if one.pace_a_day_ratio is None else ends,
        f"{formatting.percent(one.by_game_days_ratio)} in {one.game_days}",
        formatting.percent(one.by_rest_ratio),
        formatting.percent(one.pace_a_day_ratio),
        formatting.percent(one.coverage_ratio),
    )
    return f"| {' | '.join(cells)} |"


_ADVICE = {
    "healthy": "game days and changes may go on",
    "low": "no game day runs until it has recovered",
    "exhausting": "neither a game day nor a change goes on until it has recovered",
    "exhausted": "it is used up: only what makes the service more reliable may change",
    "unknown": "Prometheus does not know what is left, so nothing is decided by it",
}


def _sentence(one: Review) -> str:
    name = formatting.markdown_text(one.objective.name)
    return f"**{name}** is {one.level}: {_ADVICE[one.level]}."
