"""The duration of a request is taken when its work begins, before the answer is awaited."""

from dataclasses import replace

from backend.telemetry.metrics import RequestMetrics
from backend.telemetry.recorder import Exchange
from trials.mutants._plant import serve_with

UNTIL_THE_WORK_BEGINS = 0.0005
_end = RequestMetrics.end


def _counted(metrics: RequestMetrics, exchange: Exchange) -> None:
    _end(metrics, replace(exchange, seconds=UNTIL_THE_WORK_BEGINS))


if __name__ == "__main__":
    serve_with(RequestMetrics, "end", _counted)
