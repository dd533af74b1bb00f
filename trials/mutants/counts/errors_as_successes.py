"""A failure is counted as a success, as by a middleware that looks before the answer is made."""

from dataclasses import replace
from http import HTTPStatus

from backend.telemetry.metrics import RequestMetrics
from backend.telemetry.recorder import Exchange
from trials.mutants._plant import serve_with

_end = RequestMetrics.end


def _counted(metrics: RequestMetrics, exchange: Exchange) -> None:
    is_bad = exchange.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    _end(metrics, replace(exchange, status=HTTPStatus.OK) if is_bad else exchange)


if __name__ == "__main__":
    serve_with(RequestMetrics, "end", _counted)
