"""Experiment files, YAML in and frozen values out; every error names its file, line and column."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from ironclad.adapters.experiments.checks import check
from ironclad.adapters.experiments.document import (
    AbortDocument,
    ExpectDocument,
    ExperimentDocument,
    WorkloadDocument,
    pacer_of,
)
from ironclad.adapters.experiments.fault_documents import FaultDocument, TargetDocument
from ironclad.adapters.experiments.problems import (
    Problem,
    document_schema,
    fault_fields,
    problems_of,
    show,
)
from ironclad.adapters.files.yaml_source import (
    PlacedError,
    Source,
    bad_input,
    parse_source,
    read_source,
    read_text,
)
from ironclad.domain.experiment.experiment import (
    AbortCondition,
    Cost,
    Expectation,
    ExpectedAlerts,
    Experiment,
    Fault,
    Load,
    Mix,
    Phases,
    Target,
    Workload,
)
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.text.did_you_mean import did_you_mean
from ironclad.errors import BadInputError

SUFFIXES = (".yaml", ".yml")
SCHEMA_ID = "https://ironclad.dev/schemas/experiment.v1.json"


def load_experiment(path: Path) -> Experiment:
    """Raises BadInputError with one sentence: file, line, column, what is wrong, what is right."""
    return parse_experiment(path, read_text(path))


def parse_experiment(path: Path, text: str) -> Experiment:
    """Read a text as if it stood in `path`."""
    return replace(_experiment(_document(parse_source(path, text))), source=text)


def experiment_names(folder: Path) -> tuple[str, ...]:
    """List the experiments of a folder in name order; none if it is not there."""
    files = folder.iterdir() if folder.is_dir() else ()
    return tuple(sorted(file.stem for file in files if file.suffix in SUFFIXES and file.is_file()))


def find_experiment(name: str, folders: Sequence[Path]) -> Experiment:
    """Take a path to a file, or a name from the first folder that has it.

    Raises BadInputError that names what there is.
    """
    if name.endswith(SUFFIXES):
        return load_experiment(Path(name))
    return _named(file_of(name, folders))


def file_of(name: str, folders: Sequence[Path]) -> Path:
    """Give the file of that name in the first folder that has it. Raises BadInputError."""
    for folder in folders:
        files = (folder / f"{name}{suffix}" for suffix in SUFFIXES)
        if found := next((file for file in files if file.is_file()), None):
            return found
    raise BadInputError(_unknown(name, folders))


def _named(path: Path) -> Experiment:
    """Refuse a file of another name: reports and history would speak of one that is not there."""
    experiment = load_experiment(path)
    for problem in _name_problems(path, experiment.name):
        raise _first_of(read_source(path), [problem])
    return experiment


def _name_problems(path: Path, name: str) -> Iterable[Problem]:
    if name != path.stem:
        words = f"metadata.name is {name!r} and the file is {path.name}; name the file {name}.yaml"
        yield Problem(("metadata", "name"), words)


def flaws(
    path: Path, objectives: Collection[str], alerts: Collection[str]
) -> tuple[PlacedError, ...]:
    """Find everything that is wrong with a file, by line; offline.

    `objectives` and `alerts` are the names that there are. Raises BadInputError for no file at all.
    """
    try:
        source = read_source(path)
    except PlacedError as error:
        return (error,)
    try:
        document = ExperimentDocument.model_validate(source.data)
    except ValidationError as error:
        return _placed(source, problems_of(error))
    name = _name_problems(path, document.metadata.name)
    unknown = [*_unknown_objectives(document, objectives), *_unknown_alerts(document, alerts)]
    return _placed(source, [*check(document), *name, *unknown])


def _placed(source: Source, problems: Iterable[Problem]) -> tuple[PlacedError, ...]:
    found = sorted(problems, key=lambda problem: problem.place(source))
    return tuple(bad_input(source.path, each.place(source), each.sentence) for each in found)


def _unknown_objectives(document: ExperimentDocument, known: Collection[str]) -> Iterable[Problem]:
    for index, name in enumerate(document.objectives):
        if name not in known:
            meant = did_you_mean(name, known, f"there are {', '.join(known) or 'none'}")
            yield Problem(("objectives", index), f"no objective {name!r} is declared{meant}")


def _unknown_alerts(document: ExperimentDocument, known: Collection[str]) -> Iterable[Problem]:
    expected = document.expect.alerts
    for key, names in (("must", expected.must), ("must_not", expected.must_not)):
        for index, name in enumerate(names):
            if name not in known:
                words = f"no rule has the alert {name!r}{did_you_mean(name, known)}"
                yield Problem(("expect", "alerts", key, index), words)


def experiment_schema_text() -> str:
    """Write the JSON Schema that lies beside the experiments, so that an editor completes them."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **document_schema(),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def smallest_fault(kind: FaultKind) -> str:
    """Write one as a file has it: what its kind demands, on a tenth of the requests at most."""
    fields, demanded = fault_fields(kind)
    chosen: dict[str, object] = {"id": kind, "kind": kind, "at": "0s"}
    chosen |= {name: fields[name]["examples"][0] for name in demanded if name not in chosen}
    chosen |= {"share": 0.1} if "share" in fields else {}
    return f"{{{', '.join(f'{name}: {value}' for name, value in chosen.items())}}}"


