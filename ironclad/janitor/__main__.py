"""`python -m ironclad.janitor --stack demo --port 9095`: kept up by whoever keeps the stack up."""

import argparse
import logging
from pathlib import Path

import uvicorn

from ironclad import wiring
from ironclad.domain.stack import DEFAULT_STACK, PlatformName, StackRef
from ironclad.janitor.app import create_app
from ironclad.janitor.deliveries import DeliveryRecord


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    janitor = wiring.janitor(StackRef(arguments.platform, arguments.stack))
    arguments.record.parent.mkdir(parents=True, exist_ok=True)
    uvicorn.run(
        create_app(janitor, DeliveryRecord(arguments.record)),
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        log_config=None,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ironclad.janitor", description=__doc__)
    parser.add_argument("--platform", type=PlatformName, default=PlatformName.LOCAL)
    parser.add_argument("--stack", default=DEFAULT_STACK)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--record", type=Path, required=True, help="file that deliveries are appended to"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
