"""Known vulnerabilities of what is pinned, asked of pip-audit.

pip-audit passes what it could not ask about: a package that the service does not know, and a
mirror of PyPI that leaves advisories out. So a service has to name a vulnerability that everybody
knows before it is believed, and a pin without an answer is reported.
"""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KNOWN_TO_BE_VULNERABLE = "jinja2==2.4.1"
SERVICES = ("pypi", "osv")
LONGEST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """`unanswered` are pins that the service said nothing of."""

    answered: int
    vulnerable: Sequence[str]
    unanswered: Sequence[str]


def asked(pip_audit: Path, service: str, requirements: Path) -> Answer | str:
    """Give what a service answers, or why it is no answer."""
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder) / "control.txt"
        control.write_text(KNOWN_TO_BE_VULNERABLE + "\n", encoding="utf-8")
        known = _ran(pip_audit, service, control)
    if isinstance(known, str):
        return known
    if not known.vulnerable:
        return f"it knows of no vulnerability of {KNOWN_TO_BE_VULNERABLE}, so it has no advisories"
    return _ran(pip_audit, service, requirements)


def _ran(pip_audit: Path, service: str, requirements: Path) -> Answer | str:
    words = ("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            [pip_audit, "--vulnerability-service", service, "--requirement", requirements, *words],
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {LONGEST_SECONDS} s"
    return parsed(done.stdout) or _last_line(done.stderr)


def parsed(said: str) -> Answer | None:
    """None where pip-audit gave up and so wrote no document."""
    try:
        found = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    answered = [each for each in found if "skip_reason" not in each]
    return Answer(
        answered=len(answered),
        vulnerable=[_line(each, one) for each in answered for one in each.get("vulns", ())],
        unanswered=[each["name"] for each in found if "skip_reason" in each],
    )


def _line(package: dict[str, str], advisory: dict[str, list[str] | str]) -> str:
    mended = ", ".join(advisory.get("fix_versions", ())) or "no version yet"
    return f"{package['name']} {package['version']}: {advisory['id']}, mended in {mended}"


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["pip-audit said nothing"])[-1][:300]
