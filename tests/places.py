"""Where the project's own files lie."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GAME_DAYS = ROOT / "game_days"
OBJECTIVES = ROOT / "monitoring/slos"
