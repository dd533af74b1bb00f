#!/usr/bin/env bash
# aiohttp 3.14.5 sends a PUT and a DELETE twice when the first connection closes without an answer,
# also a connection that was never used before. The server has seen both, and the caller sees one
# error. A versioned write (a lock, a lease) then conflicts with itself. POST is sent once. A
# middleware that raises an error of its own type stops the repeat.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'aiohttp==3.14.5'
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio

import aiohttp


class Lost(Exception):
    pass


async def once(request, handler):
    try:
        return await handler(request)
    except aiohttp.ServerDisconnectedError as error:
        raise Lost from error


async def seen(method, *middlewares):
    heads = []

    async def close_unanswered(reader, writer):
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(close_unanswered, "127.0.0.1", 0)
    url = "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]
    async with server, aiohttp.ClientSession(middlewares=middlewares) as session:
        try:
            await session.request(method, url)
        except (aiohttp.ServerDisconnectedError, Lost):
            return len(heads)


async def main():
    for method, times in {"PUT": 2, "DELETE": 2, "GET": 2, "POST": 1}.items():
        plain, guarded = await seen(method), await seen(method, once)
        print(f"{method}: the server saw {plain}, with the middleware {guarded}")
        assert (plain, guarded) == (times, 1), method


asyncio.run(main())
PYTHON
