"""Faults that are armed as leases. Knows nothing of orders: any ASGI service can use it.

faults = FaultRegistry()
app = FaultMiddleware(app, faults)
faults.arm(FaultOrder(id="slow", fault=Latency(delay_ms=200), share=0.1, lease_seconds=6))
"""

from backend.chaos.crash import Crash
from backend.chaos.faults import BreakerOpen, Error, Fault, Latency, NotReady, RequestFault
from backend.chaos.kinds import KINDS
from backend.chaos.middleware import FaultMiddleware
from backend.chaos.queries import BreakableConnection, DatabaseError, DatabaseSlow, QueryFaults
from backend.chaos.registry import FaultOrder, FaultRegistry, Switch
from backend.chaos.stressors import CpuBurn, MemoryPressure
from backend.chaos.unanswered import ConnectionReset, Hang

__all__ = [
    "KINDS",
    "BreakableConnection",
    "BreakerOpen",
    "ConnectionReset",
    "CpuBurn",
    "Crash",
    "DatabaseError",
    "DatabaseSlow",
    "Error",
    "Fault",
    "FaultMiddleware",
    "FaultOrder",
    "FaultRegistry",
    "Hang",
    "Latency",
    "MemoryPressure",
    "NotReady",
    "QueryFaults",
    "RequestFault",
    "Switch",
]
