"""Talking to an API server that refuses, asks for patience, goes away, or wants a new login."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from ironclad.adapters.kubernetes.client.access import Access
from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.errors import BadInputError, IroncladError, UnreachableError
from tests.fakes.kube.asked import AskedCluster, reached_at
from tests.fakes.kube.outlet import Outlet
from tests.fakes.stack.raw_server import as_answer, raw_server

CONFIG_MAPS = "/api/v1/namespaces/demo/configmaps"


# refusals


async def test_a_refusal_is_one_sentence_with_context_request_and_remedy(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.refused.add(("list", "configmaps"))
    with pytest.raises(KubeError) as refused:
        await own.api.get(CONFIG_MAPS)
    assert str(refused.value) == (
        f"context fake: GET {CONFIG_MAPS} was refused with 403: me may not list configmaps in"
        " namespace demo; `ironclad check --platform kubernetes --stack demo` lists every"
        " permission that is needed"
    )


async def test_a_secret_that_may_not_be_made_is_reported_with_who_what_and_where(
    outlet: Outlet, own: AskedCluster
) -> None:
    """The API server's sentence names no value, so nothing has to be kept back."""
    outlet.kube.refused.add(("create", "secrets"))
    with pytest.raises(KubeError, match="403: me may not create secrets in namespace demo; "):
        await own.create(own.secret("chaos", token="hidden"))


async def test_a_refusal_without_words_is_reported_with_who_asked_for_what() -> None:
    """A gateway answers 403 with a page of its own; SelfSubjectReview says who we are."""
    page = b"<html>not from here</html>"
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n" % len(page)
    who = json.dumps({"status": {"userInfo": {"username": "anna"}}}).encode()

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> bool:
        is_review = b"selfsubjectreviews" in request
        writer.write(as_answer(who) if is_review else head + page)
        return True

    async with raw_server(answer) as url, KubeApi(reached_at(url)) as api:
        words = r"403: anna may not list configmaps in namespace demo \(<html>not from here"
        with pytest.raises(KubeError, match=words):
            await api.get(CONFIG_MAPS)


async def test_a_long_body_is_trimmed(outlet: Outlet, own: AskedCluster) -> None:
    outlet.kube.refused.add(("list", "configmaps"))
    outlet.kube.interruptions.append((404, {"X": "y"}))
    name = "n" * 2000
    with pytest.raises(KubeError) as refused:
        await own.api.get(f"{CONFIG_MAPS}/{name}")
    assert len(str(refused.value)) < 3000


async def test_no_foreign_error_escapes(outlet: Outlet, own: AskedCluster) -> None:
    outlet.stop()
    call = Call(method="POST", path=CONFIG_MAPS, body={}, again=False)
    with pytest.raises(IroncladError):
        await own.api.call(call)


# patience


