"""Faults that are armed as leases. Knows nothing of orders: any ASGI service can use it.

faults = FaultRegistry()
app = FaultMiddleware(app, faults)
faults.arm(FaultOrder(id="slow", fault=Latency(delay_ms=200), share=0.1, lease_seconds=6))
"""

from backend.chaos.faults import KINDS, BreakerOpen, Error, Fault, Latency, NotReady, RequestFault
from backend.chaos.middleware import FaultMiddleware
from backend.chaos.registry import FaultOrder, FaultRegistry, Switch

__all__ = [
    "KINDS",
    "BreakerOpen",
    "Error",
    "Fault",
    "FaultMiddleware",
    "FaultOrder",
    "FaultRegistry",
    "Latency",
    "NotReady",
    "RequestFault",
    "Switch",
]
