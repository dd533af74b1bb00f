"""Every benchmark, in the order in which `make bench` runs them."""

from trials.bench import (
    arming,
    backend_no_database,
    budget_query,
    cli,
    content_checks,
    deploy,
    load,
    orders,
    report,
    side_by_side,
)
from trials.bench.benchmark import Benchmark
from trials.cluster import cluster

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
        about="Reading one order by its id, beside the shortest way to PostgreSQL.",
        measure=orders.measure_reads,
        commands=("wrk",),
    ),
    Benchmark(
        name="orders-write",
        about="Placing a new order with its idempotency key, beside the shortest way.",
        measure=orders.measure_writes,
        commands=("wrk",),
    ),
    Benchmark(
        name="arm",
        about="A fault onto 1, 10 and 50 replicas and off again, until it was seen on each.",
        measure=arming.measure,
    ),
    Benchmark(
        name="load",
        about="The load generator's highest rate and its memory, beside hey and wrk.",
        measure=load.measure,
        commands=("hey", "wrk"),
    ),
    Benchmark(
        name="content-checks",
        about="What it costs the generator to compare every answer with what was asked for.",
        measure=content_checks.measure,
    ),
    Benchmark(
        name="report",
        about="Judging a run and writing its report; listing 10 and 100 runs.",
        measure=report.measure,
    ),
    Benchmark(
        name="budget-query",
        about="Knowing the error budget of 1 and 10 services over 30 days of data.",
        measure=budget_query.measure,
    ),
    Benchmark(
        name="deploy",
        about="deploy-stack on this machine beside the same steps without Prefect.",
        measure=deploy.measure,
    ),
    Benchmark(
        name="cli",
        about="Short commands beside the build before each imported only what it needs.",
        measure=cli.measure,
    ),
    Benchmark(
        name="side-by-side",
        about="Game days on one stack and on three at once: time, memory, accuracy.",
        measure=side_by_side.measure,
    ),
    Benchmark(
        name="deploy-cluster",
        about="`ironclad up` beside `kubectl apply` and wait, on the cluster of KUBECONFIG.",
        measure=cluster.measure_deploy,
        commands=("kubectl",),
        unattended=False,
    ),
    Benchmark(
        name="roll-out",
        about="Requests lost by a roll-out under load, in the cluster of KUBECONFIG.",
        measure=cluster.measure_roll_out,
        commands=("kubectl",),
        unattended=False,
    ),
)
