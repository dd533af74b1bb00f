"""What Ironclad tells Prometheus about itself."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class JanitorMetrics:
    """Every series exists from the start, so that an alert on it can tell silence from calm."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.open_entries = Gauge(
            "ironclad_undo_entries_open",
            "Changes that a game day has made and not yet taken back.",
            registry=self.registry,
        )
        self.failing_entries = Gauge(
            "ironclad_undo_entries_failing",
            "Lapsed changes that the last sweep could not take back.",
            registry=self.registry,
        )
        self.last_sweep = Gauge(
            "ironclad_janitor_last_sweep_timestamp_seconds",
            "When the last sweep ended, in seconds since the epoch.",
            registry=self.registry,
        )
        self.undone = Counter(
            "ironclad_undo_entries_swept_total",
            "Lapsed changes that the janitor took back.",
            registry=self.registry,
        )
        self.deliveries = Counter(
            "ironclad_alert_deliveries_total",
            "Alerts that Alertmanager handed over.",
            registry=self.registry,
        )
        self.refused_deliveries = Counter(
            "ironclad_alert_deliveries_refused_total",
            "Deliveries without the token of Alertmanager: forged, or a token that differs.",
            registry=self.registry,
        )
        self.halted = Gauge(
            "ironclad_halted",
            "1 while the red switch is on: no game day runs or starts.",
            registry=self.registry,
        )
        self.game_day_running = Gauge(
            "ironclad_game_day_running",
            "1 while a game day holds the stack.",
            registry=self.registry,
        )

        self._phase = Gauge(
            "ironclad_game_day_phase",
            "1 for the phase that the game day is in: baseline, fault, recovery, or around.",
            ("experiment", "run", "phase"),
            registry=self.registry,
        )

    def show_phase(self, experiment: str, run: str, phase: str) -> None:
        """Tell of one phase and of no other: two at once would be two marks on every picture."""
        self._phase.clear()
        self._phase.labels(experiment, run, phase).set(1)

    def show_no_phase(self) -> None:
        self._phase.clear()

    def page(self) -> bytes:
        return generate_latest(self.registry)
