"""From when on nothing may be there any more."""

from trials.kill.boundaries import Boundary
from trials.kill.draws import Trial
from trials.kill.endings import Scene
from trials.kill.experiments import FAULT_ID
from trials.kill.faults import LASTS_SECONDS
from trials.kill.ways import MANNERS, Way


def ended_at(scene: Scene, acted_at: float, over_at: float) -> float:
    """Give the moment that seconds are counted from, in seconds since the epoch.

    Where the runner lives on, its fault may be there until it aborts or until the planned end. A
    later action counts from its own time.
    """
    if not goes_on(scene.trial):
        return acted_at
    return max(acted_at, min([over_at, *_ends_of_the_fault(scene)]))


def goes_on(trial: Trial) -> bool:
    """A runner that was stopped while it planned held nothing; later it may not arm any more."""
    is_early = trial.way is Way.SUSPEND and trial.boundary is Boundary.PLAN
    return is_early or MANNERS[trial.way].goes_on


def _ends_of_the_fault(scene: Scene) -> list[float]:
    trail = scene.trail
    ends = [trail.at("aborted by"), trail.at("fault ended"), trail.at(f"{FAULT_ID} undone")]
    armed = trail.at(f"{FAULT_ID} ")
    if armed is not None and not scene.trial.fault.spec.is_instant:
        ends.append(armed + LASTS_SECONDS)
    return [moment for moment in ends if moment is not None]