async def test_after_a_429_it_waits_as_long_as_it_was_asked_to(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.interruptions += [(429, {"Retry-After": "1"})]
    start = time.monotonic()
    await own.api.get(CONFIG_MAPS)
    assert time.monotonic() - start >= 1


async def test_a_request_that_was_turned_away_unread_is_sent_again_even_if_it_creates(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.interruptions += [(429, {})]
    await own.create(own.config())
    assert await own.get("ConfigMap", "settings") is not None


async def test_a_create_that_may_have_worked_is_not_sent_again(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.interruptions += [(500, {})]
    with pytest.raises(KubeError, match="500"):
        await own.create(own.config())


async def test_reads_survive_a_short_outage(outlet: Outlet, own: AskedCluster) -> None:
    outlet.kube.interruptions += [(503, {}), (502, {}), (500, {})]
    assert (await own.api.get(CONFIG_MAPS))["items"] == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_api_server_that_fails_for_good_is_asked_as_often_as_we_say_and_no_more(
    outlet: Outlet, method: str
) -> None:
    outlet.kube.interruptions += [(500, {})] * 9
    pauses = (0.01, 0.01)
    async with KubeApi(Access(content=outlet.kube.kubeconfig()), pauses_seconds=pauses) as api:
        with pytest.raises(KubeError, match="500"):
            await asyncio.wait_for(api.call(Call(method=method, path=f"{CONFIG_MAPS}/a")), 5)
    assert len(outlet.kube.interruptions) == 9 - 3


async def test_a_request_that_must_not_be_repeated_is_sent_once(
    outlet: Outlet, own: AskedCluster
) -> None:
    outlet.kube.interruptions += [(500, {})] * 2
    with pytest.raises(KubeError, match="500"):
        await own.api.call(Call(method="DELETE", path=f"{CONFIG_MAPS}/a", again=False))
    assert len(outlet.kube.interruptions) == 1


async def test_an_api_server_that_stays_away_is_named(outlet: Outlet) -> None:
    access = Access(content=outlet.kube.kubeconfig())
    async with KubeApi(access, pauses_seconds=(0.01, 0.01)) as api:
        await api.get("/version")
        outlet.stop()
        words = r"context fake \(http://127.0.0.1:\d+\) does not answer GET /version"
        with pytest.raises(UnreachableError, match=words):
            await api.get("/version")


# logging in


async def test_a_refused_token_is_said_with_what_to_do(outlet: Outlet, own: AskedCluster) -> None:
    outlet.kube.tokens.clear()
    with pytest.raises(KubeError, match="401: Unauthorized; log in again"):
        await own.api.get(CONFIG_MAPS)


def plugin(tmp_path: Path, expires: str) -> dict[str, Any]:
    """Give a user whose credential plugin hands out what the file `token` holds."""
    script = tmp_path / "plugin.py"
    script.write_text(
        "import json, pathlib\n"
        f"calls = pathlib.Path({str(tmp_path / 'calls')!r})\n"
        "calls.write_text(calls.read_text() + 'x' if calls.exists() else 'x')\n"
        f"token = pathlib.Path({str(tmp_path / 'token')!r}).read_text()\n"
        f"status = {{'token': token, 'expirationTimestamp': {expires!r}}}\n"
        "print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1',"
        " 'kind': 'ExecCredential', 'status': status}))\n"
    )
    command = {"command": sys.executable, "args": [str(script)]}
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", **command}}


async def test_a_plugins_token_that_runs_out_is_fetched_anew(
    outlet: Outlet, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("first")
    outlet.kube.tokens = {"first"}
    config = outlet.kube.kubeconfig(**plugin(tmp_path, "2026-01-01T00:00:00Z"))
    async with KubeApi(Access(content=config)) as api:
        await api.get("/version")
        (tmp_path / "token").write_text("second")
        outlet.kube.tokens = {"second"}
        await api.get("/version")
    assert len((tmp_path / "calls").read_text()) >= 2


async def test_a_plugins_token_that_lasts_is_kept(outlet: Outlet, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("good")
    config = outlet.kube.kubeconfig(**plugin(tmp_path, "2999-01-01T00:00:00Z"))
    async with KubeApi(Access(content=config)) as api:
        for _ in range(3):
            await api.get("/version")
    assert (tmp_path / "calls").read_text() == "x"


async def test_a_plugin_that_fails_is_named(outlet: Outlet) -> None:
    command = {"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/false"}
    config = outlet.kube.kubeconfig(exec=command)
    with pytest.raises(BadInputError, match="credential plugin `/bin/false` gave no credential"):
        async with KubeApi(Access(content=config)):
            pass


async def test_the_named_context_is_used_and_reported(outlet: Outlet, tmp_path: Path) -> None:
    config = outlet.kube.kubeconfig()
    other = {"name": "other", "context": {"cluster": "fake", "user": "me", "namespace": "mine"}}
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump({**config, "contexts": [*config["contexts"], other]}))
    async with KubeApi(Access(kubeconfig=str(path), context="other")) as api:
        assert api.context == "other"
        assert (await api.credentials()).namespace == "mine"
    async with KubeApi(Access(kubeconfig=str(path))) as api:
        assert api.context == "fake"


@pytest.mark.parametrize("is_file", [True, False], ids=["a file", "a credentials block"])
async def test_a_context_that_is_not_there_is_reported_with_those_that_are(
    outlet: Outlet, tmp_path: Path, *, is_file: bool
) -> None:
    config, path = outlet.kube.kubeconfig(), tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    given = {"kubeconfig": str(path)} if is_file else {"content": config}
    words = r"the kubeconfig .* holds no context 'prod'; there are fake; .* IRONCLAD_CONTEXT"
    with pytest.raises(BadInputError, match=words):
        async with KubeApi(Access(context="prod", **given)):
            pass


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "there is no kubeconfig at", id="absent"),
        pytest.param("clusters: [", "cannot be used", id="no YAML"),
        pytest.param("- a", "cannot be used: it is no mapping", id="a list"),
        pytest.param("", "holds no context; set KUBECONFIG", id="empty"),
        pytest.param("{}", "holds no context; set KUBECONFIG", id="an empty mapping"),
        pytest.param(
            json.dumps({"current-context": "x", "contexts": []}),
            "holds no context",
            id="no context",
        ),
    ],
)
async def test_a_kubeconfig_that_cannot_be_used_is_named(
    tmp_path: Path, text: str | None, words: str
) -> None:
    path = tmp_path / "config"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadInputError, match=words) as wrong:
        async with KubeApi(Access(kubeconfig=str(path))):
            pass
    assert str(path) in str(wrong.value)


