"""Prometheus, asked at fixed timestamps."""

import asyncio
import math
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import requests
from prometheus_api_client.exceptions import PrometheusApiClientException
from prometheus_api_client.prometheus_connect import PrometheusConnect
from urllib3.util.retry import Retry

from ironclad.adapters.http.calls import MALFORMED, Call, on_one_line, send
from ironclad.adapters.prometheus import promql
from ironclad.adapters.prometheus.payload import (
    AlertRule,
    alert_rules,
    live_rules,
    scrape_intervals,
    series_between,
    vector,
)
from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.alerting.live_rules import LiveRule
from ironclad.domain.evidence.counters import Series
from ironclad.errors import IroncladError, RemoteError, UnreachableError

_MISSED_EVALUATIONS = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTrace:
    """One alert's raw data.

    `states` are its `ALERTS` series, of every label set, over the window (`ALERTS_FOR_STATE` adds
    nothing: its values are cut to whole seconds). `was_firing` tells of the window's beginning.
    `interval_seconds`, `severity` and `runbook` are the rule's own; the interval is None when
    Prometheus has no such rule.
    """

    name: str
    states: Sequence[Series]
    was_firing: bool
    interval_seconds: float | None
    severity: str = ""
    runbook: str = ""


def sighting(trace: AlertTrace, end: float) -> AlertSighting:
    """Judge all series of the alert: the first that is pending or firing, the last that is gone."""
    firing = _stamps(trace, "firing")
    return AlertSighting(
        name=trace.name,
        known=trace.interval_seconds is not None,
        firing_at_baseline=trace.was_firing,
        pending_at=_moment(min(_stamps(trace, "pending"), default=None)),
        firing_at=_moment(min(firing, default=None)),
        resolved_at=_moment(_gone_at(trace, firing, end)),
        severity=trace.severity,
        runbook=trace.runbook,
    )


def _stamps(trace: AlertTrace, state: str) -> list[float]:
    return [
        sample.at
        for series in trace.states
        if series.label("alertstate") == state
        for sample in series.samples
    ]


def _gone_at(trace: AlertTrace, firing: Sequence[float], end: float) -> float | None:
    """Give the first evaluation at which it no longer fired; None while it may still fire."""
    if not firing or trace.interval_seconds is None:
        return None
    last, interval = max(firing), trace.interval_seconds
    return last + interval if last + _MISSED_EVALUATIONS * interval < end else None


def _moment(epoch_seconds: float | None) -> datetime | None:
    return None if epoch_seconds is None else datetime.fromtimestamp(epoch_seconds, UTC)


_Read = TypeVar("_Read")

_TIMEOUT_SECONDS = 5
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="prometheus")
"""It has its own threads: a query may go through a tunnel in this process, which needs threads of
the event loop. Queries that held them all would wait for ever."""


