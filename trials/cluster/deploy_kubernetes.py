"""Deploy time beside kubectl's, for the same objects on the cluster that KUBECONFIG names.

    python trials/cluster/deploy_kubernetes.py --rounds 3 --set backend.requests.cpu=100m

Each round brings the stack up in two fresh namespaces, one after the other: once by `ironclad up`
(stage by stage, with Prefect's server running already), once by `kubectl apply` of the rendered
stack and `kubectl rollout status` of every workload, with the Secrets made before the clock starts.
Both are deleted before the next round; which of them goes first alternates.
"""

import argparse
import json
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from ironclad.domain.kubernetes.stack_spec import STACK_SECRETS

IRONCLAD = str(Path(sys.executable).with_name("ironclad"))
LONGEST_SECONDS = 600


def run(*command: str, given: str | None = None) -> str:
    done = subprocess.run(  # noqa: S603 - our own command lines
        command, input=given, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )
    if done.returncode:
        sys.exit(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout


def by_ironclad(namespace: str, values: Sequence[str]) -> float:
    began = time.monotonic()
    run(IRONCLAD, "up", "--platform", "kubernetes", "--stack", namespace, *values)
    return time.monotonic() - began


def by_kubectl(namespace: str, values: Sequence[str]) -> float:
    stack = run(IRONCLAD, "render", "--stack", namespace, *values)
    objects = [item for item in yaml.safe_load_all(stack) if item]
    first = [item for item in objects if item["kind"] == "Namespace"]
    run("kubectl", "apply", "-f", "-", given=yaml.safe_dump_all([*first, *made(namespace)]))
    began = time.monotonic()
    run("kubectl", "apply", "-f", "-", given=stack)
    for item in objects:
        if item["kind"] in {"Deployment", "StatefulSet"}:
            name = f"{item['kind']}/{item['metadata']['name']}".lower()
            run("kubectl", "--namespace", namespace, "rollout", "status", name)
    return time.monotonic() - began


def made(namespace: str) -> list[dict[str, object]]:
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": each.name, "namespace": namespace},
            "stringData": {key: secrets.token_urlsafe(32) for key in each.keys},
        }
        for each in STACK_SECRETS
    ]


def clear(*namespaces: str) -> None:
    run("kubectl", "delete", "namespace", "--ignore-not-found", *namespaces)
    rights = ("clusterrole", "clusterrolebinding")
    for name in namespaces:
        for kind in rights:
            run("kubectl", "delete", kind, "--ignore-not-found", f"{name}-prometheus")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prefix", default="ironclad-bench", help="of the two namespaces")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    values = [part for pair in arguments.set for part in ("--set", pair)]
    ways = {"ironclad": by_ironclad, "kubectl": by_kubectl}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    names = [f"{arguments.prefix}-{way}" for way in ways]
    for number in range(arguments.rounds):
        clear(*names)
        for way in sorted(ways, reverse=bool(number % 2)):
            seconds[way].append(ways[way](f"{arguments.prefix}-{way}", values))
            clear(f"{arguments.prefix}-{way}")
    medians = {way: statistics.median(times) for way, times in seconds.items()}
    result = {"seconds": seconds, "ratio": medians["ironclad"] / medians["kubectl"]}
    print(json.dumps(result, indent=2, default=lambda value: round(value, 2)))  # noqa: T201


if __name__ == "__main__":
    main()
