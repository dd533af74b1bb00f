"""Writes docs/results/kubernetes.md from the cluster that KUBECONFIG names, by really doing it.

    python trials/cluster/kubernetes_transcript.py --set backend.requests.cpu=100m \
        --scrub 10.0.0.1=…

Each section runs its commands in a namespace of its own and keeps what they said in `--kept`, so
that one can be run again by itself (`--section NAME`); the page is written from all that are kept.
`--set` goes to each `ironclad up`; `--scrub OLD=NEW` replaces what should not be published.
"""

import argparse
import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ironclad.adapters.prefect.api import PrefectApi
from ironclad.wiring.prefect import prefect_environment

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "results" / "kubernetes.md"
IRONCLAD = str(Path(sys.executable).with_name("ironclad"))
LONGEST_SECONDS = 900
AUTOSCALED_WITHIN_SECONDS = 180
HEAD = """# A stack on a real cluster

*What do the commands print on a real cluster?*

This page holds what [the guide](../guides/kubernetes.md)'s commands printed. The cluster has one
node with two busy cores, Kubernetes 1.36 and enforced NetworkPolicies. Its Grafana is a stand-in.
`trials/cluster/kubernetes_transcript.py` wrote the page and repeats it on a cluster of yours. Other
work kept both cores busy, so each time is longer than on an idle node. `$SETS` stands for the
options that this cluster needed:

```
{sets}
```
"""
ORDER = (
    "import json, urllib.request as u; print(u.urlopen(u.Request("
    "'http://127.0.0.1:3000/api/orders', method='POST',"
    " data=json.dumps({'item': 'anvil', 'quantity': 1, 'price_cents': 4200}).encode(),"
    " headers={'Content-Type': 'application/json', 'Idempotency-Key': 'transcript'})).status)"
)
KNOCK = """import socket
for name, port in (("backend", 3000), ("postgres", 5432), ("prometheus", 9090)):
    try:
        socket.create_connection((name + ".{namespace}", port), 3).close()
        print(name, port, "connected")
    except OSError as error:
        print(name, port, error)
"""


