"""JSON in and out."""

from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response

from backend.problems import ProblemError

LIMIT_BYTES = 16 * 1024


class JsonResponse(Response):
    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return orjson.dumps(content)


async def read_object(request: Request) -> dict[str, object]:
    """The body as a JSON object. Raises `ProblemError` (400, 413 or 422)."""
    body = await _read_bounded(request)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST, f"The body is not valid JSON: {error}."
        ) from error
    if not isinstance(document, dict):
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The body has to be a JSON object.")
    return document


async def _read_bounded(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LIMIT_BYTES:
            raise ProblemError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The body is larger than {LIMIT_BYTES} bytes.",
                headers={"Connection": "close"},  # what is still to come is not worth reading
            )
        chunks.append(chunk)
    return b"".join(chunks)
