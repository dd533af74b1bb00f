"""No secret is committed: every file that git keeps is looked through."""

import pytest

from trials.audit import commits
from trials.audit.secret_shapes import Found, found_in

pytestmark = pytest.mark.data


@pytest.mark.skipif(not commits.is_checkout(), reason="only a checkout knows what is committed")
def test_no_committed_file_holds_a_secret() -> None:
    assert list(commits.now()) == []


RANDOM = "q7Zt9LmX2vB4nR8kYw3P"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("-----BEGIN RSA " + "PRIVATE KEY-----", id="private key"),
        pytest.param("AKIA" + "ABCDEFGHIJKLMNOP", id="AWS"),
        pytest.param("ghp_" + "a1B2" * 9, id="GitHub"),
        pytest.param("postgresql://user:" + "hunter2hunter2@db/x", id="URL"),
        pytest.param(f'db_password = "{RANDOM}"', id="named"),
        pytest.param(f'"token": "{RANDOM}"', id="JSON"),
    ],
)
def test_a_planted_secret_is_found(line: str) -> None:
    assert list(found_in("file", line))


@pytest.mark.parametrize(
    "line",
    [
        'TOKEN = "a-chaos-token-for-tests"',
        "password: str | None = None",
        "postgresql://ironclad_user@127.0.0.1:5432/ironclad",
        'token = secrets.token_urlsafe(32)  # "token": "…"',
    ],
)
def test_what_is_none_is_left_alone(line: str) -> None:
    assert list(found_in("file", line)) == []


def test_a_secret_that_was_taken_out_again_is_found_in_the_commit_that_added_it() -> None:
    log = ["commit abc1234", "+++ b/settings.py", f'+db_password = "{RANDOM}"', "commit def5678"]
    log += ["+++ b/settings.py", f'-db_password = "{RANDOM}"']
    assert list(commits.found_in_log(log)) == [
        Found("settings.py in abc1234", "a random value with a secret's name")
    ]
