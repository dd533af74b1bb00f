"""The review of all error budgets as Markdown, for Prefect's artifacts."""

from collections.abc import Sequence
from datetime import datetime

from ironclad.domain.budget_review import Review
from ironclad.report import formats

_HEAD = (
    "| objective | left | by game days | by all else | a day, game days apart | runs out |"
    " samples of the period |\n|---|---:|---:|---:|---:|---|---:|"
)


def review_markdown(stack: str, reviews: Sequence[Review], now: datetime) -> str:
    rows = "\n".join(_row(one) for one in reviews)
    lines = "\n".join(f"- {_sentence(one)}" for one in reviews)
    title = f"# Error budgets of {formats.markdown_text(stack)}"
    return f"{title}\n\nAs of {formats.moment(now)}.\n\n{_HEAD}\n{rows}\n\n{lines}\n"


def _row(one: Review) -> str:
    ends = "not at this pace" if one.runs_out_at is None else f"{one.runs_out_at:%Y-%m-%d}"
    cells = (
        formats.markdown_text(one.objective.name),
        formats.percent(one.remaining_ratio),
        f"{formats.percent(one.by_game_days_ratio)} in {one.game_days}",
        formats.percent(one.by_rest_ratio),
        formats.percent(one.pace_a_day_ratio),
        formats.UNKNOWN if one.pace_a_day_ratio is None else ends,
        formats.percent(one.coverage_ratio),
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
    name = formats.markdown_text(one.objective.name)
    return f"**{name}** is {one.level}: {_ADVICE[one.level]}."
