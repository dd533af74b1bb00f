"""`python -m ironclad.janitor --stack demo`: run by the supervisor of the stack."""

import argparse
import asyncio
import logging
from pathlib import Path

from ironclad import wiring
from ironclad.domain.stack.platforms import LOCAL, PLATFORMS
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef
from ironclad.janitor.app import create_app
from ironclad.janitor.deliveries import DeliveryRecord
from ironclad.janitor.gate import Gate
from ironclad.janitor.serving import serve
from ironclad.processes.priority import GUARD, take_turns_first


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    take_turns_first(GUARD)
    asyncio.run(_serve(arguments))


async def _serve(arguments: argparse.Namespace) -> None:
    ref = StackRef(arguments.platform, arguments.stack)
    place = wiring.janitor_place(ref)
    record = arguments.record or place.record
    record.parent.mkdir(parents=True, exist_ok=True)
    host, port = arguments.host or place.host, arguments.port or place.port
    async with wiring.janitor(ref) as janitor:
        gate = Gate(arguments.token_file or place.token)
        await serve(janitor, create_app(janitor, DeliveryRecord(record), gate), host, port)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ironclad.janitor", description=__doc__)
    parser.add_argument("--platform", choices=PLATFORMS, default=LOCAL)
    parser.add_argument("--stack", default=DEFAULT_STACK)
    parser.add_argument("--host", help="where to listen; what the stack says if left out")
    parser.add_argument("--port", type=int, help="likewise")
    parser.add_argument("--record", type=Path, help="file that deliveries are appended to")
    parser.add_argument("--token-file", type=Path, help="file with the token of those who deliver")
    return parser.parse_args()


if __name__ == "__main__":
    main()
