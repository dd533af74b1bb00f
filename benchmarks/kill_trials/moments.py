"""From when on nothing may be there any more."""

from benchmarks.kill_trials.endings import Scene
from benchmarks.kill_trials.experiments import FAULT_ID
from benchmarks.kill_trials.faults import LASTS_SECONDS, Family
from benchmarks.kill_trials.ways import MANNERS, Way


def ended_at(scene: Scene, acted_at: float, over_at: float) -> float:
    """Give the moment that seconds are counted from, in seconds since the epoch.

    Where the runner lives on, its fault may be there until it aborts or until the planned end; what
    was done to it later than that counts from then. A runner that was stopped before it had armed
    anything lives on, too.
    """
    if not (MANNERS[scene.trial.way].goes_on or _slept_before_arming(scene, acted_at)):
        return acted_at
    return max(acted_at, min([over_at, *_ends_of_the_fault(scene)]))


def _slept_before_arming(scene: Scene, acted_at: float) -> bool:
    armed = scene.trail.at(f"{FAULT_ID} ")
    return scene.trial.way is Way.SUSPEND and armed is not None and armed > acted_at


def _ends_of_the_fault(scene: Scene) -> list[float]:
    trail = scene.trail
    ends = [trail.at("aborted by"), trail.at("fault ended"), trail.at(f"{FAULT_ID} undone")]
    armed = trail.at(f"{FAULT_ID} ")
    if armed is not None and scene.trial.fault.family is not Family.INSTANT:
        ends.append(armed + LASTS_SECONDS)
    return [moment for moment in ends if moment is not None]
