"""`python -m backend.probe`: is the service in this container alive? For images without curl."""

import sys
import urllib.error
import urllib.request

from backend.settings import read_settings

TIMEOUT_SECONDS = 1.5


def main() -> int:
    url = f"http://127.0.0.1:{read_settings().port}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS):  # loopback
            return 0
    except OSError as error:
        print(f"{url}: {error}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main())
