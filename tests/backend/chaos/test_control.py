"""The control routes of a real replica."""

import time
from collections.abc import Iterator

import pytest

from tests.backend.replica_process import Replica

ROUTES = [
    ("GET", ""),
    ("DELETE", ""),
    ("POST", "/enable"),
    ("POST", "/disable"),
    ("PUT", "/attachments/r"),
    ("PUT", "/faults/f"),
    ("DELETE", "/faults/f"),
    ("POST", "/latency/5"),
    ("POST", "/errors/5"),
    ("POST", "/circuit-breaker/open"),
    ("POST", "/hangs/5"),
    ("POST", "/cpu/1"),
    ("POST", "/crash"),
    ("GET", "/runs/r/orders"),
    ("DELETE", "/runs/r/orders"),
]


@pytest.mark.parametrize("token", [None, "", "wrong", "a-chaos-token-for-test", "ä"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_the_token_nothing_is_possible(
    replica: Replica, method: str, path: str, token: str | None
) -> None:
    headers = [] if token is None else [(b"X-Chaos-Token", token.encode())]
    response = replica.client.request(method, f"/api/chaos{path}", headers=headers)
    assert response.status_code == 401
    assert replica.control("GET", "").json()["enabled"] is True


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_where_no_token_is_configured_there_are_no_control_routes(
    tokenless: Replica, method: str, path: str
) -> None:
    assert tokenless.control(method, path).status_code == 404


@pytest.fixture(scope="module")
def tokenless(database_url: str) -> Iterator[Replica]:
    with Replica(database_url, {"BACKEND_CHAOS_TOKEN_FILE": ""}) as replica:
        yield replica


def test_the_status_tells_what_is_armed(replica: Replica) -> None:
    replica.arm("slow", "latency", delay_ms=20, jitter_ms=5, share=0.5, seed=7, run="r1")
    status = replica.control("GET", "").json()
    assert status["replica"] == "replica-1"
    assert status["enabled"] is True
    assert status["breaker"] == "closed"
    assert status["now"] == pytest.approx(time.time(), abs=5)
    [fault] = status["faults"]
    assert 0 < fault.pop("expires_in_seconds") <= 60
    assert fault == {
        "id": "slow",
        "kind": "latency",
        "share": 0.5,
        "seed": 7,
        "run": "r1",
        "seen": 0,
        "hit": 0,
        "delay_ms": 20,
        "jitter_ms": 5,
    }


def test_arming_is_201_and_renewing_is_200_and_keeps_the_counts(replica: Replica) -> None:
    assert replica.arm("e", "error", status=502).status_code == 201
    assert replica.client.get("/api").status_code == 502
    renewed = replica.arm("e", "error", status=502)
    assert renewed.status_code == 200
    assert (renewed.json()["seen"], renewed.json()["hit"]) == (1, 1)


def test_disarming_tells_the_counts_and_is_idempotent(replica: Replica) -> None:
    replica.arm("e", "error", share=0.0)
    replica.client.get("/api")
    removed = replica.control("DELETE", "/faults/e").json()
    assert removed == {"removed": True, "seen": 1, "hit": 0}
    again = replica.control("DELETE", "/faults/e")
    assert again.status_code == 200
    assert again.json() == {"removed": False, "seen": 0, "hit": 0}


def test_a_runner_that_slept_cannot_arm_again(replica: Replica) -> None:
    body = {"kind": "error", "lease_seconds": 0.05}
    replica.control("PUT", "/faults/e", json=body)
    replica.wait_for(lambda: replica.control("GET", "").json()["faults"] == [])
    renewal = replica.control("PUT", "/faults/e", json=body, headers={"If-Match": "*"})
    assert renewal.status_code == 412
    assert replica.client.get("/api").status_code == 200


@pytest.mark.parametrize("kind", ["error", "crash"])
def test_an_order_that_lay_in_the_socket_of_a_stopped_replica_is_void(
    replica: Replica, kind: str
) -> None:
    body = {"kind": kind, "lease_seconds": 10, "not_after": time.time() - 2}
    refused = replica.control("PUT", "/faults/e", json=body)
    assert refused.status_code == 409
    assert "The order e came 2." in refused.json()["detail"]
    assert replica.control("GET", "").json()["faults"] == []


def test_a_lease_lapses_though_no_request_arrives(replica: Replica) -> None:
    replica.arm("e", "error", lease_seconds=0.05)
    series = 'chaos_fault_active{kind="error"}'
    assert replica.metric(series) is not None
    replica.wait_for(lambda: replica.metric(series) == 0)
    assert replica.control("GET", "").json()["faults"] == []


def test_a_request_that_is_held_is_let_go_when_the_lease_lapses(replica: Replica) -> None:
    replica.arm("slow", "latency", delay_ms=50_000, lease_seconds=0.1)
    assert replica.client.get("/api").elapsed.total_seconds() < 5


def test_an_id_that_is_armed_otherwise_is_a_conflict(replica: Replica) -> None:
    replica.arm("e", "error", status=500)
    assert replica.arm("e", "error", status=503).status_code == 409


def test_disabled_means_disarmed_and_refused(replica: Replica) -> None:
    replica.arm("e", "error")
    assert replica.control("POST", "/disable").json() == {"enabled": False, "removed": ["e"]}
    assert replica.arm("e", "error").status_code == 409
    assert replica.control("POST", "/latency/5").status_code == 409
    assert replica.control("POST", "/enable").json() == {"enabled": True}
    assert replica.arm("e", "error").status_code == 201


def test_everything_off_lists_what_was_on(replica: Replica) -> None:
    replica.arm("a", "error", share=0.1)
    replica.arm("b", "latency", delay_ms=1)
    assert replica.control("DELETE", "").json() == {"removed": ["a", "b"]}
    assert replica.control("DELETE", "").json() == {"removed": []}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"kind": "meteor"}, "kind", id="unknown-kind"),
        pytest.param({"kind": None}, "kind", id="no-kind"),
        pytest.param({"kind": ["error"]}, "kind", id="kind-is-a-list"),
        pytest.param({"share": 1.01}, "share", id="share-over-1"),
        pytest.param({"share": -0.1}, "share", id="negative-share"),
        pytest.param({"share": "half"}, "share", id="share-is-text"),
        pytest.param({"share": True}, "share", id="share-is-a-boolean"),
        pytest.param({"seed": 1.5}, "seed", id="seed-is-a-fraction"),
        pytest.param({"seed": "1"}, "seed", id="seed-is-text"),
        pytest.param({"lease_seconds": None}, "lease_seconds", id="no-lease"),
        pytest.param({"lease_seconds": 0}, "lease_seconds", id="lease-of-0"),
        pytest.param({"lease_seconds": 3600.1}, "lease_seconds", id="lease-over-an-hour"),
        pytest.param({"run": "a b"}, "run", id="run-with-a-blank"),
        pytest.param({"run": 7}, "run", id="run-is-a-number"),
        pytest.param({"status": 404}, "status", id="status-that-is-no-failure"),
        pytest.param({"status": "503"}, "status", id="status-is-text"),
        pytest.param({"delay_ms": 5}, "delay_ms", id="parameter-of-another-kind"),
        pytest.param({"colour": "red"}, "colour", id="unknown-key"),
        pytest.param({"kind": "latency"}, "delay_ms", id="latency-without-a-delay"),
        pytest.param({"kind": "latency", "delay_ms": 1e3}, "delay_ms", id="delay-is-a-float"),
        pytest.param({"kind": "hang", "delay_ms": 5}, "delay_ms", id="hang-with-a-delay"),
        pytest.param({"kind": "database-slow"}, "delay_ms", id="database-slow-without-a-delay"),
        pytest.param({"kind": "database-slow", "delay_ms": 0}, "delay_ms", id="slow-by-nothing"),
        pytest.param({"kind": "cpu-burn", "millicores": 0}, "millicores", id="no-cores"),
        pytest.param({"kind": "cpu-burn", "millicores": 64_001}, "millicores", id="many-cores"),
        pytest.param({"kind": "cpu-burn", "millicores": 0.5}, "millicores", id="half-a-millicore"),
        pytest.param({"kind": "memory-pressure"}, "size_bytes", id="memory-without-a-size"),
        pytest.param({"kind": "memory-pressure", "size_bytes": 1}, "size_bytes", id="a-byte"),
    ],
)
def test_a_bad_order_is_refused_by_the_name_of_the_field(
    replica: Replica, changes: dict[str, object], field: str
) -> None:
    body = {"kind": "error", "lease_seconds": 5, **changes}
    response = replica.control("PUT", "/faults/f", json=body)
    assert response.status_code == 422
    assert response.json()["field"] == field
    assert replica.control("GET", "").json()["faults"] == []


