"""What a person changed in Prefect stays: the merge of declared, found and registered last."""

from typing import Any

import pytest
import yaml

from ironclad.domain.stack.registration import Items, Settled, mark, marks, settle
from tasks.registration import deployed, differences
from tasks.registration.deployed import Deployed
from tasks.registration.differences import sentences
from tasks.registration.registering import moved_schedules
from tests.places import ROOT

OLD, NEW, THEIRS = "as it was", "as it is declared now", "as a person wants it"
REGISTERED = {"key": mark(OLD, OLD)}


@pytest.mark.parametrize(
    ("declared", "found", "known", "settled"),
    [
        pytest.param({"key": OLD}, {"key": OLD}, REGISTERED, Settled(), id="nothing changed"),
        pytest.param({"key": NEW}, {}, {}, Settled(put={"key": NEW}), id="it is new"),
        pytest.param({"key": NEW}, {"key": OLD}, REGISTERED, Settled(put={"key": NEW}), id="ours"),
        pytest.param({}, {"key": OLD}, REGISTERED, Settled(drop=("key",)), id="no longer declared"),
        pytest.param(
            {"key": OLD}, {"key": THEIRS}, REGISTERED, Settled(kept=("key",)), id="edited"
        ),
        pytest.param({"key": NEW}, {"key": THEIRS}, REGISTERED, Settled(kept=("key",)), id="both"),
        pytest.param({"key": OLD}, {}, REGISTERED, Settled(kept=("key",)), id="deleted"),
        pytest.param({}, {"key": THEIRS}, {}, Settled(kept=("key",)), id="added"),
        pytest.param({"key": OLD}, {"key": OLD}, {}, Settled(), id="registered elsewhere, alike"),
        pytest.param({}, {}, REGISTERED, Settled(), id="gone on both sides"),
    ],
)
def test_only_what_is_as_it_was_registered_is_changed(
    declared: Items, found: Items, known: dict[str, str], settled: Settled
) -> None:
    assert settle(declared, found, known) == settled


@pytest.mark.parametrize(
    ("declared", "found", "settled"),
    [
        ({"key": OLD}, {"key": THEIRS}, Settled(put={"key": OLD})),
        ({"key": OLD}, {}, Settled(put={"key": OLD})),
        ({}, {"key": THEIRS}, Settled(drop=("key",))),
        ({"key": OLD}, {"key": OLD}, Settled()),
    ],
)
def test_a_reset_puts_back_what_is_declared(
    declared: Items, found: Items, settled: Settled
) -> None:
    assert settle(declared, found, REGISTERED, reset=True) == settled


def test_what_stays_as_a_person_changed_it_stays_at_every_later_look() -> None:
    known: dict[str, str] = dict(REGISTERED)
    for declared in (OLD, NEW, NEW):
        settled = settle({"key": declared}, {"key": THEIRS}, known)
        assert settled.kept == ("key",)
        known = marks({"key": declared}, {"key": THEIRS}, known, settled)


def test_a_server_may_write_a_value_otherwise_than_it_was_given() -> None:
    """Prefect fills in defaults; that is no person's doing."""
    known = marks({"key": "given"}, {"key": "given, with defaults"}, {}, Settled())

    assert settle({"key": "given"}, {"key": "given, with defaults"}, known) == Settled()


CRON = {"cron": "0 10 * * 2", "timezone": "UTC", "day_or": True}
WEEKLY = {"schedule": CRON, "active": True, "parameters": {}}
PAUSED = {**WEEKLY, "active": False}


def with_schedules(title: str, schedules: Items, **fields: Any) -> Deployed:
    return Deployed(title=title, fields={"paused": False, **fields}, schedules=schedules)


