"""Settings that protect live where the stack lives, and no shell without them loses them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ironclad import wiring
from ironclad.adapters.files.kept_setting import KeptFile
from ironclad.adapters.kubernetes.game_day.config_text import KeptConfigMap
from ironclad.domain.stack.kept_setting import Kept, Setting
from ironclad.domain.stack.platforms import KUBERNETES
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import BadInputError
from ironclad.ports import KeptSetting
from ironclad.settings import passed_on, settings
from ironclad.wiring import in_force
from ironclad.wiring.platforms import local_tools
from tests.cli.test_command_line import ironclad
from tests.fakes.kube.asked import AskedCluster

WEEKEND = "[{from: Fri 16:00, to: Mon 08:00, why: weekend}]"
NIGHT = "[{from: 22:00, to: 07:00, why: no one watches}]"
KEPT = Kept(text=WEEKEND, who="ana@host", since="2026-11-30T12:00:00Z")
RECEIVER = "- {name: on-call, kind: webhook, url: 'http://127.0.0.1:9/', severity: critical}"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with the stacks `demo` and `other`, neither of them up."""
    for name in ("demo", "other"):
        (tmp_path / "state" / name).mkdir(parents=True)
        (tmp_path / "state" / name / "supervisord.conf").touch()
    monkeypatch.setenv("IRONCLAD_STATE", str(tmp_path / "state"))
    settings.cache_clear()
    yield tmp_path / "state"
    settings.cache_clear()


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Become a shell with these settings, and without those of the one before."""

    def become(**named: str) -> None:
        for setting in Setting:
            monkeypatch.delenv(setting.variable, raising=False)
        for name, value in named.items():
            monkeypatch.setenv(f"IRONCLAD_{name}", value)
        settings.cache_clear()

    return become


@pytest.fixture(params=["file", "object"])
def keeper(request: pytest.FixtureRequest, tmp_path: Path, cluster: AskedCluster) -> KeptSetting:
    if request.param == "file":
        return KeptFile(tmp_path / "kept" / "freeze")
    return KeptConfigMap(cluster.api, cluster.namespace, "freeze")


async def test_what_is_kept_is_read_back_with_who_and_when(keeper: KeptSetting) -> None:
    assert await keeper.read() is None
    await keeper.write(KEPT)
    assert await keeper.read() == KEPT
    await keeper.write(Kept(text=NIGHT, who="bert", since="2026-12-01T12:00:00Z"))
    assert (await keeper.read()) != KEPT
    was = await keeper.remove()
    assert was is not None
    assert (was.text, was.who) == (NIGHT, "bert")
    assert await keeper.remove() is None


async def test_a_file_that_a_person_wrote_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "freeze").write_text(WEEKEND)

    kept = await KeptFile(tmp_path / "kept" / "freeze").read()

    assert kept is not None
    assert (kept.text, kept.who) == (WEEKEND, "unknown")


async def test_what_is_kept_is_closed_to_others(state: Path) -> None:
    await wiring.keep(StackRef(), Setting.FREEZE, WEEKEND)

    assert (state / "demo" / "kept" / "freeze").stat().st_mode & 0o077 == 0
    assert (state / "demo" / "kept").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("state")
async def test_a_shell_without_a_freeze_does_not_lose_the_one_of_another(
    shell: Callable[..., None],
) -> None:
    """A second `prefect up`, from a shell without it, took the worker's freeze away."""
    shell(FREEZE=WEEKEND)
    assert await wiring.keep_named_everywhere() == ()
    shell()
    assert await wiring.keep_named_everywhere() == ()

    for name in ("demo", "other"):
        (freeze,) = await local_tools.toolbox(StackRef(name=name)).freezes()
        assert freeze.why == "weekend"


@pytest.mark.usefixtures("state")
async def test_another_freeze_is_a_conflict_that_is_said_and_both_count(
    shell: Callable[..., None],
) -> None:
    shell(FREEZE=WEEKEND, WHO="ana")
    await wiring.keep_named(StackRef())
    shell(FREEZE=NIGHT, WHO="bert")

    (conflict,) = await wiring.keep_named(StackRef())

    assert conflict.startswith("local/demo keeps another freeze than IRONCLAD_FREEZE names, since")
    assert " by ana: both count; `ironclad freeze set --platform local --stack demo`" in conflict
    whys = {freeze.why for freeze in await local_tools.toolbox(StackRef()).freezes()}
    assert whys == {"weekend", "no one watches"}


@pytest.mark.usefixtures("state")
async def test_it_goes_only_when_a_person_takes_it_away(shell: Callable[..., None]) -> None:
    shell(FREEZE=WEEKEND)
    await wiring.keep_named(StackRef())
    shell()

    was = await wiring.forget(StackRef(), Setting.FREEZE)

    assert was is not None
    assert was.text == WEEKEND
    assert await local_tools.toolbox(StackRef()).freezes() == ()