def test_a_bad_id_is_refused(replica: Replica) -> None:
    response = replica.arm("a,b", "error")
    assert (response.status_code, response.json()["field"]) == (422, "id")


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        pytest.param(
            "/latency/30", {"kind": "latency", "delay_ms": 30, "share": 1.0}, id="latency"
        ),
        pytest.param("/errors/2.5", {"kind": "error", "share": 0.025}, id="errors"),
        pytest.param("/circuit-breaker/open", {"kind": "breaker-open", "share": 1.0}, id="breaker"),
        pytest.param("/hangs/10", {"kind": "hang", "share": 0.1}, id="hangs"),
        pytest.param("/resets/10", {"kind": "connection-reset", "share": 0.1}, id="resets"),
        pytest.param("/readiness/not-ready", {"kind": "not-ready"}, id="readiness"),
        pytest.param(
            "/database-latency/30", {"kind": "database-slow", "delay_ms": 30}, id="slow-database"
        ),
        pytest.param("/database-errors/50", {"kind": "database-error", "share": 0.5}, id="queries"),
        pytest.param("/cpu/0.1", {"kind": "cpu-burn", "millicores": 100}, id="cpu"),
        pytest.param("/memory/8", {"kind": "memory-pressure", "size_bytes": 8 << 20}, id="memory"),
    ],
)
def test_short_forms_arm_a_deadline_and_state_it(
    replica: Replica, path: str, fault: dict[str, object]
) -> None:
    answer = replica.control("POST", f"{path}?for_seconds=9").json()
    assert answer["armed"] is True
    assert answer["deadline"].endswith("+00:00")
    assert answer["expires_in_seconds"] == pytest.approx(9, abs=1)
    assert fault.items() <= replica.control("GET", "").json()["faults"][0].items()