Changes = dict[str, object]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"current-context": ""}, "names no current context; there are fake", id="no"),
        pytest.param({"current-context": None}, "names no current context", id="null"),
        pytest.param(
            {"current-context": "old"}, "holds no current context 'old'; there are", id="stale"
        ),
        pytest.param({"clusters": []}, "names the cluster 'fake'; there are none", id="cluster"),
        pytest.param({"users": None}, "names the user 'me'; there are none", id="user"),
        pytest.param(
            {"contexts": [{"name": "fake", "context": None}]}, "names no cluster", id="hollow"
        ),
    ],
)
async def test_what_a_context_lacks_is_said_with_what_there_is_and_how_to_choose(
    outlet: Outlet, tmp_path: Path, changed: Changes, words: str
) -> None:
    """A kubeconfig without a current context used to give the package's own `Expected key`."""
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump({**outlet.kube.kubeconfig(), **changed}))
    with pytest.raises(BadInputError, match=words) as wrong:
        async with KubeApi(Access(kubeconfig=str(path))):
            pass
    assert str(wrong.value).endswith("choose one with IRONCLAD_CONTEXT")
    assert str(path) in str(wrong.value)


async def test_of_several_files_the_first_current_context_counts_as_with_kubectl(
    outlet: Outlet, tmp_path: Path
) -> None:
    """The package takes the last file's. An empty file and one that is not there do no harm."""
    config = outlet.kube.kubeconfig()
    second = {"name": "second", "context": config["contexts"][0]["context"]}
    texts = {
        "empty": "",
        "nameless": yaml.safe_dump({**config, "current-context": ""}),
        "first": yaml.safe_dump(config),
        "last": yaml.safe_dump({"contexts": [second], "current-context": "second"}),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    paths = ":".join(str(tmp_path / name) for name in ("absent", *texts, "absent too"))
    async with KubeApi(Access(kubeconfig=paths)) as api:
        assert api.context == "fake"
    async with KubeApi(Access(kubeconfig=paths, context="second")) as api:
        assert api.context == "second"


async def test_a_kubeconfig_that_cannot_be_read_is_named_among_several(
    outlet: Outlet, tmp_path: Path
) -> None:
    (tmp_path / "good").write_text(yaml.safe_dump(outlet.kube.kubeconfig()))
    with pytest.raises(BadInputError, match=rf"the kubeconfig {tmp_path} cannot be used"):
        async with KubeApi(Access(kubeconfig=f"{tmp_path / 'good'}:{tmp_path}")):
            pass


async def test_outside_a_pod_without_a_kubeconfig_is_said() -> None:
    with pytest.raises(BadInputError, match="there is no kubeconfig, and this is no pod"):
        async with KubeApi(Access()):
            pass


async def test_what_a_replicas_client_needs_is_logged_in(own: AskedCluster) -> None:
    way = await own.platform().replica_transport()
    assert way.headers == {"authorization": "Bearer good"}
    assert "good" not in repr(way)
