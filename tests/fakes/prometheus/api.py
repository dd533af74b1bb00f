"""Prometheus' HTTP API, answering what a test put into it."""

from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def success(result: Any, kind: str = "vector") -> Response:
    return JSONResponse({"status": "success", "data": {"resultType": kind, "result": result}})


def sample(value: str, at: float = 100.0, **labels: str) -> dict[str, Any]:
    return {"metric": labels, "value": [at, value]}


def series(values: dict[float, str], **labels: str) -> dict[str, Any]:
    return {"metric": labels, "values": [[at, value] for at, value in values.items()]}


@dataclass
class PrometheusApi:
    """`answers` are found by the beginning of the query; `asked` keeps (query, time)."""

    answers: dict[str, Response] = field(default_factory=dict)
    rules: Any = field(default_factory=list)
    targets: Any = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v1/query", self._query),
                Route("/api/v1/rules", self._rules),
                Route("/api/v1/targets", self._targets),
            ]
        )

    async def _query(self, request: Request) -> Response:
        query = request.query_params["query"]
        self.asked.append((query, request.query_params.get("time")))
        found = (reply for start, reply in self.answers.items() if query.startswith(start))
        return next(found, success([]))

    async def _rules(self, request: Request) -> Response:
        del request
        return JSONResponse({"status": "success", "data": {"groups": self.rules}})

    async def _targets(self, request: Request) -> Response:
        del request
        return JSONResponse({"status": "success", "data": {"activeTargets": self.targets}})
