"""Ports: a person's choice, else what is remembered, else a free one."""

from pathlib import Path

import pytest

from ironclad.adapters.local.namespace import port_names, settle

NAMES = ("service", "postgres", "janitor")
REMEMBERED = {"service": 21000, "postgres": 21001, "janitor": 21002}


def chosen(
    *,
    named: dict[str, int] | None = None,
    remembered: dict[str, int] | None = None,
    taken: frozenset[int] = frozenset(),
    others: frozenset[int] = frozenset(),
) -> dict[str, int]:
    return settle(
        NAMES,
        named=named or {},
        remembered=remembered or {},
        is_usable=lambda port: port not in taken,
        others=others,
        seed="demo",
    )


def test_what_is_remembered_is_kept() -> None:
    assert chosen(remembered=REMEMBERED) == REMEMBERED


def test_a_person_s_choice_comes_before_what_is_remembered() -> None:
    assert chosen(named={"service": 8080}, remembered=REMEMBERED) == REMEMBERED | {"service": 8080}


def test_a_taken_one_alone_is_chosen_anew() -> None:
    ports = chosen(remembered=REMEMBERED, taken=frozenset({21001}))
    assert ports["postgres"] != 21001
    assert {name: ports[name] for name in ("service", "janitor")} == {
        "service": 21000,
        "janitor": 21002,
    }


def test_a_remembered_one_gives_way_to_a_person_who_names_it_for_another() -> None:
    ports = chosen(named={"janitor": 21000}, remembered=REMEMBERED)
    assert ports["janitor"] == 21000
    assert ports["service"] != 21000


def test_no_two_get_the_same_and_none_gets_another_stack_s() -> None:
    first = chosen()
    second = chosen(others=frozenset(first.values()))
    assert len({*first.values(), *second.values()}) == 2 * len(NAMES)


def test_the_same_stack_would_choose_the_same_again() -> None:
    assert chosen() == chosen()


def test_none_is_of_the_range_of_outgoing_connections() -> None:
    """One of those could hold a replica's port while it restarts under load."""
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    assert not any(low <= port <= high for port in chosen().values())


@pytest.mark.parametrize("count", [1, 3])
def test_every_replica_has_a_port_of_its_own(count: int) -> None:
    replicas = [f"backend-{n}" for n in range(count)]
    assert len(port_names(replicas)) == 6 + count
