"""The ways in which a game day can end, and what each may cost."""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    SUCCESS = "success"
    DEVIATION = "deviation"
    EXCEPTION = "exception"
    CTRL_C = "ctrl-c"
    CANCEL = "cancel"
    ABORT = "abort"
    HALT = "halt"
    TERMINATE = "sigterm"
    KILL_FLOW = "kill-flow"
    KILL_WORKER = "kill-worker"
    TERMINATE_WORKER = "sigterm-worker"
    KILL_SERVER = "kill-server"
    KILL_GENERATOR = "kill-generator"
    KILL_JANITOR_THEN_FLOW = "kill-janitor-then-flow"
    KILL_FLOW_AND_JANITOR = "kill-flow-and-janitor"
    KILL_HOLDER_AND_FLOW = "kill-holder-and-flow"
    KILL_RELAY_AND_FLOW = "kill-relay-and-flow"
    SUSPEND = "suspend"
    VANISH = "vanish"


class Host(StrEnum):
    """Where the flow runs: in a process of the command line, or in one of Prefect's worker."""

    COMMAND = "command"
    WORKER = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What is particular about a way.

    `goes_on`: the runner lives, and may hold its fault until that ends as planned. `own_moment`: it
    has no boundary to choose, since the game day itself says when.
    """

    hosts: tuple[Host, ...] = tuple(Host)
    is_kill: bool = False
    goes_on: bool = False
    own_moment: bool = False


_WORKER = (Host.WORKER,)

MANNERS: dict[Way, Manner] = {
    Way.SUCCESS: Manner(goes_on=True, own_moment=True),
    Way.DEVIATION: Manner(goes_on=True, own_moment=True),
    Way.EXCEPTION: Manner(goes_on=True),
    Way.CTRL_C: Manner(hosts=(Host.COMMAND,)),
    Way.CANCEL: Manner(hosts=_WORKER),
    Way.ABORT: Manner(),
    Way.HALT: Manner(),
    Way.TERMINATE: Manner(),
    Way.KILL_FLOW: Manner(is_kill=True),
    Way.KILL_WORKER: Manner(hosts=_WORKER, is_kill=True),
    Way.TERMINATE_WORKER: Manner(hosts=_WORKER, is_kill=True),
    Way.KILL_SERVER: Manner(is_kill=True, goes_on=True),
    Way.KILL_GENERATOR: Manner(is_kill=True, goes_on=True),
    Way.KILL_JANITOR_THEN_FLOW: Manner(is_kill=True),
    Way.KILL_FLOW_AND_JANITOR: Manner(is_kill=True),
    Way.KILL_HOLDER_AND_FLOW: Manner(is_kill=True),
    Way.KILL_RELAY_AND_FLOW: Manner(is_kill=True),
    Way.SUSPEND: Manner(is_kill=True),
    Way.VANISH: Manner(hosts=_WORKER, is_kill=True),
}