@pytest.mark.usefixtures("state")
async def test_receivers_stay_with_the_stack_when_it_is_brought_up_without_them(
    shell: Callable[..., None], tmp_path: Path
) -> None:
    (tmp_path / "receivers.yaml").write_text(RECEIVER)
    shell(RECEIVERS=str(tmp_path / "receivers.yaml"))
    await wiring.keep_named(StackRef())
    shell()

    assert [each.name for each in local_tools.receivers_of(StackRef(), None)] == ["on-call"]
    assert local_tools.receivers_of(StackRef(name="other"), None) == ()


@pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")
async def test_addresses_of_stack_and_shell_are_reported_once_each(
    state: Path, shell: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Path | None]] = []

    class Receiver:
        async def announce(self, reason: str, message: str) -> None: ...

    def listening(kept: str, path: Path | None) -> Receiver:
        asked.append((kept, path))
        return Receiver()

    monkeypatch.setattr(in_force, "_notices", listening)
    (tmp_path / "addresses").write_text("json://127.0.0.1:9\n")
    shell(NOTIFY=str(tmp_path / "addresses"))
    await wiring.keep_named(StackRef())
    shell()
    await local_tools.toolbox(StackRef()).announcer.announce("GameDayStarted", "now")
    await local_tools.toolbox(StackRef(name="other")).announcer.announce("GameDayStarted", "now")

    assert asked == [("json://127.0.0.1:9", None)]
    assert (state / "demo" / "kept" / "notify").exists()


def test_no_setting_that_protects_is_of_the_worker_alone(shell: Callable[..., None]) -> None:
    shell(FREEZE=WEEKEND, NOTIFY="/a", RECEIVERS="/b")
    assert {setting.variable for setting in Setting} & passed_on().keys() == set()


@pytest.mark.usefixtures("state")
async def test_what_cannot_be_used_is_not_kept() -> None:
    with pytest.raises(BadInputError, match="'Fry 16:00' is no moment"):
        await wiring.keep(StackRef(), Setting.FREEZE, "[{from: Fry 16:00, to: Mon 08:00, why: x}]")
    with pytest.raises(BadInputError, match="nothing to keep: name it, or set IRONCLAD_FREEZE"):
        await wiring.keep(StackRef(), Setting.FREEZE)
    with pytest.raises(BadInputError, match="there is no stack in"):
        await wiring.keep(StackRef(name="nowhere"), Setting.FREEZE, WEEKEND)
    assert await wiring.kept(StackRef(), Setting.FREEZE) is None


async def test_receivers_in_a_cluster_are_parameters() -> None:
    with pytest.raises(BadInputError, match=r"in a cluster receivers are parameters: .*--set"):
        await wiring.kept(StackRef(KUBERNETES, "orders"), Setting.RECEIVERS)


def test_by_command_it_is_shown_set_and_cleared(tmp_path: Path) -> None:
    (tmp_path / "state" / "demo").mkdir(parents=True)
    (tmp_path / "state" / "demo" / "supervisord.conf").touch()
    (tmp_path / "addresses").write_text("json://user:secret@127.0.0.1:9\n")

    none = ironclad(tmp_path, "freeze", "show")
    given = ironclad(tmp_path, "freeze", "set", WEEKEND, "--all", IRONCLAD_WHO="ana")
    shown = ironclad(tmp_path, "freeze", "show", "--json")
    secret = ironclad(tmp_path, "notify", "set", str(tmp_path / "addresses"))
    gone = ironclad(tmp_path, "freeze", "clear")

    assert none.stdout == "local/demo: no freeze is kept\n"
    assert given.stdout.startswith("local/demo: freeze kept since")
    assert '"who": "ana"' in shown.stdout
    assert "1 lines, which are not shown" in secret.stdout
    assert "secret" not in secret.stdout + secret.stderr
    assert gone.stdout.startswith("local/demo: no longer kept: the freeze since")


@pytest.mark.usefixtures("state")
async def test_a_freeze_named_by_a_file_is_kept_as_its_content(tmp_path: Path) -> None:
    """The file is of this machine, and may be gone by the time that another runner looks."""
    file = tmp_path / "freeze.yaml"
    file.write_text("- {from: 2026-12-20, to: 2027-01-03, why: holidays}\n")
    await wiring.keep(StackRef(), Setting.FREEZE, str(file))
    file.unlink()

    (freeze,) = await local_tools.toolbox(StackRef()).freezes()

    assert (freeze.why, freeze.length) == ("holidays", timedelta(days=15))
