"""Experiment files: what is read, and what is said of every mistake."""

import json
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ironclad.adapters.experiments.reader import (
    experiment_names,
    experiment_schema_text,
    find_experiment,
    load_experiment,
    parse_experiment,
)
from ironclad.domain.experiment.experiment import Cost, Experiment, Target
from ironclad.domain.experiment.pacer import AnyPacer, Constant, Ramp, Step, Steps
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.errors import BadInputError
from tests.places import GAME_DAYS

SHIPPED = sorted(GAME_DAYS.glob("*.yaml"))
TEXT = (GAME_DAYS / "error-burst.yaml").read_text(encoding="utf-8")
FILE = Path("burst.yaml")


def message(text: str) -> str:
    with pytest.raises(BadInputError) as caught:
        parse_experiment(FILE, text)
    return str(caught.value)


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def test_the_first_experiment_says_what_the_design_says() -> None:
    experiment = load_experiment(GAME_DAYS / "error-burst.yaml")
    (fault,) = experiment.faults
    assert experiment.load.pacer == Constant(100.0)
    assert experiment.load_duration == timedelta(seconds=135)
    assert (fault.kind, fault.share, fault.status) == (FaultKind.ERROR, 0.2, 503)
    assert fault.target == Target(replicas=1)
    assert experiment.expect.cost == Cost(objective="orders-availability", at_most_ratio=0.002)
    assert experiment.expect.alerts.must_not == ("BackendDown",)
    assert [c.sustained for c in experiment.abort_when] == [timedelta(seconds=5), timedelta()]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_experiment_is_read_and_fits_the_schema(path: Path) -> None:
    assert load_experiment(path).name == path.stem
    schema = json.loads((GAME_DAYS / "experiment.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(path.read_text("utf-8")))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_experiment_tells_an_editor_its_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=experiment.schema.json"


def test_the_committed_schema_is_the_generated_one() -> None:
    committed = (GAME_DAYS / "experiment.schema.json").read_text(encoding="utf-8")
    assert committed == experiment_schema_text()


def test_the_schema_is_a_valid_draft_2020_12_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(experiment_schema_text()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("share: 0.2", "shar: 0.2"),
        ("status: 503", "status: 404"),
        ("kind: error", "kind: laser"),
        ("share: 0.2", "share: 1.5"),
        ("target: {replicas: 1}, ", ""),
        ("{replicas: 1}", "{replicas: 1, share: 0.5}"),
        ("for: 45s", "for: 45"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(old: str, new: str) -> None:
    schema = json.loads(experiment_schema_text())
    document = yaml.safe_load(changed(old, new))
    assert not jsonschema.Draft202012Validator(schema).is_valid(document)


MISTAKES = [
    (
        "an unknown key",
        "share: 0.2",
        "shar: 0.2",
        "10:72: unknown key 'shar'; did you mean 'share'?",
    ),
    (
        "a key far from any",
        "share: 0.2",
        "percentage: 20",
        "here go at, for, id, kind, seed, share",
    ),
    ("a YAML 1.1 trap as a key", "at: 0s", "on: 0s", "10:31: unknown key 'on'; here go at"),
    ("a YAML 1.1 trap as a value", "must: []", "must: on", "must is 'on', but should be a list"),
    ("a duration without a unit", "for: 45s", "for: 45", "10:44: faults[0].for: 45 has no unit"),
    ("a clock time", "for: 45s", "for: 1:30", "'1:30' is not a duration; write for example 300ms"),
    ("a wrong unit", "timeout: 2s", "timeout: 2 seconds", "write for example 300ms, 45s, 5m"),
    ("a huge duration", "for: 45s", "for: 9999999999999d", "is longer than 24h"),
    ("an endless duration", "for: 45s", f"for: {'9' * 400}d", "is longer than 24h"),
    ("no duration at all", "for: 45s", "for: 0s", "must be longer than 0s"),
    (
        "a rate without a unit",
        "100/s",
        "100",
        "100 is not a rate; write for example 100/s or 6000/m",
    ),
    ("a rate of nothing", "100/s", "0/s", "'0/s' is not a rate"),
    ("too much load", "100/s", "90000/s", "more than 5,000,000; lower the rate"),
    (
        "an unknown kind",
        "kind: error",
        "kind: laser",
        "'laser' is no kind of fault; use one of bre",
    ),
    ("no kind", "kind: error, ", "", "faults[0].kind is missing; use one of breaker-open, "),
    ("a status that cannot be armed", "503", "404", "use one of 500, 502, 503, 504, 429"),
    ("an octal status", "503", "0503", "0503 cannot be armed"),
    (
        "a share beyond 1",
        "share: 0.2",
        "share: 1.5",
        "10:79: faults[0].share is 1.5, but should be a",
    ),
    ("a negative share", "share: 0.2", "share: -1", "share is -1, but should be at least 0"),
    ("a share in percent", "share: 0.2", "share: 20%", "share is '20%', but should be a number"),
    ("a share that is no number", "share: 0.2", "share: .nan", "should be a finite number"),
    (
        "a share that is a boolean",
        "share: 0.2",
        "share: true",
        "share is true, but should be a num",
    ),
    ("a huge number", "share: 0.2", f"share: {'9' * 5000}", "10:79: the number is too large"),
    ("no target", "target: {replicas: 1}, ", "", "write for example target: {replicas: 1}"),
    ("an empty target", "{replicas: 1}", "{}", "exactly one of names, replicas, share is wanted"),
    ("two targets", "{replicas: 1}", "{replicas: 1, share: 1}", "and here is replicas and share"),
    ("a target that is a number", "{replicas: 1}", "1", "faults[0].target is 1, but should be a m"),
    (
        "no faults",
        "faults:\n",
        "faults: []\nx:\n",
        "9:9: faults is a list, but should have at least",
    ),
    ("a mix that is too much", "write: 0.2", "write: 0.3", "7:39: the mix adds up to 1.1"),
    (
        "another kind's key",
        "status: 503",
        "delay: 1s",
        "it belongs to the kind database-slow or latency, not to error",
    ),
    ("a foreign objective", "{objective: orders-av", "{objective: x", "is not one of this exp"),
    (
        "a missing key",
        "hypothesis:",
        "hypotheses:",
        "unknown key 'hypotheses'; did you mean 'hypoth",
    ),
    ("an empty value", "owner: sre", "owner: ", "metadata.owner is empty, but should be text"),
    ("a name with spaces", "name: error-burst", "name: Error Burst", "write for example name: err"),
    ("another version", "ironclad/v1", "ironclad/v2", "apiVersion is 'ironclad/v2', but should be"),
    ("an abort without a limit", "{error_ratio_over: 0.2, for: 5s}", "{for: 5s}", "exactly one of"),
    ("a contradiction", "must: []", "must: [BackendDown]", "must fire and must not; keep one"),
    (
        "a duplicate key",
        "owner: sre",
        "name: x",
        "4:31: the key 'name' stands here twice; keep one",
    ),
    ("a tab", "phases: {", "phases:\n\t{", "9:1: a tab; YAML is indented with spaces only"),
    ("an anchor", "{replicas: 1}", "&a {replicas: 1}", "anchors and aliases are not read"),
    ("a tag", "share: 0.2", "share: !!float 0.2", "the tag 'tag:yaml.org,2002:float' is not read"),
    ("an open bracket", "settle: 5s}", "settle: 5s", "a comma or a closing bracket is missing"),
    ("a second document", "expect:", "---\nexpect:", "a second document; write one to a file"),
    ("a key that is a list", "phases: {", "? [1]\n: {", "a key must be plain text"),
    ("a character from nowhere", "sre", "\x07", "4:38: a character that YAML does not allow"),
    (
        "text that cannot be printed",
        "owner: sre",
        'owner: "\\a"',
        "metadata.owner: must be printable",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "said"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_a_mistake_is_reported_with_its_place_and_what_would_be_right(
    old: str, new: str, said: str
) -> None:
    sentence = message(changed(old, new))
    assert said in sentence
    assert sentence.startswith("burst.yaml:")
    assert "\n" not in sentence


def test_the_first_mistake_by_line_is_reported_and_the_others_counted() -> None:
    text = (
        changed("share: 0.2", "shar: 0.2").replace("timeout: 2s", "timeout: 2").replace("503", "1")
    )
    assert message(text).startswith("burst.yaml:7:73: load.timeout: 2 has no unit")
    assert message(text).endswith("(and 2 more)")


def test_two_faults_with_one_id_are_reported() -> None:
    line = next(line for line in TEXT.splitlines() if "id: errors" in line)
    assert "11:10: 'errors' stands in faults twice" in message(
        TEXT.replace(line, f"{line}\n{line}")
    )


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("delay: 500us", "is not a duration"),
        ("delay: 2m", "a delay lies between 1ms and 1m"),
        ("delay: 50ms, jitter: 60ms", "the jitter is longer than the delay"),
    ],
)
def test_a_delay_has_bounds(fault: str, said: str) -> None:
    text = changed("kind: error", f"kind: latency, {fault}").replace(", status: 503", "")
    assert said in message(text)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "null", "[]", "text", "[" * 60_000, "- " * 3000, "{" * 9]
)
def test_what_is_no_experiment_at_all_is_reported(text: str) -> None:
    assert message(text).startswith("burst.yaml:1:")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (TEXT.encode("utf-16"), "1:1: not UTF-8 text"),
        (b"a: 1\nb: \xff", "2:4: not UTF-8 text; save the file as UTF-8"),
        (b"a: 1\n" * 20_000, "is larger than 64 KiB"),
    ],
    ids=["UTF-16", "a stray byte", "a large file"],
)
def test_a_file_that_cannot_be_text_is_reported(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "burst.yaml"
    path.write_bytes(raw)
    with pytest.raises(BadInputError, match=said):
        load_experiment(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "burst.yaml"
    path.write_text(TEXT, encoding="utf-8-sig")
    assert load_experiment(path).name == "error-burst"


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"none\.yaml: cannot be read: No such file"):
        load_experiment(tmp_path / "none.yaml")
    with pytest.raises(BadInputError, match="cannot be read: Is a directory"):
        load_experiment(tmp_path)


def test_whole_numbers_are_shares_too() -> None:
    text = changed("share: 0.2", "share: 1").replace("write: 0.2, read: 0.8", "write: 0, read: 1")
    assert parse_experiment(FILE, text).faults[0].share == 1.0


def test_every_kind_of_fault_and_abort_is_read() -> None:
    faults = """\
    faults:
      - {id: a, kind: latency, for: 5s, target: {share: 0.5}, delay: 300ms, jitter: 50ms}
      - {id: b, kind: not-ready, at: 1s, for: 5s, target: {names: [orders-1]}}
      - {id: c, kind: breaker-open, at: 9s, for: 1m30s, target: {replicas: 2}}
    abort_when: [{latency_p95_over: 1s, for: 3s}]
    """
    head, _, tail = TEXT.partition("faults:\n")
    expect = "expect:\n" + tail.partition("expect:\n")[2].partition("abort_when")[0]
    experiment = parse_experiment(FILE, head + dedent(faults) + expect)
    assert [fault.kind.value for fault in experiment.faults] == [
        "latency",
        "not-ready",
        "breaker-open",
    ]
    assert experiment.faults[0].jitter == timedelta(milliseconds=50)
    assert experiment.fault_window == timedelta(seconds=99)
    assert experiment.abort_when[0].latency_p95_over == timedelta(seconds=1)


KILL = "{id: kill, kind: replica-kill, at: 5s, target: {replicas: 1}, within: 30s}"


def with_fault(fault: str) -> str:
    line = next(line for line in TEXT.splitlines() if "id: errors" in line)
    return TEXT.replace(line, f"  - {fault}")


def test_an_instant_has_no_length_but_a_time_for_the_way_back() -> None:
    (kill,) = parse_experiment(FILE, with_fault(KILL)).faults
    assert kill.kind is FaultKind.REPLICA_KILL
    assert (kill.at, kill.duration) == (timedelta(seconds=5), timedelta(seconds=30))
    deleted = KILL.replace("replica-kill", "pod-delete").replace(", within: 30s", "")
    assert parse_experiment(FILE, with_fault(deleted)).fault_window == timedelta(seconds=65)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("within: 30s", "for: 30s", "10:67: unknown key 'for': it belongs to the kind breaker"),
        ("within: 30s", "for: 30s", "not to replica-kill; here go at, id, kind, target, within"),
        ("within: 30s", "share: 0.2", "or error or hang or latency, not to replica-k"),
        ("within: 30s", "whitin: 30s", "unknown key 'whitin'; did you mean 'within'?"),
        ("within: 30s", "within: 30", "faults[0].within: 30 has no unit; write for example"),
        ("within: 30s", "within: 0s", "faults[0].within: must be longer than 0s"),
        ("kind: replica-kill", "kind: error, for: 5s", "'within': it belongs to the kind "),
        ("target: {replicas: 1}, ", "", "faults[0].target is missing; write for example"),
    ],
)
def test_a_mistake_in_an_instant_is_reported(old: str, new: str, said: str) -> None:
    assert said in message(with_fault(KILL.replace(old, new)))