@pytest.mark.parametrize(
    ("wanted", "there", "said"),
    [
        (WEEKLY, PAUSED, "is paused"),
        (PAUSED, WEEKLY, "is switched on"),
        (WEEKLY, None, "was deleted (declared: 0 10 * * 2 UTC)"),
        (None, WEEKLY, "was added (0 10 * * 2 UTC)"),
        (WEEKLY, {**WEEKLY, "parameters": {"why": "x"}}, "has other parameters"),
        (
            WEEKLY,
            {**WEEKLY, "schedule": {"cron": "0 9 * * 1", "timezone": "Europe/Berlin"}},
            "is 0 9 * * 1 Europe/Berlin (declared: 0 10 * * 2 UTC)",
        ),
    ],
)
def test_a_schedule_that_a_person_changed_is_named(
    wanted: Items | None, there: Items | None, said: str
) -> None:
    one = with_schedules("game-day/x", {} if wanted is None else {"weekly": wanted})
    other = with_schedules("game-day/x", {} if there is None else {"weekly": there})
    settled = {
        "fields": Settled(),
        "schedules": Settled(kept=("weekly",)),
        "automations": Settled(),
    }

    assert [*sentences(one, other, settled)] == [f"game-day/x: its schedule weekly {said}"]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("paused", True, "it is paused"),
        ("paused", False, "it is not paused any more"),
        ("tags", [], "tags changed"),
        ("work_pool_name", "mine", "work pool changed"),
    ],
)
def test_a_field_that_a_person_changed_is_named(key: str, value: object, said: str) -> None:
    there = Deployed(title="game-day/x", fields={key: value})
    kept = dict.fromkeys(("schedules", "automations"), Settled())
    settled = {"fields": Settled(kept=(key,)), **kept}

    assert [*sentences(there, there, settled)] == [f"game-day/x: {said}"]


def test_a_schedule_that_moves_to_another_deployment_stays_paused() -> None:
    """The weekly game day had been paused under the name that it had before."""
    wanted = [with_schedules("game-day/error-burst-local", {"weekly": WEEKLY})]

    def moved(value: Items, *, paused: bool = False) -> object:
        former_one = with_schedules("game-day/local", {"weekly": value}, paused=paused)
        return moved_schedules(wanted, {"game-day/local": former_one})["weekly"]["active"]

    assert moved(WEEKLY) is True
    assert moved(PAUSED) is False
    assert moved(WEEKLY, paused=True) is False


def test_a_schedule_that_stays_where_it_is_does_not_move() -> None:
    one = with_schedules("game-day/error-burst-local", {"weekly": WEEKLY})
    assert moved_schedules([one], {one.title: one}) == {}


@pytest.mark.parametrize(
    ("schedules", "paused", "pool", "is_untouched"),
    [
        ({"weekly-error-burst": WEEKLY}, False, "local-process", True),
        ({"weekly-error-burst": PAUSED}, False, "local-process", False),
        ({"weekly-error-burst-kubernetes": PAUSED}, False, "local-process", True),
        ({"my own": WEEKLY}, False, "local-process", False),
        ({}, True, "local-process", False),
        ({}, False, "a pool of their own", False),
    ],
)
def test_a_deployment_of_a_former_version_goes_only_if_unchanged(
    schedules: Items, *, paused: bool, pool: str, is_untouched: bool
) -> None:
    there = with_schedules("game-day/local", schedules, work_pool_name=pool)
    there = Deployed(
        title=there.title, fields={**there.fields, "paused": paused}, schedules=schedules
    )
    known = differences.remembered_of_former(there)

    kept = [
        key
        for part in ("fields", "schedules", "automations")
        for key in settle({}, getattr(there, part), known[part]).kept
    ]

    assert (kept == []) is is_untouched


@pytest.mark.data
def test_all_that_is_declared_can_be_remembered_in_a_variable() -> None:
    """A variable of Prefect's holds 5,000 characters."""
    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text())
    for kind in ("local", "kubernetes"):
        entries = [each for each in declared["deployments"] if kind in each["tags"]]
        every = [deployed.declared(each, declared["pull"], ROOT) for each in entries]
        known = {
            each.title: {
                part: marks(getattr(each, part), getattr(each, part), {}, Settled())
                for part in ("fields", "schedules", "automations")
            }
            for each in every
        }
        assert len(str(known)) < 4500
