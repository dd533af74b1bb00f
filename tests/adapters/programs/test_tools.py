"""Where Prometheus comes from: every way, in order, and what is said when none works."""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ironclad.adapters.programs.tool_release import architecture
from ironclad.adapters.programs.tools import ALERTMANAGER, PROMETHEUS, Tool, Toolbox, companion
from ironclad.errors import MissingToolError

NOWHERE = "http://127.0.0.1:1"


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def pretend(path: Path, name: str = "prometheus", version: str = "9.8.7") -> Path:
    return script(path, f"echo '{name}, version {version} (branch: x)'")


def holds(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH but for what a test puts into it; apt-get is not there either."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    return tmp_path / "_tools"


Serve = Callable[[dict[str, bytes]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a few paths; the rest is 404."""
    servers: list[ThreadingHTTPServer] = []

    def start(pages: dict[str, bytes]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path)
                self.send_response(404 if page is None else 200)
                self.end_headers()
                self.wfile.write(page or b"")

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def archive(tool: Tool, *names: str) -> bytes:
    """A release as the project packs it, with scripts for programs."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in names:
            body = f"#!/bin/sh\necho '{Path(name).name}, version {tool.version} (x)'\n".encode()
            member = tarfile.TarInfo(f"{tool.archive(architecture())}/{name}")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return content.getvalue()


def pinned(tool: Tool, content: bytes) -> Tool:
    return replace(tool, sha256={architecture(): hashlib.sha256(content).hexdigest()})


async def test_a_path_in_the_settings_comes_first(no_path: Path, fetched: Path) -> None:
    pretend(no_path / "prometheus", version="1.0.0")
    mine = pretend(no_path.parent / "mine/prometheus", version="2.0.0")
    found = await Toolbox(fetched, {"prometheus": mine}).obtain(PROMETHEUS)
    assert (found.path, found.version, found.source) == (mine, "2.0.0", "the settings")


@pytest.mark.parametrize(
    "body",
    ["echo 'node_exporter, version 1.0'", "exit 1", "echo 'prometheus, version 1'; exit 2"],
    ids=["another program", "silent failure", "failure"],
)
async def test_a_wrong_path_in_the_settings_is_refused_and_not_passed_over(
    no_path: Path, fetched: Path, body: str
) -> None:
    pretend(no_path / "prometheus")
    wrong = script(no_path.parent / "wrong", body)
    with pytest.raises(MissingToolError, match=r"IRONCLAD_PROMETHEUS names .*/wrong, which is not"):
        await Toolbox(fetched, {"prometheus": wrong}).obtain(PROMETHEUS)


async def test_the_path_comes_before_what_was_fetched(no_path: Path, fetched: Path) -> None:
    pretend(fetched / "prometheus-3.5.0/prometheus", version="3.5.0")
    toolbox = Toolbox(fetched, {})
    assert (await toolbox.obtain(PROMETHEUS)).source == "fetched before"
    on_path = pretend(no_path / "prometheus", version="2.42.0")
    assert (await toolbox.obtain(PROMETHEUS)).path == on_path


async def test_debian_s_name_of_alertmanager_is_known(no_path: Path, fetched: Path) -> None:
    debian_s = pretend(no_path / "prometheus-alertmanager", "alertmanager", "0.25.0")
    assert (await Toolbox(fetched, {}).obtain(ALERTMANAGER)).path == debian_s


async def test_a_broken_one_on_the_path_is_passed_over(no_path: Path, fetched: Path) -> None:
    script(no_path / "prometheus", "exit 127")
    pretend(fetched / "prometheus-package/usr/bin/prometheus", version="2.42.0")
    assert (await Toolbox(fetched, {}).obtain(PROMETHEUS)).version == "2.42.0"


@pytest.mark.usefixtures("no_path")
async def test_looking_fetches_nothing(fetched: Path) -> None:
    assert await Toolbox(fetched, {}, server=NOWHERE).find(PROMETHEUS) is None
    assert holds(fetched.parent) == {"bin"}


@pytest.mark.usefixtures("no_path")
async def test_the_official_release_is_fetched_checked_and_kept(
    fetched: Path, serve: Serve
) -> None:
    content = archive(PROMETHEUS, "LICENSE", "prometheus", "promtool")
    tool = pinned(PROMETHEUS, content)
    server = serve({tool.address(architecture()): content})
    found = await Toolbox(fetched, {}, server=server).obtain(tool)
    assert found.source == "the official release"
    assert companion(tool, found.path) == found.path.with_name("promtool")
    assert holds(found.path.parent) == {"prometheus", "promtool"}
    again = await Toolbox(fetched, {}, server=NOWHERE).obtain(tool)
    assert (again.path, again.source) == (found.path, "fetched before")


@pytest.mark.usefixtures("no_path")
@pytest.mark.parametrize(
    ("names", "sum_is_right", "said"),
    [
        (("prometheus", "promtool"), False, "has the SHA-256 [0-9a-f]{64}, not the pinned one"),
        (("../../prometheus", "promtool"), True, "is not the archive it should be"),
        (("prometheus",), True, "is not the archive it should be"),
    ],
    ids=["another sum", "a path out of the folder", "a part missing"],
)
async def test_a_release_that_is_not_as_pinned_leaves_nothing(
    fetched: Path,
    serve: Serve,
    *,
    names: tuple[str, ...],
    sum_is_right: bool,
    said: str,
) -> None:
    content = archive(PROMETHEUS, *names)
    tool = pinned(PROMETHEUS, content if sum_is_right else b"another")
    server = serve({tool.address(architecture()): content})
    with pytest.raises(MissingToolError, match=said):
        await Toolbox(fetched, {}, server=server).obtain(tool)
    assert holds(fetched) == set()


@pytest.mark.usefixtures("no_path")
async def test_when_no_transport_works_each_is_reported(fetched: Path, serve: Serve) -> None:
    with pytest.raises(MissingToolError) as caught:
        await Toolbox(fetched, {}, server=serve({})).obtain(PROMETHEUS)
    said = str(caught.value)
    assert "no working prometheus on PATH" in said
    assert "answered 404" in said
    assert "apt-get and dpkg are not both there" in said
    assert "IRONCLAD_PROMETHEUS" in said


@pytest.mark.usefixtures("no_path")
async def test_a_server_out_of_reach_is_reported_at_once(fetched: Path) -> None:
    with pytest.raises(MissingToolError, match=r"cannot be reached \(ConnectError\)"):
        await Toolbox(fetched, {}, server=NOWHERE).obtain(PROMETHEUS)


def distribution(folder: Path, *, stale: bool = False) -> None:
    """A machine with apt: a package is a file whose name is what it holds."""
    refuse = "case \"$*\" in *apt.conf*) ;; *) echo 'E: 404  Not Found'; exit 100;; esac"
    script(
        folder / "apt-get",
        f"""PATH=/usr/bin:/bin
{refuse if stale else ""}
case "$*" in *update*) exit 0;; esac
while [ "$1" != download ]; do shift; done; shift
for name; do : > "${{name}}_1_amd64.deb"; done""",
    )
    script(
        folder / "dpkg",
        """PATH=/usr/bin:/bin
case "$2" in *prometheus_1*) name=prometheus;; *) exit 0;; esac
mkdir -p "$3/usr/bin" "$3/usr/share/doc/x"
printf '#!/bin/sh\\necho "prometheus, version 2.42.0+ds (x)"\\n' > "$3/usr/bin/$name"
/bin/chmod 755 "$3/usr/bin/$name"
""",
    )
    script(folder / "dpkg-deb", 'case "$2" in *prometheus_1*) echo "libc6, libjs-jquery";; esac')


@pytest.mark.parametrize("stale", [False, True], ids=["good lists", "stale lists"])
async def test_the_distribution_s_package_is_unpacked(
    no_path: Path, fetched: Path, *, stale: bool
) -> None:
    distribution(no_path, stale=stale)
    found = await Toolbox(fetched, {}, server=NOWHERE).obtain(PROMETHEUS)
    assert found.path == fetched / "prometheus-package/usr/bin/prometheus"
    assert (found.version, found.source) == ("2.42.0+ds", "the distribution's package")
    assert holds(fetched / "prometheus-package/usr/share") == set()
    assert holds(fetched / "prometheus-package") == {"usr"}


async def test_a_package_that_cannot_be_downloaded_is_reported_with_apt_s_words(
    no_path: Path, fetched: Path
) -> None:
    distribution(no_path)
    script(no_path / "apt-get", "echo 'E: Unable to locate package'; exit 100")
    with pytest.raises(MissingToolError, match="apt-get cannot download prometheus: E: Unable to"):
        await Toolbox(fetched, {}, server=NOWHERE).obtain(PROMETHEUS)
