"""What needs no stack: the budget against an oracle, and the suite of data defects."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fakes.prometheus.promtool import TOLERATED_PERCENT, judge_budget, promtool_program
from trials.verdict.page import Table

BATCH = 50
_ROOT = Path(__file__).parents[2]


def oracle_table(traces: int) -> Table:
    """Judge them in batches; a batch that fails is counted, and reported by its first trace."""
    promtool, began, wrong = promtool_program(), time.monotonic(), []
    for first in range(0, traces, BATCH):
        numbers = range(first, min(first + BATCH, traces))
        with tempfile.TemporaryDirectory() as folder:
            try:
                judge_budget(promtool, Path(folder), numbers)
            except AssertionError as error:
                wrong.append(f"{first}: {str(error)[:200]}")
    seconds = time.monotonic() - began
    limit = f"{TOLERATED_PERCENT:g} % of the budget"
    row = (f"{traces:,}", limit, len(wrong), 0 if not wrong else "see below", f"{seconds:.0f} s")
    return Table(
        name="oracle",
        columns=("traces", "allowed error", f"batches of {BATCH} beyond", "NaN leaks", "took"),
        rows=[row],
        remark="\n".join(wrong),
    )


def defects_table() -> Table:
    """Run the suite as the tests do, and count."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/domain/evidence/test_data_defects.py"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    from tests.domain.evidence.test_data_defects import (  # noqa: PLC0415 - only a count of it
        DEFECTS,
    )

    last = done.stdout.strip().splitlines()[-1]
    false = "0" if done.returncode == 0 else "see the tests"
    return Table(
        name="defects",
        columns=("defects of the data", "false UPHELD", "said"),
        rows=[(len(DEFECTS), false, last)],
    )
