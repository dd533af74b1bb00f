"""A request is sent once: aiohttp by itself repeats GET, PUT and DELETE after a lost answer."""

import aiohttp


class LostAnswerError(Exception):
    """A connection that broke before the answer; of a type that aiohttp's own repeat does not know.

    `__cause__` is aiohttp's error.
    """


async def only_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Serve as a session's middleware (RFC 9110, 9.2.2 lets a client repeat these methods)."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise LostAnswerError(str(error)) from error
