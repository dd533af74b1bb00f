"""What holds the service up: replicas, the breaker, the database, and Ironclad itself."""

from tools.dashboards.panels import IN_A_CLUSTER, Board, Look, Panel, Query, Row, Unit

_SPACE = 'namespace=~"$namespace"'

_REPLICAS = Row(
    title="Replicas",
    panels=(
        Panel(
            title="Replicas that answer",
            queries=(Query('sum(up{job="ironclad-backend"})', "up"),),
            look=Look.NUMBER,
            width=6,
        ),
        Panel(
            title="Restarts of replicas in the last hour",
            queries=(
                Query(
                    'sum(changes(process_start_time_seconds{job="ironclad-backend"}[1h]))',
                    "restarts",
                ),
            ),
            look=Look.NUMBER,
            width=6,
        ),
        Panel(
            title="Replicas wanted and there",
            queries=(
                Query(f'kube_deployment_spec_replicas{{{_SPACE},deployment="backend"}}', "wanted"),
                Query(
                    f'kube_deployment_status_replicas_available{{{_SPACE},deployment="backend"}}',
                    "available",
                ),
            ),
            platforms=IN_A_CLUSTER,
            width=6,
        ),
        Panel(
            title="Restarts by container",
            queries=(
                Query(
                    "sum by (pod, container)"
                    f" (increase(kube_pod_container_status_restarts_total{{{_SPACE}}}[1h]))",
                    "{{pod}} {{container}}",
                ),
            ),
            platforms=IN_A_CLUSTER,
            width=6,
        ),
        Panel(
            title="Autoscaler",
            queries=(
                Query(f"kube_horizontalpodautoscaler_status_current_replicas{{{_SPACE}}}", "now"),
                Query(
                    f"kube_horizontalpodautoscaler_status_desired_replicas{{{_SPACE}}}", "wanted"
                ),
                Query(f"kube_horizontalpodautoscaler_spec_max_replicas{{{_SPACE}}}", "at most"),
            ),
            platforms=IN_A_CLUSTER,
            width=12,
            about="At its maximum the autoscaler cannot add replicas.",
        ),
        Panel(
            title="Circuit breaker",
            queries=(Query("max by (pod) (circuit_breaker_state)", "{{pod}}"),),
            width=12,
            about="0 closed, 1 half-open, 2 open.",
        ),
    ),
)
_DATABASE = Row(
    title="PostgreSQL",
    panels=(
        Panel(
            title="Connections",
            queries=(Query("sum by (datname) (pg_stat_database_numbackends)", "{{datname}}"),),
            platforms=IN_A_CLUSTER,
        ),
        Panel(
            title="Transactions a second",
            queries=(
                Query("sum(rate(pg_stat_database_xact_commit[5m]))", "committed"),
                Query("sum(rate(pg_stat_database_xact_rollback[5m]))", "rolled back"),
            ),
            platforms=IN_A_CLUSTER,
        ),
        Panel(
            title="Size",
            queries=(Query("pg_database_size_bytes", "{{datname}}"),),
            unit=Unit.BYTES,
            platforms=IN_A_CLUSTER,
        ),
    ),
)
_IRONCLAD = Row(
    title="Ironclad",
    panels=(
        Panel(
            title="Faults that are armed",
            queries=(Query("sum by (kind) (chaos_fault_active)", "{{kind}}"),),
        ),
        Panel(
            title="Changes not yet taken back",
            queries=(
                Query("sum(ironclad_undo_entries_open)", "open"),
                Query("sum(ironclad_undo_entries_failing)", "failing"),
            ),
        ),
        Panel(
            title="Age of the janitor's last sweep",
            queries=(Query("time() - max(ironclad_janitor_last_sweep_timestamp_seconds)", "age"),),
            unit=Unit.SECONDS,
            look=Look.NUMBER,
            limit=15,
            about="Over 15 s a game day that changes the platform is refused.",
        ),
        Panel(
            title="A game day holds the stack",
            queries=(Query("max(ironclad_game_day_running)", "running"),),
        ),
        Panel(
            title="Alerts that were delivered",
            queries=(
                Query("sum(increase(ironclad_alert_deliveries_total[5m]))", "delivered"),
                Query("sum(increase(ironclad_alert_deliveries_refused_total[5m]))", "refused"),
            ),
        ),
        Panel(
            title="Targets that are scraped",
            queries=(Query("sum by (job) (up)", "{{job}}"),),
        ),
    ),
)
OPERATIONS = Board(
    uid="ironclad-operations",
    title="Ironclad Operations",
    about="What holds the service up, and what Ironclad does to it.",
    rows=(_REPLICAS, _DATABASE, _IRONCLAD),
)
