"""The game day as one picture: phases, load, faults, events, alerts and recovery on one axis."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.load.load import Attempt
from ironclad.report.formats import formatting
from ironclad.report.formats.sentences import recovered
from ironclad.report.model.document import Alert, Fault, FurtherAlert, Phase, Report, TimelineEntry
from ironclad.report.pictures.series import Point, points
from ironclad.report.pictures.svg import TimeScale, axis, band, element, percents, picture

LANE = 40
TEXT = 13
BAR = 14
AXIS = 22


@dataclass(frozen=True, slots=True)
class Lane:
    """A name above a bar; the parts are drawn at the bar's own height."""

    name: str
    parts: tuple[Markup, ...]


def timeline_picture(report: Report, evidence: Evidence) -> Markup:
    scale = TimeScale.between(report.started_at, report.finished_at)
    lanes = [*_phases(report, scale), *_load(evidence, scale), *_faults(report, scale)]
    lanes += [*_events(report, scale), *_alerts(report, scale), *_proof(report, scale)]
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
    title = (
        f"{phase.name}: {formatting.clock(phase.started_at)} to {formatting.clock(phase.ended_at)}"
    )
    inner = element("title", title)
    box = band(scale, phase.started_at, ended, y=0, height=BAR, rx=2, class_=f"phase {phase.name}")
    return element("g", inner, box)


def _load(evidence: Evidence, scale: TimeScale) -> Iterator[Lane]:
    attempts = evidence.load.attempts if evidence.load else ()
    if attempts:
        bars, most = load_bars(attempts, scale, height=BAR)
        yield Lane(f"load, up to {most:,.0f} requests a second, failures in colour", bars)


def _faults(report: Report, scale: TimeScale) -> Iterator[Lane]:
    for fault in report.faults:
        if fault.armed_at is not None:
            name = f"fault {fault.id}: {fault.kind} on {', '.join(fault.targets)}"
            yield Lane(name, (_fault(fault, report, scale),))


def _fault(fault: Fault, report: Report, scale: TimeScale) -> Markup:
    start, end = fault.armed_at or report.started_at, fault.undone_at or report.finished_at
    title = f"armed {formatting.clock(fault.armed_at)}, undone {formatting.clock(fault.undone_at)}"
    box = band(scale, start, end, y=0, height=BAR, rx=2, class_="fault-bar")
    return element("g", element("title", title), box)


def _events(report: Report, scale: TimeScale) -> Iterator[Lane]:
    """Give the events of replicas, clients and the platform, and the terminations."""
    events = [entry for entry in report.timeline if _is_event(entry)]
    if events:
        yield Lane("events, each in the table below", tuple(_tick(one, scale) for one in events))


def _is_event(entry: TimelineEntry) -> bool:
    if entry.source in {"prometheus", "alertmanager"}:
        return False
    return entry.source != "ironclad" or "terminated" in entry.mark or "abort" in entry.mark


def _tick(entry: TimelineEntry, scale: TimeScale) -> Markup:
    x = percents(scale.position(entry.at))
    title = element("title", f"{formatting.clock(entry.at)} {entry.mark}")
    line = element("line", x1=x, x2=x, y1=0, y2=BAR, class_=_tick_class(entry))
    return element("g", title, line)


def _tick_class(entry: TimelineEntry) -> str:
    return "event termination" if "terminated" in entry.mark else "event"


def _alerts(report: Report, scale: TimeScale) -> Iterator[Lane]:
    for alert in report.alerts:
        parts = tuple(_alert(alert, report, scale))
        outcome = formatting.words(alert.outcome)
        yield Lane(f"alert {alert.name}: {outcome}", (_line(), *parts))
    for further in report.further_alerts:
        parts = tuple(_states(further, report, scale))
        yield Lane(f"alert {further.name}: fired, not named", (_line(), *parts))


def _alert(alert: Alert, report: Report, scale: TimeScale) -> Iterator[Markup]:
    yield from _states(alert, report, scale)
    if alert.predicted_at is not None:
        x = percents(scale.position(alert.predicted_at))
        yield element("line", class_="predicted", x1=x, x2=x, y1=0, y2=BAR)


def _states(alert: Alert | FurtherAlert, report: Report, scale: TimeScale) -> Iterator[Markup]:
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
    yield Lane(f"recovered {recovered(report)}", (_line(), box, end))


UNITS = 1000
"""Width of the coordinate system that is stretched over the time scale."""


def load_bars(
    attempts: Sequence[Attempt], scale: TimeScale, *, height: float
) -> tuple[tuple[Markup, ...], float]:
    """Give the bars, and the most requests a second that any stands for."""
    start, end = attempts[0].intended_at, max(row.intended_at for row in attempts) + 1.0
    drawn = points(attempts, start, end)
    most = max(point.requests_per_second for point in drawn)
    width = UNITS * (scale.position(end) - scale.position(start)) / len(drawn)
    bars = tuple(bar for point in drawn for bar in _bars(point, scale, most, width))
    box = {"viewBox": f"0 0 {UNITS} 100", "preserveAspectRatio": "none"}
    return (element("svg", *bars, width="100%", height=height, **box),), most


def _bars(point: Point, scale: TimeScale, most: float, width: float) -> Iterator[Markup]:
    x = scale.position(point.at) * UNITS - width / 2
    for rate, look in (
        (point.requests_per_second, "request"),
        (point.failures_per_second, "failure"),
    ):
        tall = 100 * rate / most
        place = {"x": f"{x:.2f}", "y": f"{100 - tall:.2f}"}
        if rate:
            yield element("rect", class_=look, width=f"{width:.2f}", height=f"{tall:.2f}", **place)
