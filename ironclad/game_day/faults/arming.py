"""Which family runs a fault."""

from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.faults.spec import Ending, Family, FaultSpec, Scope
from ironclad.game_day.faults.fault_runner import FaultAtWork
from ironclad.game_day.faults.leased import LeasedFault
from ironclad.game_day.faults.platform_change import PlatformChangeFault
from ironclad.game_day.faults.rolling_restart import EvictedReplicas, RolledReplicas
from ironclad.game_day.faults.terminations import TerminatedReplicas
from ironclad.game_day.run import GameDay


def fault_at_work(day: GameDay, planned: PlannedFault) -> FaultAtWork:
    return _runner(planned.fault.kind.spec)(day, planned)


def _runner(spec: FaultSpec) -> type[FaultAtWork]:
    match spec.family:
        case Family.REQUESTS | Family.QUERIES | Family.SWITCHES | Family.STRESSORS:
            return LeasedFault
        case Family.PLATFORM_CHANGES:
            return PlatformChangeFault
        case Family.TERMINATIONS if spec.ending is Ending.EVICTED:
            return EvictedReplicas
        case Family.TERMINATIONS if spec.scope is Scope.EVERY_REPLICA:
            return RolledReplicas
        case Family.TERMINATIONS:
            return TerminatedReplicas