class Prometheus:
    """Queries run in a thread each; the client's own retries, up to 14 s of them, are off."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def raw(self, selector: str, start: float, end: float) -> tuple[Series, ...]:
        query = promql.raw_samples(selector, end - start)
        result = await self._query(query, end)
        try:
            return tuple(series_between(result, start, end))
        except MALFORMED as error:
            raise self._malformed(query, error) from error

    async def value(self, query: str, at: float) -> float | None:
        found = await self._vector(query, at)
        if len(found) > 1:
            raise RemoteError(
                f"Prometheus at {self._url} answered {query!r} with {len(found)} series; "
                "a single value was wanted, so aggregate it"
            )
        return next((value for _, value in found if math.isfinite(value)), None)

    async def now(self) -> float:
        found = await self._vector("time()", None)
        if not found:
            raise RemoteError(f"Prometheus at {self._url} does not say what time it is there")
        return found[0][1]

    async def scrape_interval(self, job: str) -> timedelta | None:
        url = f"{self._url}/api/v1/targets?state=active"
        reply = await send(Call(who="Prometheus", method="GET", url=url))
        try:
            return max(scrape_intervals(reply.json()["data"]["activeTargets"], job), default=None)
        except MALFORMED as error:
            raise reply.unexpected(f"is no list of targets ({error!r})") from error

    async def scraped_since(self, job: str, since: float) -> tuple[str, ...]:
        found = await self._vector(promql.last_good_scrape(job), None)
        instances = {labels.get("instance", "") for labels, at in found if at > since}
        return tuple(sorted(instances))

    async def live_rules(self) -> tuple[LiveRule, ...]:
        return await self._rules(live_rules)

    async def alert_sightings(
        self, names: Sequence[str], start: float, end: float
    ) -> tuple[AlertSighting, ...]:
        if not names:
            return ()
        rules = await self._rules(alert_rules)
        states = await self.raw(promql.alert_states(names), start, end)
        firing = await self._vector(promql.firing(names), start)
        was_firing = {labels.get("alertname") for labels, _ in firing}
        traces = (_trace(name, states, was_firing, rules.get(name)) for name in names)
        return tuple(sighting(trace, end) for trace in traces)

    async def fired_alerts(self, start: float, end: float) -> tuple[str, ...]:
        found = await self.raw(promql.ALL_FIRING, start, end)
        return tuple(sorted({one.label("alertname") for one in found}))

    async def _vector(self, query: str, at: float | None) -> list[tuple[dict[str, str], float]]:
        result = await self._query(query, at)
        try:
            return vector(result)
        except MALFORMED as error:
            raise self._malformed(query, error) from error

    async def _rules(self, read: Callable[[Any], _Read]) -> _Read:
        reply = await send(Call(who="Prometheus", method="GET", url=f"{self._url}/api/v1/rules"))
        try:
            return read(reply.json()["data"]["groups"])
        except MALFORMED as error:
            raise reply.unexpected(f"is no list of rules ({error!r})") from error

    async def _query(self, query: str, at: float | None) -> Any:
        """Give the `result` of an instant query; raises only our errors."""
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(_THREADS, self._ask, query, at)
        except (requests.exceptions.JSONDecodeError, *MALFORMED) as error:
            raise self._malformed(query, error) from error
        except PrometheusApiClientException as error:
            raise RemoteError(
                f"Prometheus at {self._url} refused {query!r}: {on_one_line(str(error))}"
            ) from error
        except requests.RequestException as error:
            raise self._unreachable(error) from error

    def _ask(self, query: str, at: float | None) -> Any:
        params = {"timeout": f"{_TIMEOUT_SECONDS}s"}
        if at is not None:
            params["time"] = f"{at:.3f}"
        with requests.Session() as session:
            session.trust_env = False
            client = PrometheusConnect(
                self._url, session=session, retry=Retry(0, read=False), timeout=_TIMEOUT_SECONDS
            )
            return client.custom_query(query, params)

    def _malformed(self, query: str, error: Exception) -> IroncladError:
        return RemoteError(
            f"Prometheus at {self._url} answered {query!r} with what is no result: "
            + on_one_line(str(error))
        )

    def _unreachable(self, error: requests.RequestException) -> IroncladError:
        return UnreachableError(f"Prometheus at {self._url} gave no answer: {_reason(error)}")


def _reason(error: requests.RequestException) -> str:
    """Give the innermost reason: the client wraps it three times."""
    if isinstance(error, requests.Timeout):
        return f"nothing within {_TIMEOUT_SECONDS} s"
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return str(cause).rpartition(": ")[2]


def _trace(
    name: str, states: Sequence[Series], was_firing: Collection[str | None], rule: AlertRule | None
) -> AlertTrace:
    return AlertTrace(
        name=name,
        states=_of(states, name),
        was_firing=name in was_firing,
        interval_seconds=rule.interval_seconds if rule else None,
        severity=rule.severity if rule else "",
        runbook=rule.runbook if rule else "",
    )


def _of(series: Sequence[Series], name: str) -> list[Series]:
    return [one for one in series if one.label("alertname") == name]
