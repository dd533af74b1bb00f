"""The audit never passes for want of an answer: pip-audit itself does."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.places import ROOT
from trials.audit.advisories import KNOWN_TO_BE_VULNERABLE

ADVISORY = {"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"]}
CONTROL = {"name": "jinja2", "version": "2.4.1", "vulns": [ADVISORY]}
SOUND = {"name": "starlette", "version": "1.10.0", "vulns": []}
SKIPPED = {"name": "starlette", "skip_reason": "Dependency not found on PyPI"}
HURT = {"name": "starlette", "version": "1.10.0", "vulns": [{"id": "X-1", "fix_versions": []}]}

PROGRAM = """\
import json, pathlib, sys
words = sys.argv
service = words[words.index("--vulnerability-service") + 1]
text = pathlib.Path(words[words.index("--requirement") + 1]).read_text()
said = {answers}[service]
if said is None:
    sys.exit("the name of " + service + " does not resolve")
which = "control" if text.strip() == {control!r} else "pins"
print(json.dumps({{"dependencies": [said[which]]}}))
"""


def answering(control: Mapping[str, Any], pins: Mapping[str, Any]) -> dict[str, Any]:
    return {"control": control, "pins": pins}


def audited(folder: Path, answers: Mapping[str, Any]) -> "subprocess.CompletedProcess[str]":
    program = folder / "pip-audit"
    text = PROGRAM.format(answers=dict(answers), control=KNOWN_TO_BE_VULNERABLE)
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    return subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "trials.audit", "--no-secrets", "--pip-audit", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


GOOD = answering(CONTROL, SOUND)


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        pytest.param({"pypi": GOOD}, 0, "0 known for 1 pins, by pypi", id="all is well"),
        pytest.param({"pypi": None, "osv": GOOD}, 0, "by osv", id="the second service answers"),
        pytest.param(
            {"pypi": answering(CONTROL, HURT)},
            1,
            "starlette 1.10.0: X-1, mended in no version yet",
            id="one is known",
        ),
        pytest.param({"pypi": None, "osv": None}, 3, "NOT AUDITED", id="no service answers"),
        pytest.param(
            {"pypi": answering(SKIPPED, SKIPPED), "osv": None},
            3,
            "it knows of no vulnerability of jinja2==2.4.1",
            id="an index that has no advisories",
        ),
        pytest.param(
            {"pypi": answering({**CONTROL, "vulns": []}, SOUND), "osv": None},
            3,
            "NOT AUDITED",
            id="a mirror that leaves them out",
        ),
    ],
)
def test_the_audit_says_how_it_stands(
    tmp_path: Path, answers: dict[str, Any], code: int, said: str
) -> None:
    done = audited(tmp_path, answers)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout
