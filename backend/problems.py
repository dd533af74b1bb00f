"""Errors as RFC 9457 problem documents."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response


class ProblemError(HTTPException):
    """A request that is answered with a problem document; `members` go into it as they are."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.members = members


def problem_response(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> Response:
    body = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": detail,
        **members,
    }
    return Response(orjson.dumps(body), status, headers, "application/problem+json")


async def answer_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own 404 and 405 become problem documents, too."""
    if isinstance(error, ProblemError):
        return problem_response(
            error.status_code, error.detail, headers=error.headers, **error.members
        )
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return _method_not_allowed(request)
    detail = "There is nothing at this path." if error.status_code == HTTPStatus.NOT_FOUND else ""
    return problem_response(error.status_code, detail or error.detail, headers=error.headers)


def _method_not_allowed(request: Request) -> Response:
    """Starlette names the methods of the first route of this path; there may be several."""
    path = request.scope["route"].path
    routes = [route for route in request.app.routes if route.path == path]
    allowed = ", ".join(sorted({method for route in routes for method in route.methods}))
    return problem_response(
        HTTPStatus.METHOD_NOT_ALLOWED,
        f"Possible here: {allowed}.",
        headers={"Allow": allowed},
    )


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
