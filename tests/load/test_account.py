"""The generator's own account, and what it asks for."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.experiment.expected_answer import WrongAnswerError
from ironclad.domain.experiment.experiment import Load, Mix
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.load.load import Operation
from ironclad.load.__main__ import in_flight_limit
from ironclad.load.account import Account
from ironclad.load.mix import Request, Requests
from tests.fakes.load.attempts import attempt


def test_an_answer_counts_in_the_second_in_which_it_came() -> None:
    account = Account(begun_at=1_000)
    account.sent(0.0)
    account.answered(attempt(at=1_000.2, latency=1.0), now=1_001.2)
    account.roll(1_002)
    first, second = account.take()
    assert (first.at, first.sent, first.ok, first.latency_p95_seconds) == (1_000, 1, 0, None)
    assert (second.at, second.sent, second.ok, second.latency_p95_seconds) == (1_001, 0, 1, 1.0)


def test_each_second_has_percentiles_of_its_own_and_the_whole_has_those_of_all() -> None:
    account = Account(begun_at=1_000)
    for number, latency in ((0, 0.01), (1, 0.5)):
        for _ in range(100):
            account.answered(attempt(latency=latency), now=1_000.5 + number)
    account.close()
    first, second = account.take()
    assert first.latency_p50_seconds == first.latency_p99_seconds == 0.01
    assert second.latency_p50_seconds == second.latency_p99_seconds == 0.5
    assert list(account.latencies.percentiles().values()) == pytest.approx(
        [0.01, 0.5, 0.5], rel=1e-3
    )


def test_a_second_without_anything_is_reported_too() -> None:
    account = Account(begun_at=1_000)
    account.roll(1_003.5)
    assert [second.at for second in account.take()] == [1_000, 1_001, 1_002]
    assert account.take() == []


def test_the_rest_of_a_second_is_reported_only_if_anything_happened_in_it() -> None:
    account = Account(begun_at=1_000)
    account.close_rest()
    assert account.take() == []
    account.drop()
    account.close_rest()
    assert [second.unsent for second in account.take()] == [1]


def test_failures_lateness_drops_and_marks_are_counted_apart() -> None:
    account = Account(begun_at=1_000)
    account.sent(0.009)
    account.sent(0.011)
    account.drop()
    account.in_flight = 5
    account.answered(attempt(status=503, fault="a"), now=1_000.5)
    account.answered(attempt(fault="a,b"), now=1_000.5)
    account.roll(1_001)
    (second,) = account.take()
    assert (second.sent, second.late, second.unsent, second.in_flight) == (2, 1, 1, 5)
    assert (second.ok, second.failed, second.marked) == (1, 1, {"a": 2, "b": 1})


def load(mix: Mix) -> Load:
    return Load(pacer=Constant(100), mix=mix, timeout=timedelta(seconds=2))


def drawn(seed: int, mix: Mix, how_many: int) -> list[Request]:
    requests = Requests(load(mix), seed)
    return [requests.draw() for _ in range(how_many)]


def test_the_same_seed_draws_the_same_requests() -> None:
    assert drawn(1, Mix(), 100) == drawn(1, Mix(), 100)
    assert drawn(1, Mix(), 100) != drawn(2, Mix(), 100)


def test_the_mix_is_kept() -> None:
    kinds = Counter(one.operation for one in drawn(1, Mix(write=0.2, read=0.8), 10_000))
    assert 1_800 < kinds[Operation.WRITE] < 2_200
    assert {one.operation for one in drawn(1, Mix(write=0, read=1), 100)} == {Operation.READ}


def test_reads_ask_for_the_list_until_there_is_an_order_and_then_for_one() -> None:
    requests = Requests(load(Mix(write=0, read=1)), seed=1)
    assert requests.draw().path == "/api/orders?limit=10"
    requests.answered(WRITE, attempt(order_id="17", key="k"))
    assert requests.draw().path == "/api/orders/17"


WRITE = Request(Operation.WRITE, "/api/orders", {"item": "anvil"})


def test_a_read_expects_the_order_that_was_written() -> None:
    requests = Requests(load(Mix(write=0, read=1)), seed=1)
    requests.answered(WRITE, attempt(order_id="17", key="k"))
    expected = requests.draw().expected
    assert expected.read(200, "application/json", b'{"id": 17, "item": "anvil"}')
    with pytest.raises(WrongAnswerError, match="foreign"):
        expected.read(200, "application/json", b'{"id": 17, "item": "drill"}')


def test_a_small_share_of_the_writes_repeats_one_with_its_key_and_its_order() -> None:
    requests = Requests(load(Mix(write=1, read=0)), seed=1)
    requests.answered(WRITE, attempt(order_id="17", key="k"))
    writes = [requests.draw() for _ in range(10_000)]
    repeated = [one for one in writes if one.key]
    assert 450 < len(repeated) < 550
    assert {(one.key, str(one.body)) for one in repeated} == {("k", str(WRITE.body))}


def test_what_was_sent_again_is_kept_once() -> None:
    requests = Requests(load(Mix(write=0, read=1)), seed=1)
    requests.answered(WRITE, attempt(order_id="17", key="k"))
    requests.answered(replace(WRITE, key="k"), attempt(order_id="99", key="k"))
    assert {requests.draw().path for _ in range(50)} == {"/api/orders/17"}


def test_timeouts_alone_never_reach_the_limit() -> None:
    assert in_flight_limit(peak_rate=100, timeout_seconds=2, open_files=65_536) == 364
    assert in_flight_limit(peak_rate=10_000, timeout_seconds=2, open_files=1_024) == 960


def test_slow_answers_are_counted_and_so_is_no_answer_at_all() -> None:
    account = Account(begun_at=1_000, slow_after_seconds=0.5)
    for one in (attempt(latency=0.4), attempt(latency=0.6), attempt(status=None, latency=0.1)):
        account.answered(one, now=1_000.5)
    account.close()
    assert [second.slow for second in account.take()] == [2]
