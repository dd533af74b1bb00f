"""The busy trials find a second truth in every place that shows one."""

from ironclad.domain.evidence.outcome import Verdict
from trials.busy.experiments import dealt
from trials.busy.trial import LAPSES
from trials.busy.truths import Truths

STORED = ("UPHELD", "it cost nothing")


def test_one_truth_everywhere_is_no_difference() -> None:
    assert list(Truths(stored=STORED, others={"Prefect's state": STORED}).differ) == []


def test_another_word_is_named_with_its_place() -> None:
    other = ("INCONCLUSIVE", "its runner died")

    found = Truths(stored=STORED, others={"the history": other}, note="finished elsewhere")

    assert list(found.differ) == [
        "the history says INCONCLUSIVE: its runner died",
        "finished elsewhere",
    ]


def test_one_experiment_in_five_is_false_so_that_a_false_upheld_is_seen() -> None:
    truths = [known.truth for known in dealt(10)]

    assert truths.count(Verdict.DEVIATED) == 2


def test_a_lease_that_lapsed_is_not_taken_from_words_about_writes() -> None:
    upheld = "of 1,584 acknowledged writes none was lost or doubled"

    assert not any(words in upheld for words in LAPSES)
    assert any(words in "errors lapsed on backend-0 while it was wanted" for words in LAPSES)
