"""The record of deliveries: appended and flushed, so that a restart forgets nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ironclad.domain.alerting.firing_alerts import Delivery

_DELIVERY = TypeAdapter(Delivery)
KEPT = 10_000
"""Deliveries kept in memory; the file keeps them all until it is taken down with the stack."""


class _Alert(BaseModel):
    """One alert of an Alertmanager webhook, version 4; what is not named here is left alone."""

    model_config = ConfigDict(extra="ignore")

    status: str
    labels: dict[str, str]
    starts_at: datetime = Field(alias="startsAt")
    ends_at: datetime = Field(alias="endsAt")
    fingerprint: str


class _Webhook(BaseModel):
    model_config = ConfigDict(extra="ignore")

    alerts: list[_Alert]


def parse_webhook(payload: Any, received_at: datetime) -> tuple[Delivery, ...]:
    """Read what Alertmanager posts. Raises pydantic's ValidationError for anything else."""
    webhook = _Webhook.model_validate(payload)
    return tuple(_delivery(alert, received_at) for alert in webhook.alerts)


def _delivery(alert: _Alert, received_at: datetime) -> Delivery:
    """An alert that still fires carries an end in the year 1 or in the future; that is no end."""
    return Delivery(
        name=alert.labels.get("alertname", ""),
        status=alert.status,
        received_at=received_at,
        starts_at=alert.starts_at.astimezone(UTC),
        ends_at=alert.ends_at.astimezone(UTC) if alert.status == "resolved" else None,
        fingerprint=alert.fingerprint,
    )


class DeliveryRecord:
    """Append-only; a torn last line, from a power cut, is passed over when it is read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = list(_read(path))[-KEPT:]

    def add(self, deliveries: tuple[Delivery, ...]) -> None:
        self._known = [*self._known, *deliveries][-KEPT:]
        with self._path.open("ab") as file:
            file.writelines(_DELIVERY.dump_json(delivery) + b"\n" for delivery in deliveries)

    def since(self, moment: datetime) -> tuple[Delivery, ...]:
        return tuple(delivery for delivery in self._known if delivery.received_at >= moment)


def _read(path: Path) -> Iterator[Delivery]:
    if not path.exists():
        return
    for line in path.read_bytes().splitlines():
        try:
            yield _DELIVERY.validate_json(line)
        except ValidationError:
            continue
