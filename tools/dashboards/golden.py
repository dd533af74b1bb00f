"""The four golden signals of the service (SRE book, chapter 6), users' and game days' alike."""

from tools.dashboards.panels import IN_A_CLUSTER, THIS_MACHINE, Board, Look, Panel, Query, Row, Unit

_ORDERS = 'job="ironclad-backend",route=~"/api/orders.*"'
_BAD = f'sum(rate(http_requests_total{{{_ORDERS},status=~"5.."}}[5m]))'
_ALL = f"(sum(rate(http_requests_total{{{_ORDERS}}}[5m])) > 0)"
_BUCKETS = f"sum by (le) (rate(http_request_duration_seconds_bucket{{{_ORDERS}}}[5m]))"
_PODS = 'namespace=~"$namespace",pod!="",container!="POD"'


def _whole_pod(series: str) -> str:
    """What is counted may be the pod, its containers, or both: never add it up twice."""
    return f"max by (pod) (sum by (pod, container) ({series}))"


def _quantile(ratio: float) -> Query:
    return Query(f"histogram_quantile({ratio}, {_BUCKETS})", f"p{100 * ratio:g}")


_TRAFFIC = Row(
    title="Traffic",
    panels=(
        Panel(
            title="Request Rate",
            queries=(Query("sum(rate(http_requests_total[5m])) by (method)", "{{method}}"),),
            unit=Unit.REQUESTS,
            about="Every request that was answered, over five minutes.",
        ),
        Panel(
            title="Traffic by service and route",
            queries=(
                Query(
                    "sum(rate(http_requests_total[5m])) by (service, route)",
                    "{{service}} {{route}}",
                ),
            ),
            unit=Unit.REQUESTS,
            about="A route is a template, never the path that was asked for.",
        ),
        Panel(
            title="Traffic of game days",
            queries=(
                Query("sum(rate(load_requests_total[1m]))", "load"),
                Query("sum(rate(http_requests_total[1m]))", "all"),
            ),
            unit=Unit.REQUESTS,
            about="What load generators sent, beside everything.",
        ),
    ),
)
_ERRORS = Row(
    title="Errors",
    panels=(
        Panel(
            title="Error ratio",
            queries=(Query(f"{_BAD} / {_ALL}", "5xx"),),
            unit=Unit.RATIO,
            limit=0.05,
            about="5xx among the orders' requests; the line is where HighErrorRate begins.",
        ),
        Panel(
            title="Answers by status",
            queries=(Query("sum(rate(http_requests_total[5m])) by (status)", "{{status}}"),),
            unit=Unit.REQUESTS,
        ),
        Panel(
            title="Error ratio by replica",
            queries=(
                Query(
                    f'sum by (pod) (rate(http_requests_total{{{_ORDERS},status=~"5.."}}[5m]))'
                    f" / (sum by (pod) (rate(http_requests_total{{{_ORDERS}}}[5m])) > 0)",
                    "{{pod}}",
                ),
            ),
            unit=Unit.RATIO,
            about="Tells a replica with a fault from those without one. Empty without traffic.",
        ),
    ),
)
_LATENCY = Row(
    title="Latency",
    panels=(
        Panel(
            title="Latency",
            queries=(_quantile(0.5), _quantile(0.95), _quantile(0.99)),
            unit=Unit.SECONDS,
            limit=0.5,
            width=16,
            about="As replicas measure it; the line is the objective. Empty without traffic.",
        ),
        Panel(
            title="p95 now",
            queries=(_quantile(0.95),),
            unit=Unit.SECONDS,
            look=Look.NUMBER,
            limit=0.5,
        ),
    ),
)
_SATURATION = Row(
    title="Saturation",
    panels=(
        Panel(
            title="CPU by pod",
            queries=(
                Query(
                    _whole_pod(f"rate(container_cpu_usage_seconds_total{{{_PODS}}}[5m])"),
                    "{{pod}}",
                ),
            ),
            platforms=IN_A_CLUSTER,
            about="Cores, by cAdvisor.",
        ),
        Panel(
            title="Memory by pod",
            queries=(
                Query(_whole_pod(f"container_memory_working_set_bytes{{{_PODS}}}"), "{{pod}}"),
            ),
            unit=Unit.BYTES,
            platforms=IN_A_CLUSTER,
            about="The working set, by cAdvisor: what counts against the limit.",
        ),
        Panel(
            title="CPU by replica",
            queries=(
                Query('rate(process_cpu_seconds_total{job="ironclad-backend"}[5m])', "{{pod}}"),
            ),
            about="Cores, as each process counts them itself.",
        ),
        Panel(
            title="Memory by replica",
            queries=(Query('process_resident_memory_bytes{job="ironclad-backend"}', "{{pod}}"),),
            unit=Unit.BYTES,
            platforms=(*THIS_MACHINE, *IN_A_CLUSTER),
            about="Resident, as each process counts it itself.",
        ),
        Panel(
            title="Requests in flight",
            queries=(Query("sum by (pod) (http_requests_in_flight)", "{{pod}}"),),
        ),
        Panel(
            title="Database connections",
            queries=(
                Query("sum(database_pool_in_use)", "in use"),
                Query("sum(database_pool_waiting)", "waiting"),
                Query("sum(database_pool_size)", "at most"),
            ),
        ),
    ),
)
GOLDEN = Board(
    uid="ironclad-sre",
    title="Ironclad SRE Dashboard",
    about="Traffic, errors, latency and saturation of the order service.",
    rows=(_TRAFFIC, _ERRORS, _LATENCY, _SATURATION),
)
