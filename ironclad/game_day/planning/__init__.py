"""Before minute 0: resolve everything, and name every reason against at once."""

from ironclad.game_day.planning.budget import remaining_ratios
from ironclad.game_day.planning.making import make_plan, run_id

__all__ = ["make_plan", "remaining_ratios", "run_id"]