def _unknown(name: str, folders: Sequence[Path]) -> str:
    known = sorted({known for folder in folders for known in experiment_names(folder)})
    where = " or ".join(str(folder) for folder in folders)
    meant = did_you_mean(name, known, f"there are: {', '.join(known) or 'none'}")
    return f"no experiment {show(name)} in {where}{meant}"


def _document(source: Source) -> ExperimentDocument:
    try:
        document = ExperimentDocument.model_validate(source.data)
    except ValidationError as error:
        raise _first_of(source, problems_of(error)) from None
    if problems := list(check(document)):
        raise _first_of(source, problems)
    return document


def _first_of(source: Source, problems: Iterable[Problem]) -> BadInputError:
    """Tell the first problem by line, and how many more there are."""
    first, *others = sorted(problems, key=lambda problem: problem.place(source))
    more = f" (and {len(others)} more)" if others else ""
    return bad_input(source.path, first.place(source), first.sentence + more)


def _experiment(document: ExperimentDocument) -> Experiment:
    return Experiment(
        name=document.metadata.name,
        owner=document.metadata.owner,
        hypothesis=document.hypothesis,
        objectives=tuple(document.objectives),
        load=_load(document),
        workload=_workload(document.workload),
        phases=Phases(**dict(document.phases)),
        faults=tuple(map(_fault, document.faults)),
        expect=_expectation(document.expect),
        abort_when=tuple(map(_abort, document.abort_when)),
    )


def _load(document: ExperimentDocument) -> Load:
    """A service of others is only read: the effect of a write there is not known."""
    load, workload = document.load, document.workload
    return Load(
        pacer=pacer_of(load.pacer),
        mix=Mix(**dict(load.mix)) if workload is None else Mix(write=0.0, read=1.0),
        timeout=load.timeout,
        path=None if workload is None else workload.path,
    )


def _workload(document: WorkloadDocument | None) -> Workload | None:
    return None if document is None else Workload(**dict(document))


def _fault(document: FaultDocument) -> Fault:
    """Each kind's document has the fields of its own parameters, named as the domain names them."""
    values = dict(document)
    kind, target = FaultKind(values.pop("kind")), _target(values.pop("target", None))
    return Fault(kind=kind, target=target, **values)


def _target(document: TargetDocument | None) -> Target:
    """What hits the database or every replica names none."""
    if document is None:
        return Target()
    return Target(**{**dict(document), "names": tuple(document.names or ())})


def _expectation(document: ExpectDocument) -> Expectation:
    alerts = document.alerts
    return Expectation(
        cost=Cost(**dict(document.cost)) if document.cost else None,
        alerts=ExpectedAlerts(must=tuple(alerts.must), must_not=tuple(alerts.must_not)),
        safeguards=tuple(document.safeguards),
        client_failures_at_most=document.client_failures_at_most,
        targets_as_quick_as_others=document.targets_as_quick_as_others,
        as_before=document.as_before,
    )


def _abort(document: AbortDocument) -> AbortCondition:
    return AbortCondition(**{key: each for key, each in dict(document).items() if each is not None})
