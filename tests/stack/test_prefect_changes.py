"""What a person changes in Prefect stays, on a real server; and its last net knows every stack."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.schedules import CronSchedule
from prefect.logging import disable_run_logger
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings
from prefect.states import Running

from flows.run_game_day import game_day
from ironclad import wiring
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import Outcome, Verdict
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import StackRef
from ironclad.settings import settings
from tasks import nets
from tasks.pages import reporting
from tasks.registration import deployed
from tasks.registration.registering import register
from tests.fakes.stack.product import Product, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.prefect, pytest.mark.timeout(600)]

WEEKLY, REVIEW = "game-day/error-burst-local", "review-error-budget/review-budget-local"
NET, DAILY = "disarm-faults/every-stack", "0 6 * * * UTC"


@pytest.fixture
def server(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Point this very process at the product's Prefect server and state."""
    for name, value in product.environment.items():
        if name.startswith("IRONCLAD_"):
            monkeypatch.setenv(name, value)
    settings.cache_clear()
    access = {PREFECT_API_URL: product.api_url, PREFECT_API_AUTH_STRING: product.login}
    with temporary_settings(access):
        yield
    settings.cache_clear()


@pytest.mark.usefixtures("server")
async def test_a_second_registration_changes_nothing_and_says_nothing() -> None:
    again = await register(wiring.listed(LOCAL))

    assert (again.kept, again.changed) == ([], [])


@pytest.mark.usefixtures("server")
async def test_what_a_person_changed_stays_and_is_named_until_it_is_reset() -> None:
    """A schedule that was paused in Prefect was switched on by the next `prefect up`."""
    async with get_client() as client:
        weekly = await client.read_deployment_by_name(WEEKLY)
        review = await client.read_deployment_by_name(REVIEW)
        net = await client.read_deployment_by_name(NET)
        await client.update_deployment_schedule(weekly.id, weekly.schedules[0].id, active=False)
        await client.update_deployment_schedule(
            review.id,
            review.schedules[0].id,
            schedule=CronSchedule(cron="30 9 * * 1", timezone="UTC"),
        )
        added = DeploymentScheduleCreate(
            schedule=CronSchedule(cron="0 0 1 * *", timezone="UTC"), slug="my own"
        )
        await client.create_deployment_schedules(review.id, [added])
        await client.delete_deployment_schedule(net.id, net.schedules[0].id)
        await client.pause_deployment(net.id)
        owned = await client.read_resource_related_automations(f"prefect.deployment.{net.id}")
        await client.pause_automation(owned[0].id)

        listed = wiring.listed(LOCAL)
        first, second = await register(listed), await register(listed)

        assert first.kept == second.kept
        assert first.changed == second.changed == []
        assert sorted(first.kept) == [
            f"{NET}: it is paused",
            f"{NET}: its automation {owned[0].name!r} is switched off",
            f"{NET}: its schedule disarm-faults was deleted (declared: */10 * * * * UTC)",
            f"{WEEKLY}: its schedule weekly-error-burst is paused",
            f"{REVIEW}: its schedule daily-budget-review is 30 9 * * 1 UTC (declared: {DAILY})",
            f"{REVIEW}: its schedule my own was added (0 0 1 * * UTC)",
        ]
        schedules = (await client.read_deployment_by_name(WEEKLY)).schedules
        assert [each.active for each in schedules] == [False]

        await register(listed, reset=True)

        assert (await register(listed)).kept == []
        weekly = await client.read_deployment_by_name(WEEKLY)
        assert [each.active for each in weekly.schedules] == [True]
        names = {one.name for one in owned}
        automations = await deployed.automations(client, net, names)
        assert {name: each.enabled for name, each in automations.items()} == dict.fromkeys(
            names, True
        )


@pytest.mark.usefixtures("server")
async def test_the_server_refuses_a_parameter_that_is_out_of_its_bounds() -> None:
    async with get_client() as client:
        found = await client.read_deployment_by_name("game-day/local")
        for wrong in ({"experiment": "no-such"}, {"late_after_minutes": -5}, {"stack": "../x"}):
            with pytest.raises(Exception, match=r"409|422"):
                await client.create_flow_run_from_deployment(found.id, parameters=wrong)


@pytest.mark.usefixtures("server")
async def test_a_dead_run_of_any_stack_is_found_and_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The net knew the stack `demo` alone; a killed run elsewhere stood RUNNING for an hour."""
    monkeypatch.setattr(nets, "SILENT_AFTER", timedelta())
    elsewhere = StackRef(name="elsewhere")
    async with get_client() as client:
        run = await client.create_flow_run(game_day, parameters={"stack": "elsewhere"})
        await client.set_flow_run_state(run.id, Running(), force=True)

        assert elsewhere in await nets.stacks_of_net(None, None, None)
        with disable_run_logger():
            await nets.settle_dead_runs.fn(elsewhere, "a trial")

        state = (await client.read_flow_run(run.id)).state
        assert state is not None
        assert (state.type, state.name) == (StateType.CRASHED, "Crashed")
        assert "its runner is gone (a trial)" in str(state.message)


INCONCLUSIVE = Outcome(
    run="r",
    experiment="quick",
    status=Status.COMPLETED,
    verdict=Verdict.INCONCLUSIVE,
    reason="Prometheus did not answer",
)


@pytest.mark.usefixtures("server")
async def test_an_inconclusive_game_day_is_no_crash_to_those_who_wait_for_one(
    product: Product,
) -> None:
    """Events bear the state's name: the net's trigger must not take a verdict for a dead run."""
    async with get_client() as client:
        run = await client.create_flow_run(game_day)
        await client.set_flow_run_state(run.id, Running(), force=True)
        await client.set_flow_run_state(run.id, reporting.state_of(INCONCLUSIVE), force=True)
        state = (await client.read_flow_run(run.id)).state
        assert state is not None
        assert (state.type, state.name) == (StateType.CRASHED, "INCONCLUSIVE")

    def events() -> set[str]:
        wanted = {"filter": {"resource": {"id": [f"prefect.flow-run.{run.id}"]}}, "limit": 50}
        found = product.ask_prefect("/events/filter", wanted)["events"]
        return {str(each["event"]) for each in found}

    assert wait_until(lambda: "prefect.flow-run.INCONCLUSIVE" in events(), 30) is not None
    assert "prefect.flow-run.Crashed" not in events()
