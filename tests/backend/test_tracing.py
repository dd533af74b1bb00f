"""Spans go to the collector that the standard variable names; without it nothing is loaded."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.backend.replica_process import Replica, environment, run_module

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@dataclass
class Collector:
    spans: list[Span] = field(default_factory=list)
    url: str = ""

    def receive(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.receive(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield collector
        server.shutdown()
        thread.join()


def test_a_span_continues_the_callers_trace_and_is_sent_before_leaving(
    database_url: str, collector: Collector
) -> None:
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    with Replica(database_url, settings) as replica:
        traceparent = f"00-{TRACE}-00f067aa0ba902b7-01"
        replica.client.get("/api/orders/1234567", headers={"traceparent": traceparent})
        assert replica.leave() == 0
    [span] = [span for span in collector.spans if span.trace_id.hex() == TRACE]
    assert span.name == "GET /api/orders/{id}"
    attributes = {pair.key: pair.value for pair in span.attributes}
    assert attributes["http.response.status_code"].int_value == 404
    assert attributes["http.route"].string_value == "/api/orders/{id}"


def test_a_trace_that_begins_here_is_in_the_log_line(
    database_url: str, collector: Collector
) -> None:
    with Replica(database_url, {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}) as replica:
        replica.client.get("/api", headers={"X-Request-Id": "mine"})
        assert replica.leave() == 0
        [line] = [line for line in replica.log_lines() if line.get("request_id") == "mine"]
    assert line["trace_id"] in [span.trace_id.hex() for span in collector.spans]


def test_a_collector_that_is_away_does_not_hold_up_leaving(database_url: str) -> None:
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    with Replica(database_url, settings) as replica:
        assert replica.client.get("/api").status_code == 200
        assert replica.leave() == 0


def test_without_an_endpoint_nothing_of_it_is_loaded(tmp_path: object) -> None:
    del tmp_path
    done = run_module("tests.backend.imported_modules", environment("postgresql://u@h/d"))
    assert done.returncode == 0, done.stderr
    assert "starlette" in done.stdout
    assert "opentelemetry.sdk" not in done.stdout
