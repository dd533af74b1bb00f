"""Every benchmark, in the order in which `make bench` runs them."""

from benchmarks import backend_no_database, orders
from benchmarks.benchmark import Benchmark

BENCHMARKS = (
    Benchmark(
        name="backend-no-database",
        about="What observing, breaking and logging cost a request that does nothing else.",
        measure=backend_no_database.measure,
        commands=("wrk",),
        modules=("starlette_exporter", "prometheus_fastapi_instrumentator"),
    ),
    Benchmark(
        name="orders-read",
        about="Reading one order by its id.",
        measure=orders.measure_reads,
        commands=("wrk",),
    ),
    Benchmark(
        name="orders-write",
        about="Placing a new order, with its idempotency key.",
        measure=orders.measure_writes,
        commands=("wrk",),
    ),
)
