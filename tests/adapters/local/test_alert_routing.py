"""Which receiver gets which alert, by Alertmanager's own checker, on both platforms."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ironclad.adapters.files.receivers import read_receivers
from ironclad.adapters.local.monitoring.programs import alertmanager_configuration
from ironclad.adapters.manifests.objects import objects
from ironclad.adapters.programs.tools import ALERTMANAGER, Toolbox, companion
from ironclad.domain.alerting.receivers import Receiver, ReceiverKind, Recorder, Severity
from ironclad.domain.kubernetes.parameters.keys import read_pairs
from ironclad.domain.stack.stack import Stage
from ironclad.errors import BadInputError
from ironclad.settings import settings
from tests.places import ROOT

JANITOR = "http://127.0.0.1:9999"
SECRET_URL = "https://hooks.example.com/services/T0/B0/secret"
CHAT = Receiver(name="chat", kind=ReceiverKind.SLACK, url=SECRET_URL)
PAGER = Receiver(
    name="pager",
    kind=ReceiverKind.WEBHOOK,
    url="https://pager.example.com/in",
    team="sre",
    severity=Severity.CRITICAL,
)
TICKETS = Receiver(
    name="tickets",
    kind=ReceiverKind.WEBHOOK,
    url="https://tickets.example.com",
    severity=Severity.WARNING,
)


@pytest.fixture(scope="module")
def amtool() -> Path:
    """Take the one that lies beside Alertmanager; `make install` has fetched it."""
    chosen = settings()
    tools = Toolbox(chosen.state / "_tools", {ALERTMANAGER.name: chosen.alertmanager})
    found = companion(ALERTMANAGER, asyncio.run(tools.obtain(ALERTMANAGER)).path)
    assert found, "there is no amtool beside Alertmanager"
    return found


def output(amtool: Path, *arguments: str | Path) -> str:
    done = subprocess.run([amtool, *arguments], capture_output=True, text=True, timeout=60)  # noqa: S603, PLW1510
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def written(tmp_path: Path, *receivers: Receiver) -> Path:
    path = tmp_path / "alertmanager.yml"
    path.write_bytes(
        alertmanager_configuration(
            janitor=Recorder(url=JANITOR, token_file="/token"), receivers=receivers
        )
    )
    return path


def who_gets(amtool: Path, path: Path, *labels: str) -> list[str]:
    text = output(amtool, "config", "routes", "test", f"--config.file={path}", *labels)
    return text.strip().split(",")


@pytest.mark.parametrize("receivers", [(), (CHAT,), (PAGER, TICKETS, CHAT)], ids=len)
def test_alertmanager_takes_the_configuration(
    amtool: Path, tmp_path: Path, receivers: tuple[Receiver, ...]
) -> None:
    output(amtool, "check-config", written(tmp_path, *receivers))


CASES = {
    "a page of ours": (("severity=critical", "team=sre"), ["janitor", "pager", "chat"]),
    "a ticket of ours": (("severity=warning", "team=sre"), ["janitor", "tickets", "chat"]),
    "a page of others": (("severity=critical", "team=web"), ["janitor", "chat"]),
    "neither": ((), ["janitor", "chat"]),
}


@pytest.mark.parametrize(("labels", "receivers"), CASES.values(), ids=CASES.keys())
def test_each_alert_is_recorded_first_and_sent_to_every_receiver_that_fits(
    amtool: Path, tmp_path: Path, labels: tuple[str, ...], receivers: list[str]
) -> None:
    path = written(tmp_path, PAGER, TICKETS, CHAT)
    assert who_gets(amtool, path, "alertname=HighErrorRate", *labels) == receivers


def test_no_alert_is_sent_without_a_receiver(amtool: Path, tmp_path: Path) -> None:
    assert who_gets(amtool, written(tmp_path), "severity=critical", "team=sre") == ["janitor"]


def stage(*pairs: str) -> dict[tuple[str, str], dict[str, Any]]:
    found = objects(Stage.MONITORING, read_pairs(pairs))
    return {(item["kind"], item["metadata"]["name"]): dict(item) for item in found}


def config_of(found: dict[tuple[str, str], dict[str, Any]]) -> str:
    text: str = found["ConfigMap", "alertmanager-config"]["data"]["alertmanager.yml"]
    return text


def test_the_manifest_is_what_would_be_generated() -> None:
    path = ROOT / "manifests/50-monitoring/alertmanager-config.yaml"
    plain = yaml.safe_load(path.read_text())["data"]["alertmanager.yml"]
    assert yaml.safe_load(plain) == yaml.safe_load(config_of(stage()))


def test_in_a_cluster_addresses_stay_in_their_secrets(amtool: Path, tmp_path: Path) -> None:
    found = stage("monitoring.alertmanager.slack_secret=chat-addresses")
    path = tmp_path / "alertmanager.yml"
    path.write_text(config_of(found))
    assert "://" not in config_of(found).replace("http://janitor:8080", "")
    output(amtool, "check-config", path)
    assert who_gets(amtool, path, "severity=critical", "team=sre") == ["janitor", "slack-critical"]
    pod = found["Deployment", "alertmanager"]["spec"]["template"]["spec"]
    mounted = {m["name"]: m["mountPath"] for m in pod["containers"][0]["volumeMounts"]}
    secrets = {v["name"]: v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
    assert secrets == {"receivers-slack": "chat-addresses", "janitor-token": "janitor-secret"}
    assert f"{mounted['receivers-slack']}/critical" in config_of(found)


def test_alertmanager_gets_egress_only_where_there_is_a_receiver() -> None:
    def ways_out(*pairs: str) -> list[Any]:
        egress = stage(*pairs)["NetworkPolicy", "alertmanager-netpol"]["spec"]["egress"]
        return [rule for rule in egress if "to" not in rule and rule["ports"][0]["port"] == 443]

    assert ways_out() == []
    assert len(ways_out("monitoring.alertmanager.webhook_secret=pager")) == 1


def test_a_list_of_receivers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "receivers.yaml"
    path.write_text(
        f"- {{name: chat, kind: slack, url: '{SECRET_URL}'}}\n"
        "- {name: pager, kind: webhook, url: 'https://pager.example.com/in', team: sre,"
        " severity: critical}\n"
    )
    assert read_receivers(path) == (CHAT, PAGER)


ONE = f"{{name: a, kind: slack, url: '{SECRET_URL}'}}"
TWICE = f"[{ONE}, {ONE}]"
BAD = {
    "no list": ("name: chat", "is no list of receivers"),
    "no YAML": ("[{", "is no list of receivers"),
    "a strange key": (f"[{{name: a, kind: slack, url: '{SECRET_URL}', chan: x}}]", "here go name"),
    "a near key": (f"[{{name: a, kind: slack, url: '{SECRET_URL}', taem: x}}]", "mean 'team'?"),
    "no space": (f"[{{name: a, kind: slack, url:{SECRET_URL}}}]", "a key is no word"),
    "no keys": ("[chat]", "has no keys; here go name, kind, url"),
    "a strange kind": (f"[{{name: a, kind: fax, url: '{SECRET_URL}'}}]", "use one of webhook, sla"),
    "a near kind": (f"[{{name: a, kind: webhok, url: '{SECRET_URL}'}}]", "mean 'webhook'?"),
    "no address": ("[{name: a, kind: slack}]", "has no url; write url: https://host/path"),
    "a local path": ("[{name: a, kind: slack, url: /etc/passwd}]", "no address such as https://"),
    "a host left out": ("[{name: a, kind: slack, url: 'https://'}]", "no address such as https://"),
    "a path alone": ("[{name: a, kind: slack, url: 'https:///secret'}]", "no address such as"),
    "a strange port": ("[{name: a, kind: slack, url: 'https://h:secret/'}]", "no address such as"),
    "a port of 0": ("[{name: a, kind: slack, url: 'https://h:0/secret'}]", "no address such as"),
    "a space": ("[{name: a, kind: slack, url: 'https://h/a secret'}]", "no address such as"),
    "a name of ours": (f"[{{name: janitor, kind: slack, url: '{SECRET_URL}'}}]", "no name of a"),
    "a name twice": (TWICE, "names a receiver twice"),
    "a number": ("[{name: a, kind: slack, url: 3}]", "has a value that is no text"),
    "a strange severity": (
        f"[{{name: a, kind: slack, url: '{SECRET_URL}', severity: bad}}]", "use one of criti"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD.keys())
def test_a_bad_list_is_named_and_its_secrets_are_not(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "receivers.yaml"
    path.write_text(text)
    with pytest.raises(BadInputError, match=said) as raised:
        read_receivers(path)
    assert "secret" not in str(raised.value)
    assert str(path) in str(raised.value)