@pytest.mark.parametrize(
    ("fault", "name", "value"),
    [
        ("kind: hang, share: 0.1", "share", 0.1),
        ("kind: connection-reset, seed: 7", "seed", 7),
        ("kind: database-slow, delay: 100ms", "delay", timedelta(milliseconds=100)),
        ("kind: database-error", "share", 1.0),
        ("kind: cpu-burn", "cores", 1.0),
        ("kind: cpu-burn, cores: 1.5", "cores", 1.5),
        ("kind: memory-pressure, size: 200Mi", "size_bytes", 200 << 20),
        ("kind: memory-pressure, size: 2GiB", "size_bytes", 2 << 30),
        ("kind: crash", "size_bytes", None),
    ],
)
def test_every_fault_of_the_backend_can_be_written(fault: str, name: str, value: object) -> None:
    length = "within: 9s" if "crash" in fault else "for: 9s"
    text = with_fault(f"{{id: f, {fault}, {length}, target: {{replicas: 1}}}}")
    (read,) = parse_experiment(FILE, text).faults
    assert getattr(read, name) == value
    assert read.kind in fault
    schema = json.loads(experiment_schema_text())
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("kind: hang, delay: 1s", "unknown key 'delay': it belongs to the kind database-slow or "),
        ("kind: cpu-burn, cores: 0", "cores is 0, but should be at least 0.001"),
        ("kind: cpu-burn, cores: 65", "cores is 65, but should be at most 64"),
        ("kind: cpu-burn, share: 0.5", "not to cpu-burn; here go at, cores, for, id, kind, target"),
        ("kind: memory-pressure", "size is missing; write for example size: 200Mi"),
        ("kind: memory-pressure, size: 200", "200 is not a size; write for example 200Mi or 1Gi"),
        ("kind: memory-pressure, size: 200MB", "'200MB' is not a size"),
        ("kind: memory-pressure, size: 0Mi", "'0Mi' is not a size"),
        ("kind: database-slow", "delay is missing; write for example delay: 100ms"),
        ("kind: database-slow, delay: 2s", "a client gives up after 2s and would see no answer of"),
        ("kind: latency, delay: 3s", "shorten the delay, or use the kind hang"),
        ("kind: crash", "unknown key 'for'"),
    ],
)
def test_a_mistake_in_a_fault_of_the_backend_is_reported(fault: str, said: str) -> None:
    assert said in message(with_fault(f"{{id: f, {fault}, for: 9s, target: {{replicas: 1}}}}"))