@pytest.mark.parametrize(
    ("on", "off"),
    [
        ("/latency/30", "/latency/0"),
        ("/errors/20", "/errors/0"),
        ("/circuit-breaker/open", "/circuit-breaker/closed"),
        ("/hangs/20", "/hangs/0"),
        ("/readiness/not-ready", "/readiness/ready"),
        ("/database-latency/5", "/database-latency/0"),
        ("/cpu/0.1", "/cpu/0"),
        ("/memory/8", "/memory/0"),
    ],
)
def test_short_forms_disarm_what_they_armed(replica: Replica, on: str, off: str) -> None:
    replica.control("POST", on)
    assert replica.control("POST", off).json()["removed"] is True
    replica.wait_for(lambda: replica.control("GET", "").json()["faults"] == [])


def test_a_short_form_takes_the_place_of_the_one_before(replica: Replica) -> None:
    replica.control("POST", "/errors/10")
    replica.control("POST", "/errors/20")
    [fault] = replica.control("GET", "").json()["faults"]
    assert fault["share"] == 0.2
    assert fault["expires_in_seconds"] == pytest.approx(300, abs=5)


@pytest.mark.parametrize(
    "path",
    [
        "/latency/x",
        "/latency/60001",
        "/latency/-1",
        "/errors/101",
        "/errors/nan",
        "/errors/1e1",
        "/circuit-breaker/ajar",
        "/hangs/101",
        "/readiness/maybe",
        "/cpu/65",
        "/cpu/-1",
        "/memory/1.5",
        "/memory/x",
        "/database-latency/60001",
        "/latency/5?for_seconds=0",
        "/latency/5?for_seconds=3601",
        "/latency/5?for_seconds=nan",
        "/latency/5?for_seconds=soon",
    ],
)
def test_a_bad_short_form_is_refused_and_arms_nothing(replica: Replica, path: str) -> None:
    assert replica.control("POST", path).status_code == 422
    assert replica.control("GET", "").json()["faults"] == []


def test_faults_never_touch_probes_metrics_and_control(replica: Replica) -> None:
    replica.arm("e", "error")
    replica.arm("b", "breaker-open")
    for path in ("/healthz", "/readyz", "/metrics"):
        response = replica.client.get(path)
        assert response.status_code == 200
        assert "x-ironclad-fault" not in response.headers
    assert replica.control("GET", "/runs/r/orders").status_code == 200


def test_faults_hit_each_request_of_one_connection_anew(replica: Replica) -> None:
    replica.arm("e", "error", share=0.5)
    statuses = [replica.client.get("/api").status_code for _ in range(100)]
    assert 49 <= statuses.count(503) <= 51


def test_not_ready_is_a_503_of_the_readiness_probe_alone(replica: Replica) -> None:
    replica.arm("n", "not-ready")
    probe = replica.client.get("/readyz")
    assert (probe.status_code, probe.json()["reason"]) == (503, "fault")
    assert probe.headers["x-ironclad-fault"] == "n"
    assert replica.client.get("/api/orders").status_code == 200


def test_an_open_breaker_is_a_fast_503_that_names_the_fault(replica: Replica) -> None:
    replica.arm("b", "breaker-open")
    response = replica.client.get("/api/orders")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-ironclad-fault"] == "b"
    assert replica.metric("circuit_breaker_state") == 2
    assert replica.control("GET", "").json()["breaker"] == "open"
    replica.control("DELETE", "")
    assert replica.client.get("/api/orders").status_code == 200
    assert replica.metric("circuit_breaker_state") == 0


def test_injected_errors_are_counted(replica: Replica) -> None:
    series = 'http_requests_total{method="GET",route="/api/orders",status="504"}'
    load = 'load_requests_total{status="504"}'
    before = (replica.metric(series) or 0, replica.metric(load) or 0)
    replica.arm("e", "error", status=504)
    replica.client.get("/api/orders", headers={"X-Ironclad-Run": "r"})
    replica.client.get("/api/orders")
    assert (replica.metric(series), replica.metric(load)) == (before[0] + 2, before[1] + 1)
