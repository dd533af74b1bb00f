"""One server span a request, exported in batches by a thread of the SDK's own."""

from collections.abc import Iterable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import VERSION

_FAILED = 500


def new_provider(replica: str) -> TracerProvider:
    """The exporter reads its endpoint and headers from the standard OTEL_ variables."""
    resource = Resource.create(
        {
            "service.name": "ironclad-backend",
            "service.version": VERSION,
            "service.instance.id": replica,
        }
    )
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class SpanMiddleware:
    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        self.app = app
        self._tracer = provider.get_tracer("backend")
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        parent = self._propagator.extract(_trace_headers(scope["headers"]))
        with self._tracer.start_as_current_span(
            scope["method"], context=parent, kind=SpanKind.SERVER
        ) as span:
            scope["trace_id"] = f"{span.get_span_context().trace_id:032x}"
            await self.app(scope, receive, _recorded(span, send))
            _describe(span, scope)


def _trace_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    wanted = (b"traceparent", b"tracestate")
    return {name.decode(): value.decode("latin-1") for name, value in headers if name in wanted}


def _recorded(span: Span, send: Send) -> Send:
    async def recorded(message: Message) -> None:
        if message["type"] == "http.response.start":
            span.set_attribute("http.response.status_code", message["status"])
            if message["status"] >= _FAILED:
                span.set_status(Status(StatusCode.ERROR))
        await send(message)

    return recorded


def _describe(span: Span, scope: Scope) -> None:
    route = scope.get("route")
    span.set_attribute("http.request.method", scope["method"])
    if route is not None:
        span.update_name(f"{scope['method']} {route.path}")
        span.set_attribute("http.route", route.path)
