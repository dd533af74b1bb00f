"""Times as the API writes them: RFC 3339 in UTC with six digits."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Raises ValueError for anything else."""
    return datetime.fromisoformat(text).astimezone(UTC)
