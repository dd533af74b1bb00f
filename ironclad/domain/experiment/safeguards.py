"""What should cope when something breaks: a closed set of names, and what each is judged by."""

from collections.abc import Mapping
from enum import StrEnum


class SafeguardName(StrEnum):
    PDB_REFUSES = "pdb-refuses"
    BREAKER_OPENS_AND_CLOSES = "breaker-opens-and-closes"
    READINESS_BEFORE_ERRORS = "readiness-before-errors"
    NO_RESTART_LOOP = "no-restart-loop"
    AUTOSCALER_REACHES = "autoscaler-reaches"
    NETWORK_POLICY_DENIES = "network-policy-denies"
    MASKS_FAILURES = "masks-failures"


EXPECTED: Mapping[str, str] = {
    SafeguardName.PDB_REFUSES: "the disruption budget refuses the eviction that is one too many",
    SafeguardName.BREAKER_OPENS_AND_CLOSES: "the breaker opens, tries, and closes, in this order",
    SafeguardName.READINESS_BEFORE_ERRORS: "a replica that leaves gets no request any more in time",
    SafeguardName.NO_RESTART_LOOP: "no replica restarts more often than faults ended it",
    SafeguardName.AUTOSCALER_REACHES: "the replicas are as many as the autoscaler wants, in time",
    SafeguardName.NETWORK_POLICY_DENIES: "a connection that no policy allows is denied",
    SafeguardName.MASKS_FAILURES: "clients get right answers to what a fault has touched",
}

BREAKER = 'circuit_breaker_state{job="ironclad-backend"}'
LIVES = 'process_start_time_seconds{job="ironclad-backend"}'
WANTED = "kube_horizontalpodautoscaler_status_desired_replicas"
CURRENT = "kube_horizontalpodautoscaler_status_current_replicas"

TRIED = "ironclad: connections tried"
"""No series of Prometheus: 1 where a connection stood, 0 where it did not, by `to` and `policy`."""

TO, POLICY = "to", "policy"
ALLOWED, FORBIDDEN = "allowed", "forbidden"

SERIES: Mapping[str, tuple[str, ...]] = {
    SafeguardName.BREAKER_OPENS_AND_CLOSES: (BREAKER,),
    SafeguardName.NO_RESTART_LOOP: (LIVES,),
    SafeguardName.AUTOSCALER_REACHES: (WANTED, CURRENT),
}
"""Prometheus selectors that a safeguard is judged by; the others show in the evidence itself."""
