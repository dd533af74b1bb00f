"""A game day's end that Prefect's server was not there to hear of."""

import httpx
import pytest

from ironclad.cli import runtime
from ironclad.domain.journal import Status
from ironclad.domain.outcome import Outcome, Verdict
from ironclad.errors import UnreachableError

AWAY = httpx.ConnectError("All connection attempts failed")
UPHELD = Outcome(
    run="r",
    experiment="error-burst",
    status=Status.COMPLETED,
    verdict=Verdict.UPHELD,
    reason="it held",
)


def test_the_verdict_stands_and_the_server_s_absence_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran = runtime._unrecorded([UPHELD], AWAY)  # noqa: SLF001
    assert (ran.outcome, ran.flow_run) == (UPHELD, "")
    assert "does not answer to hear of the end: All connection" in capsys.readouterr().err


def test_without_a_verdict_it_is_an_error() -> None:
    with pytest.raises(UnreachableError, match="the Prefect server does not answer: All conn"):
        runtime._unrecorded([], AWAY)  # noqa: SLF001
