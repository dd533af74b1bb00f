"""OpenTelemetry spans, when an OTLP endpoint is set; without one nothing of it is imported."""

from starlette.middleware import Middleware

from backend.settings import Settings


def tracing_middleware(settings: Settings) -> list[Middleware]:
    if settings.otlp_endpoint is None:
        return []
    from backend.spans import SpanMiddleware, new_provider  # noqa: PLC0415  # half a second

    return [Middleware(SpanMiddleware, provider=new_provider(settings.replica))]
