"""The game day as one picture: phases, faults, alerts and what else happened, on one time axis."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from ironclad.report import formats
from ironclad.report.model import Alert, Fault, Phase, Report
from ironclad.report.svg import TimeScale, axis, band, element, percents, picture

LANE = 40
TEXT = 13
BAR = 14
AXIS = 22


@dataclass(frozen=True, slots=True)
class Lane:
    """A name above a bar; the parts are drawn at the bar's own height."""

    name: str
    parts: tuple[Markup, ...]


def timeline_picture(report: Report) -> Markup:
    scale = TimeScale.between(report.started_at, report.finished_at)
    lanes = [*_phases(report, scale), *_faults(report, scale), *_alerts(report, scale)]
    lanes += _proof(report, scale)
    height = len(lanes) * LANE
    parts = [*axis(scale, y=height + TEXT, height=height), *_stacked(lanes)]
    label = f"Timeline of {report.experiment}: {', '.join(lane.name for lane in lanes)}"
    return picture(parts, label=label, height=height + AXIS)


def _stacked(lanes: Iterable[Lane]) -> Iterator[Markup]:
    for index, lane in enumerate(lanes):
        yield element("text", lane.name, class_="lane", x=0, y=index * LANE + TEXT)
        yield element("svg", *lane.parts, x=0, y=index * LANE + TEXT + 5, width="100%", height=BAR)


def _phases(report: Report, scale: TimeScale) -> Iterator[Lane]:
    if report.phases:
        parts = tuple(_phase(phase, report, scale) for phase in report.phases)
        yield Lane(" → ".join(phase.name for phase in report.phases), parts)


def _phase(phase: Phase, report: Report, scale: TimeScale) -> Markup:
    ended = phase.ended_at or report.finished_at
    told = f"{phase.name}: {formats.clock(phase.started_at)} to {formats.clock(phase.ended_at)}"
    inner = element("title", told)
    box = band(scale, phase.started_at, ended, y=0, height=BAR, rx=2, class_=f"phase {phase.name}")
    return element("g", inner, box)


def _faults(report: Report, scale: TimeScale) -> Iterator[Lane]:
    for fault in report.faults:
        if fault.armed_at is not None:
            name = f"fault {fault.id} on {', '.join(fault.targets)}"
            yield Lane(name, (_fault(fault, report, scale),))


def _fault(fault: Fault, report: Report, scale: TimeScale) -> Markup:
    start, end = fault.armed_at or report.started_at, fault.undone_at or report.finished_at
    told = f"armed {formats.clock(fault.armed_at)}, undone {formats.clock(fault.undone_at)}"
    box = band(scale, start, end, y=0, height=BAR, rx=2, class_="fault-bar")
    return element("g", element("title", told), box)


def _alerts(report: Report, scale: TimeScale) -> Iterator[Lane]:
    for alert in report.alerts:
        parts = tuple(_alert(alert, report, scale))
        outcome = formats.words(alert.outcome)
        yield Lane(f"alert {alert.name}: {outcome}", (_line(), *parts))


def _alert(alert: Alert, report: Report, scale: TimeScale) -> Iterator[Markup]:
    end = alert.resolved_at or report.finished_at
    if alert.pending_at is not None:
        until = alert.firing_at or end
        yield band(scale, alert.pending_at, until, y=4, height=BAR - 8, class_="pending-bar")
    if alert.firing_at is not None:
        yield band(scale, alert.firing_at, end, y=0, height=BAR, rx=2, class_="firing-bar")
    if alert.delivered_at is not None:
        x = percents(scale.position(alert.delivered_at))
        yield element("circle", class_="delivered", cx=x, cy=BAR / 2, r=3.5)


def _line() -> Markup:
    """Draw where the alert stayed silent."""
    return element("line", class_="silent", x1=0, x2="100%", y1=BAR / 2, y2=BAR / 2)


def _proof(report: Report, scale: TimeScale) -> Iterator[Lane]:
    recovery = report.recovery
    first = min((fault.seen_at for fault in report.faults if fault.seen_at), default=None)
    if recovery.proven_at is None or first is None:
        return
    box = band(scale, first, recovery.proven_at, y=5, height=4, class_="proof-bar")
    x = percents(scale.position(recovery.proven_at))
    end = element("circle", class_="proof", cx=x, cy=BAR / 2, r=5)
    yield Lane(f"recovery proven after {formats.seconds(recovery.seconds)}", (_line(), box, end))