def test_experiments_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "README.md", "x.schema.json"):
        (tmp_path / name).touch()
    (tmp_path / "folder.yaml").mkdir()
    assert experiment_names(tmp_path) == ("a", "b")
    assert experiment_names(tmp_path / "none") == ()


def test_an_experiment_is_found_by_name_or_by_path(tmp_path: Path) -> None:
    assert find_experiment("error-burst", [tmp_path, GAME_DAYS]).name == "error-burst"
    assert find_experiment(str(GAME_DAYS / "error-burst.yaml"), []).name == "error-burst"


@pytest.mark.parametrize("name", ["../error-burst", "/etc/passwd", "", "\ud800"])
def test_an_unknown_experiment_is_reported_with_what_there_is(name: str) -> None:
    with pytest.raises(BadInputError, match=r"no experiment .* in .*game_days"):
        find_experiment(name, [GAME_DAYS])


def test_a_mistyped_name_is_reported_with_the_nearest() -> None:
    with pytest.raises(BadInputError, match="did you mean 'error-burst'"):
        find_experiment("eror-burst", [GAME_DAYS])


def outcome(text: str) -> Experiment | str:
    try:
        return parse_experiment(FILE, text)
    except BadInputError as error:
        return str(error)


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=300)
def test_any_text_is_an_experiment_or_one_sentence(text: str) -> None:
    said = outcome(text)
    assert isinstance(said, Experiment) or ("\n" not in said and said.isprintable())


