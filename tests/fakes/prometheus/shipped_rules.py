"""The shipped rules as a Prometheus that has loaded them would list them."""

from datetime import timedelta

import yaml

from ironclad.adapters.experiments.objectives import SloDocuments, rule_files
from ironclad.domain.alerting.live_rules import LiveRule
from ironclad.domain.alerting.rules import Tempo
from ironclad.domain.text.durations import parse_duration
from tests.places import ROOT

OBJECTIVES = SloDocuments(ROOT / "monitoring/slos").every()
SCRAPE = timedelta(seconds=1)
REAL = Tempo(scrape_interval=SCRAPE)
FAST = Tempo(compress=60, scrape_interval=SCRAPE)


def live_rules(tempo: Tempo = FAST) -> tuple[LiveRule, ...]:
    return tuple(
        LiveRule(
            name=rule.get("alert") or rule["record"],
            expr=rule["expr"],
            interval_seconds=parse_duration(group["interval"]).total_seconds(),
            is_alert="alert" in rule,
            wait_seconds=parse_duration(rule.get("for", "0s")).total_seconds(),
            labels=rule.get("labels", {}),
        )
        for text in rule_files(OBJECTIVES.values(), tempo).values()
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    )
