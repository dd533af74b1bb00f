"""Run benchmarks: `python -m benchmarks [NAME …]`."""

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Sequence

from trials.bench import document
from trials.bench.benchmark import Benchmark, Ran
from trials.bench.registry import BENCHMARKS
from trials.bench.table import print_table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", epilog=_list())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", help="which; all that need no other process if none")
    parser.add_argument("--keep", action="store_true", help="put what was named onto the page")
    given = parser.parse_args()
    names: list[str] = given.names
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever was started ends with us
    known = {each.name: each for each in BENCHMARKS}
    if unknown := [name for name in names if name not in known]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in names] or [each for each in BENCHMARKS if each.unattended]
    ran = [_run(each) for each in chosen]
    if not names:
        _written(ran, "make bench")
    elif given.keep:
        measured = [each for each in ran if not each.problem]
        _written(measured, f"make bench ONLY='{' '.join(names)}' KEEP=1")
    return _reported(ran)


def _written(ran: Sequence[Ran], command: str) -> None:
    document.write(ran, command, [each.name for each in BENCHMARKS])
    print(f"written: {document.LATEST} and {document.PAGE}")  # noqa: T201


def _list() -> str:
    return "\n".join(f"  {each.name:20} {each.about.partition('.')[0]}" for each in BENCHMARKS)


def _run(benchmark: Benchmark) -> Ran:
    """One that fails is reported; the others still run."""
    if missing := benchmark.missing():
        print(f"{benchmark.name} is left out: {missing}", flush=True)  # noqa: T201
        return Ran(benchmark, problem=missing)
    began = time.monotonic()
    try:
        result = benchmark.measure()
    except Exception as error:  # noqa: BLE001 - whatever it is
        traceback.print_exc()
        return Ran(benchmark, time.monotonic() - began, problem=f"{type(error).__name__}: {error}")
    ran = Ran(benchmark, time.monotonic() - began, result)
    print_table(f"{benchmark.name} ({ran.seconds:.0f} s)", result.rows)
    for remark in result.remarks:
        print(remark)  # noqa: T201
    sys.stdout.flush()
    return ran


def _reported(ran: Sequence[Ran]) -> int:
    failed = [each for each in ran if each.problem]
    for each in failed:
        print(f"not measured: {each.benchmark.name}: {each.problem}")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