@given(st.integers(0, len(TEXT) - 1), st.integers(0, 30), st.text(max_size=12))
@settings(deadline=None, max_examples=400)
def test_any_damage_to_a_file_is_survived_or_reported(at: int, removed: int, inserted: str) -> None:
    said = outcome(TEXT[:at] + inserted + TEXT[at + removed :])
    assert isinstance(said, Experiment) or ("\n" not in said and said.isprintable())


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)


@given(st.sampled_from(sorted(yaml.safe_load(TEXT))), TREES)
@settings(deadline=None, max_examples=300)
def test_any_value_at_any_key_is_read_or_reported(key: str, value: object) -> None:
    document = yaml.safe_load(TEXT) | {key: value}
    said = outcome(yaml.safe_dump(document, allow_unicode=True))
    assert isinstance(said, Experiment) or ("\n" not in said and said.isprintable())


@pytest.mark.parametrize(
    ("pacer", "read"),
    [
        ("{ramp: {from: 50/s, to: 9000/m, over: 60s}}", Ramp(50.0, 150.0, 60.0)),
        (
            "{steps: [{rate: 50/s, for: 30s}, {rate: 100/s}]}",
            Steps((Step(50.0, 30.0), Step(100.0, 86_400.0))),
        ),
    ],
    ids=["ramp", "steps"],
)
def test_a_pacer_may_ramp_or_step(pacer: str, read: AnyPacer) -> None:
    experiment = parse_experiment(FILE, changed("{constant: 100/s}", pacer))
    assert experiment.load.pacer == read
    assert experiment.load.pacer.hits_before(experiment.load_duration.total_seconds()) > 0


@pytest.mark.parametrize(
    ("pacer", "said"),
    [
        ("{}", "the pacer has nothing, but should have one of constant, ramp, steps"),
        (
            "{constant: 5/s, steps: [{rate: 1/s}]}",
            "the pacer has constant and steps, but should have one of",
        ),
        ("{steps: [{rate: 50/s}, {rate: 1/s}]}", "every step has a `for` but the last"),
        ("{steps: [{rate: 50/s, for: 30s}]}", "every step has a `for` but the last"),
        ("{steps: []}", "load.pacer.steps is a list, but should have at least one entry"),
        ("{ramp: {from: 50/s, too: 150/s, over: 60s}}", "unknown key 'too'; did you mean 'to'?"),
        ("{ramp: {from: 50/s, to: 99999/s, over: 1s}}", "requests in 2m15s are more than"),
    ],
)
def test_a_pacer_that_cannot_be_is_reported(pacer: str, said: str) -> None:
    assert said in message(changed("{constant: 100/s}", pacer))