@dataclass(frozen=True, slots=True)
class Place:
    namespace: str
    sets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A paragraph, or a command with what it said."""

    text: str
    shown: str = ""
    code: int = 0
    seconds: float = 0.0


Section = Callable[[Place], Iterator[Said]]


def first(place: Place) -> Iterator[Said]:
    yield Said("A namespace that does not exist yet, and one command.")
    yield ironclad(place, "check", *place.sets)
    yield up(place)
    yield kubectl(place, "get", "pods,pvc,hpa,pdb,networkpolicy")


def second(place: Place) -> Iterator[Said]:
    yield Said("Nothing changed, so nothing is done; most of the time is Prefect's start.")
    yield up(place)
    yield Said(f"The flow itself, from its first task to its last, took {flow_seconds():.1f} s.")
    yield ironclad(place, "diff", *place.sets)


def roll_out(place: Place) -> Iterator[Said]:
    yield Said(
        "100 requests a second from a Job in the namespace, none of them tried twice, while every"
        " replica is replaced."
    )
    yield benchmark("roll_out_under_load.py", "--stack", place.namespace, "--seconds", "60")


def autoscaled(place: Place) -> Iterator[Said]:
    yield Said(
        "A target of 2 % makes the autoscaler want more replicas without any load. A deploy does"
        " not send `replicas`, so its choice stands."
    )
    sensitive = ("--set", "backend.target_cpu_ratio=0.02")
    replicas = ("get", "deployment", "backend", "-o", "jsonpath={.spec.replicas}")
    yield up(place, *sensitive)
    until(lambda: kubectl(place, *replicas).text != "3")
    yield kubectl(place, "get", "hpa", "backend-hpa")
    yield kubectl(place, *replicas)
    yield up(place, *sensitive)
    yield kubectl(place, *replicas)
    yield up(place)


def until(happened: Callable[[], bool]) -> None:
    """Give an autoscaler some of its periods of 15 s."""
    deadline = time.monotonic() + AUTOSCALED_WITHIN_SECONDS
    while not happened() and time.monotonic() < deadline:
        time.sleep(2)


def bad_image(place: Place) -> Iterator[Said]:
    yield Said("The old replicas go on serving, and the roll-out goes back by itself.")
    image = "backend.image=ironclad-backend:no-such-tag"
    yield up(place, "--stage", "backend", "--set", image)
    yield kubectl(place, "rollout", "status", "deployment/backend")


def unschedulable(place: Place) -> Iterator[Said]:
    yield Said(
        "The scheduler's own words, after the three minutes in which a node might have come."
    )
    huge = ("--set", "backend.requests.cpu=64", "--set", "backend.limits.cpu=64")
    yield up(place, "--stage", "backend", *huge)
    yield up(place, "--stage", "backend")


def blocked(place: Place) -> Iterator[Said]:
    yield Said(
        "From a pod of another namespace: the backend takes anybody, the database and Prometheus"
        " do not."
    )
    image = ("--image=python:3.11-slim", "--restart=Never", "--rm", "--attach", "--quiet")
    program = KNOCK.format(namespace=place.namespace)
    words = ("kubectl", "--namespace", "default", "run", "stranger", *image)
    yield said((*words, "--", "python", "-c", program), "python -c …")


def game_day(place: Place) -> Iterator[Said]:
    yield ironclad(place, "game-day run", "error-burst", "--why", "shown in the documentation")
    columns = "custom-columns=REASON:.reason,ABOUT:.involvedObject.name,MESSAGE:.message"
    mine = ("--field-selector", "source=ironclad", "--sort-by", ".lastTimestamp")
    yield kubectl(place, "get", "events", *mine, "-o", columns)


def torn_down(place: Place) -> Iterator[Said]:
    yield Said("An order is written, everything is taken down, and brought up again.")
    yield kubectl(place, "exec", "deploy/backend", "--", "python", "-c", ORDER, shown="python -c …")
    yield count(place)
    yield ironclad(place, "down")
    yield kubectl(place, "get", "all,pvc,secret")
    yield up(place)
    yield count(place)


def all_gone(place: Place) -> Iterator[Said]:
    yield ironclad(place, "down", "--delete-data")
    yield said(("kubectl", "get", "namespace", place.namespace))


SECTIONS: dict[str, tuple[str, Section]] = {
    "first": ("First deploy", first),
    "second": ("Second deploy without a change", second),
    "roll-out": ("A roll-out under load", roll_out),
    "autoscaled": ("An autoscaled backend is left alone by a deploy", autoscaled),
    "bad-image": ("An image that does not exist", bad_image),
    "unschedulable": ("Pods that fit on no node", unschedulable),
    "blocked": ("A connection that the NetworkPolicies block", blocked),
    "game-day": ("A game day", game_day),
    "torn-down": ("Tear-down, and a deploy after it", torn_down),
    "all-gone": ("All of it gone", all_gone),
}


# commands


def up(place: Place, *words: str) -> Said:
    return ironclad(place, "up", *place.sets, *words)


def count(place: Place) -> Said:
    query = "SELECT count(*) FROM orders WHERE idempotency_key = 'transcript'"
    psql = ("psql", "-U", "ironclad_user", "-d", "ironclad", "-tAc", query)
    return kubectl(place, "exec", "postgres-0", "--", *psql)


def ironclad(place: Place, command: str, *words: str) -> Said:
    sets = shlex.join(place.sets)
    platform = () if command == "diff" else ("--platform", "kubernetes")
    where = (*platform, "--stack", place.namespace)
    done = said((IRONCLAD, *command.split(), *words, *where))
    shown = done.shown.replace(IRONCLAD, "ironclad")
    return replace(done, shown=shown.replace(sets, "$SETS") if sets else shown)


def flow_seconds() -> float:
    """Ask the Prefect server how long the last flow ran."""
    return asyncio.run(_flow_seconds())


async def _flow_seconds() -> float:
    body = {
        "sort": "START_TIME_DESC",
        "limit": 1,
        "flows": {"name": {"any_": ["deploy-stack"]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
    }
    api = PrefectApi(await prefect_environment())
    return float((await api.ask("POST", "/flow_runs/filter", body))[0]["total_run_time"])


def kubectl(place: Place, *words: str, shown: str = "") -> Said:
    return said(("kubectl", "--namespace", place.namespace, *words), shown)


def benchmark(name: str, *words: str) -> Said:
    done = said((sys.executable, str(ROOT / "trials/cluster" / name), *words))
    return replace(done, shown=shlex.join(("python", f"trials/cluster/{name}", *words)))


def said(command: Sequence[str], ending: str = "") -> Said:
    """Run it; `ending` stands for what follows `--` where that is long."""
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own command lines
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LONGEST_SECONDS,
        check=False,
        text=True,
        env={**os.environ, "COLUMNS": "160", "NO_COLOR": "1"},
    )
    shown = shlex.join(command)
    if ending:
        shown = f"{shown.partition(' -- ')[0]} -- {ending}"
    return Said(done.stdout.rstrip(), shown, done.returncode, time.monotonic() - began)


# the page


def page(kept: Path, place: Place, scrubs: Sequence[tuple[str, str]]) -> str:
    text = HEAD.format(sets=shlex.join(place.sets) or "nothing")
    for name, (title, _) in SECTIONS.items():
        file = kept / f"{name}.json"
        if file.exists():
            parts = [Said(**each) for each in json.loads(file.read_text())]
            text += f"\n## {title}\n\n" + "\n".join(map(written, parts))
    for old, new in scrubs:
        text = text.replace(old, new)
    return text


def written(part: Said) -> str:
    if not part.shown:
        return f"{part.text}\n"
    lines = [line for line in part.text.splitlines() if not is_progress(line)]
    ending = f"# exit code {part.code}, {part.seconds:.1f} s"
    return "\n".join(["```console", f"$ {part.shown}", *lines, ending, "```", ""])


def is_progress(line: str) -> bool:
    """Every few seconds one; the account at the end says it all."""
    return bool(
        re.match(r"(baseline|fault|recovery|waiting (for|until) .*): \d+(\.\d+)? (of|s)", line)
    )


def pair(text: str) -> tuple[str, str]:
    old, _, new = text.partition("=")
    return old, new


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--namespace", default="ironclad-demo")
    parser.add_argument("--section", action="append", choices=SECTIONS, help="again and again")
    parser.add_argument("--kept", type=Path, default=ROOT / "reports" / "kubernetes-transcript")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--scrub", action="append", default=[], type=pair, metavar="OLD=NEW")
    given = parser.parse_args()
    place = Place(given.namespace, tuple(part for one in given.set for part in ("--set", one)))
    given.kept.mkdir(parents=True, exist_ok=True)
    for name in given.section or SECTIONS:
        parts = list(SECTIONS[name][1](place))
        kept = [{field: getattr(part, field) for field in Said.__slots__} for part in parts]
        (given.kept / f"{name}.json").write_text(json.dumps(kept, indent=1))
    PAGE.write_text(page(given.kept, place, given.scrub))


if __name__ == "__main__":
    main()
