"""wrk, for services that are asked as fast as they answer."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).with_name("wrk_scripts")
CONNECTIONS = 16
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3}


@dataclass(frozen=True, slots=True)
class Throughput:
    requests_per_second: float
    p99_ms: float


def ask(url: str, *, seconds: int, script: str = "", connections: int = CONNECTIONS) -> Throughput:
    """Raises RuntimeError when any answer was none, or no success."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if script:
        command += ["-s", str(SCRIPTS / script)]
    done = subprocess.run(  # noqa: S603 - our own command line
        [*command, url], capture_output=True, text=True, check=True, timeout=seconds + 30
    )
    return parsed(done.stdout)


def parsed(said: str) -> Throughput:
    if bad := re.search(r"Non-2xx.*|Socket errors.*", said):
        raise RuntimeError(f"wrk met with failures: {bad[0]}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", said)
    if rate is None or p99 is None:
        raise RuntimeError(f"wrk said neither rate nor latency: {said}")
    return Throughput(float(rate[1]), float(p99[1]) * _UNITS[p99[2]])
