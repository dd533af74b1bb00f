"""What the trial of the shipped roles reads in an audit log, and that it cannot pass on nothing."""

import json
from pathlib import Path

import pytest

from tests.cluster import test_roles_by_audit as trial


def line(account: str, verb: str, resource: str, code: int = 200, part: str = "") -> str:
    return json.dumps(
        {
            "verb": verb,
            "user": {"username": f"system:serviceaccount:demo:{account}"},
            "objectRef": {"resource": resource, "subresource": part, "namespace": "demo"},
            "responseStatus": {"code": code},
        }
    )


def test_a_log_without_a_request_of_the_account_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was skipped: a log of the wrong day, or of another name, then looked like a proof."""
    log = tmp_path / "audit.log"
    log.write_text(line("janitor", "get", "leases") + "\n", encoding="utf-8")
    monkeypatch.setattr(trial, "LOG", str(log))

    assert {use.resource for use in trial.asked_by("janitor")} == {"leases"}
    words = "holds no request of ironclad-worker"
    with pytest.raises((AssertionError, pytest.skip.Exception), match=words) as ended:
        trial.asked_by("ironclad-worker")
    assert ended.type is AssertionError


def test_without_a_log_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LOG", "")
    with pytest.raises(pytest.skip.Exception, match="names no audit log"):
        trial.asked_by("janitor")


def test_what_the_api_server_authorizes_beside_the_logged_verb_counts_as_asked() -> None:
    """An apply that made the object, and a web socket into a pod, need `create` as well."""
    lines = [
        line("ironclad-deployer", "patch", "configmaps", code=201),
        line("ironclad-deployer", "patch", "services"),
        line("ironclad-deployer", "get", "pods", part="portforward"),
    ]
    asked = {(u.verb, u.resource, u.part) for u in trial.uses_of("ironclad-deployer", iter(lines))}
    assert asked == {
        ("patch", "configmaps", ""),
        ("create", "configmaps", ""),
        ("patch", "services", ""),
        ("get", "pods", "portforward"),
        ("create", "pods", "portforward"),
    }
