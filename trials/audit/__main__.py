"""`python -m trials.audit`: exit code 0 where all was asked and nothing is known or found.

1 where something is, 3 where no advisory service answered: that is no pass.
"""

import argparse
import sys
from pathlib import Path

from trials.audit import commits
from trials.audit.advisories import SERVICES, Answer, asked

FOUND, NOT_ASKED = 1, 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.audit")
    parser.add_argument("--pip-audit", type=Path, help="the program; only for secrets without it")
    parser.add_argument("--no-secrets", action="store_true", help="look for advisories alone")
    given = parser.parse_args()
    secrets = 0 if given.no_secrets else _secrets()
    advisories = _advisories(given.pip_audit) if given.pip_audit else 0
    return FOUND if FOUND in (secrets, advisories) else advisories


def _secrets() -> int:
    if not commits.is_checkout():
        _say("secrets: not looked for, only a checkout knows what is committed")
        return 0
    found = [*commits.now(), *commits.ever()]
    for each in found:
        _say(f"secrets: {each.what} at {each.where}")
    if not found:
        _say(f"secrets: none in any file or in what {commits.commits():,} commits ever added")
    return FOUND if found else 0


def _advisories(pip_audit: Path) -> int:
    for service in SERVICES:
        answer = asked(pip_audit, service, commits.ROOT / "constraints.txt")
        if isinstance(answer, Answer) and answer.answered:
            return _reported(service, answer)
        why = answer if isinstance(answer, str) else "it knows none of the packages"
        _say(f"advisories: {service} was asked in vain: {why}")
    _say("advisories: NOT AUDITED, as no service answered; this is no pass")
    return NOT_ASKED


def _reported(service: str, answer: Answer) -> int:
    for each in answer.vulnerable:
        _say(f"advisories: {each}")
    if answer.unanswered:
        _say(f"advisories: {service} said nothing of {', '.join(answer.unanswered)}")
    _say(f"advisories: {len(answer.vulnerable)} known for {answer.answered} pins, by {service}")
    if answer.vulnerable:
        return FOUND
    return NOT_ASKED if answer.unanswered else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
