"""Everything that can be checked without running anything: each file by itself, then the files against each other."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from typing_extensions import assert_never

from reproduce import index
from reproduce.data.catalog import Catalog
from reproduce.errors import Problem, SpecError
from reproduce.llm.prompts import check_prompts
from reproduce.paper import Beyond, Paper, Row
from reproduce.params import Mode, Params
from reproduce.project import Project
from reproduce.spec import (
    Audit,
    Closed,
    Corpus,
    Dgdpo,
    Diagnosis,
    Ensemble,
    Finetuning,
    Prediction,
    Pretraining,
    Reinforcement,
    Retirable,
    Sensitivity,
    Simulation,
    Simulator,
    Spec,
    Tuning,
)
from reproduce.wording import remedy, shown
from reproduce.yaml_files import Document, Place, load

S = TypeVar("S", bound=Retirable)
Found = Iterator[Problem]


@dataclass
class Files:
    """The files of a checkout, as far as they can be read, and the problems of those that cannot."""

    root: Path
    problems: list[Problem] = field(default_factory=list)
    params: Document[Params] | None = None
    catalog: Document[Catalog] | None = None
    specs: dict[str, Document[Any]] = field(default_factory=dict)
    papers: dict[str, Document[Paper]] = field(default_factory=dict)


def problems(root: Path, only: Iterable[Path] = ()) -> list[Problem]:
    """Every problem of the checkout, or of the files and folders named. An empty list means that everything is valid."""
    files = _read(root)
    found = [*files.problems, *_across(files), *_attempt(lambda: check_prompts(root / "prompts"))]
    params = files.params
    if params and not found:  # else the generated files change again with the remedy
        found += _attempt(lambda: index.check(Project(root, params.value)))
    wanted = [path.resolve() for path in only]
    for path in wanted:
        if not path.exists():
            found.append(Problem(shown(path), "is not there"))
    return [problem for problem in dict.fromkeys(found) if not wanted or _about(problem, wanted)]


def warnings(project: Project) -> list[str]:
    """What is allowed and yet likely to be a mistake, one line each."""
    llm = project.params.here.llm
    if llm.engine == "openai" and llm.model not in project.params.prices:
        return [
            f"params.yaml: no price for `{llm.model}` under `prices`, so its calls count as free; add one to see what a run costs"
        ]
    return []


def _read(root: Path) -> Files:
    files = Files(root)
    files.params = _load(files, root / "params.yaml", Params)
    files.catalog = _load(files, root / "specs" / "datasets.yaml", Catalog)
    for path in sorted(root.glob("specs/*/*.yaml")):
        if path.name == "paper.yaml":
            paper = _load(files, path, Paper)
            if paper:
                files.papers[path.parent.name] = paper
        else:
            spec = _load(files, path, Spec)
            if spec:
                files.specs[f"{path.parent.name}/{path.stem}"] = spec
    return files


def _load(files: Files, path: Path, model: Any) -> Document[Any] | None:  # a class or a union
    try:
        return load(path, model)
    except SpecError as error:
        files.problems += error.problems
        return None


def _across(files: Files) -> Found:
    if files.params and files.catalog:
        yield from _knobs(files, files.params, files.catalog.value)
    for document in files.specs.values():
        yield from _references(files, document)
        yield from _dataset(files, document)
    for document in files.papers.values():
        yield from _cells(files, document)


def _references(files: Files, document: Document[Any]) -> Found:
    spec = document.value
    match spec:
        case Simulation():
            if isinstance(spec.method, Dgdpo) and spec.method.diagnoser:
                place: Place = ("method", "diagnoser")
                model = yield from _refer(files, document, place, spec.method.diagnoser, Finetuning, Pretraining)
                yield from _same_dataset(files, document, place, getattr(model, "corpus", None))
            yield from _pinned(files, document, ("prompts",), spec.prompts)
        case Audit():
            yield from _refer(files, document, ("of",), spec.of, Simulation)
        case Sensitivity():
            yield from _refer(files, document, ("of",), spec.of, Simulation)
            for number, pins in enumerate(spec.prompts):
                yield from _pinned(files, document, ("prompts", number), pins)
        case Corpus() | Tuning():
            pass
        case Reinforcement():
            yield from _voting(files, document, spec, (spec.simulator,))
        case Prediction():
            yield from _voting(files, document, spec, spec.simulators)
        case Diagnosis():
            yield from _diagnosis(files, document, spec)
        case Pretraining():
            yield from _written(files, document, spec.corpus, "dgdpo")
        case Finetuning():
            yield from _written(files, document, spec.corpus, "dgdpo")
            if spec.base:
                base = yield from _refer(files, document, ("base",), spec.base, Pretraining)
                yield from _same_corpus(files, document, ("base",), base)
        case _:
            assert_never(spec)


def _voting(files: Files, document: Document[Any], spec: Reinforcement | Prediction, simulators: tuple[Simulator, ...]) -> Found:
    """An ensemble needs keywords of the items of its own data set; nothing else does."""
    voting = any(isinstance(each, Ensemble) for each in simulators)
    if spec.corpus:
        yield from _written(files, document, spec.corpus, "ensemble")
        yield from _same_dataset(files, document, ("corpus",), spec.corpus)
    if voting != bool(spec.corpus):
        words = (
            "an `ensemble` needs a `corpus` with the items' keywords"
            if voting
            else "only an `ensemble` reads a `corpus`; leave it out"
        )
        yield document.problem(("corpus",) if spec.corpus else (), words)


def _written(files: Files, document: Document[Any], key: str, method: str) -> Found:
    """The corpus of a spec is there and was written for this method."""
    texts = yield from _refer(files, document, ("corpus",), key, Corpus)
    if texts and texts.method != method:
        yield document.problem(("corpus",), f"`{key}` is a corpus of `{texts.method}`, one of `{method}` is needed")


def _diagnosis(files: Files, document: Document[Any], spec: Diagnosis) -> Found:
    yield from _written(files, document, spec.corpus, "dgdpo")
    yield from _same_dataset(files, document, ("corpus",), spec.corpus)
    diagnoser = yield from _refer(files, document, ("diagnoser",), spec.diagnoser, Finetuning)
    without = pretrained = None
    if spec.without_pretraining:
        without = yield from _refer(files, document, ("without_pretraining",), spec.without_pretraining, Finetuning)
    if spec.without_finetuning:
        pretrained = yield from _refer(files, document, ("without_finetuning",), spec.without_finetuning, Pretraining)
    for name, model in (("diagnoser", diagnoser), ("without_pretraining", without), ("without_finetuning", pretrained)):
        yield from _same_corpus(files, document, (name,), model)
    if without and without.base:
        yield document.problem(
            ("without_pretraining",), f"`{spec.without_pretraining}` starts from the pre-trained `{without.base}`"
        )


def _pinned(files: Files, document: Document[Any], place: Place, pins: Mapping[str, int]) -> Found:
    """Every pinned prompt version has a file."""
    known = [f"{path.parent.name}/{path.name[:-3]}" for path in sorted(files.root.glob("prompts/*/*.v*.j2"))]
    for name, version in pins.items():
        if (wanted := f"{name}.v{version}") not in known:
            yield document.problem((*place, name), f"no prompt `{wanted}`{remedy(wanted, known)}")


def _refer(files: Files, document: Document[Any], place: Place, key: str, *kinds: type[S]) -> Generator[Problem, None, S | None]:
    """The spec of that key; a problem where it is absent, of another kind, or retired."""
    other = files.specs.get(key)
    if other is None:
        if not (files.root / "specs" / f"{key}.yaml").is_file():
            yield document.problem(place, f"no spec `{key}`{remedy(key, _keys(files, *kinds))}")
        return None
    if not isinstance(other.value, kinds):
        named = " or ".join(f"`{kind.__name__.lower()}`" for kind in kinds)
        wanted = f"`{key}` is a `{other.value.kind}`, a {named} is needed"
        yield document.problem(place, wanted + remedy("", _keys(files, *kinds)))
        return None
    if other.value.archived and not document.value.archived:
        yield document.problem(place, f"`{key}` is archived; archive this spec, too, or take another one")
    return other.value


def _keys(files: Files, *kinds: type[Closed]) -> list[str]:
    return sorted(key for key, document in files.specs.items() if isinstance(document.value, kinds))


def _same_dataset(files: Files, document: Document[Any], place: Place, corpus: str | None) -> Found:
    texts = files.specs.get(corpus or "")
    if texts and isinstance(texts.value, Corpus):
        yield from _same(document, place, "data set", texts.value.dataset, document.value.dataset)


def _same_corpus(files: Files, document: Document[Any], place: Place, model: Pretraining | Finetuning | None) -> Found:
    if model and model.corpus in files.specs and document.value.corpus in files.specs:
        yield from _same(document, place, "corpus", model.corpus, document.value.corpus)


def _same(document: Document[Any], place: Place, what: str, theirs: str, ours: str) -> Found:
    if theirs != ours:
        yield document.problem(place, f"rests on the {what} `{theirs}`, this spec on `{ours}`")


def _dataset(files: Files, document: Document[Any]) -> Found:
    dataset = getattr(document.value, "dataset", None)
    if dataset is None or files.params is None or files.catalog is None:
        return
    if dataset not in files.catalog.value.datasets:
        yield document.problem(("dataset",), f"no data set `{dataset}`{remedy(dataset, files.catalog.value.datasets)}")
        return
    for name, mode in _modes(files.params.value):
        if dataset not in mode.sources:
            words = f"`{name}.sources` of params.yaml names no source to read for `{dataset}`; add a line there"
            yield document.problem(("dataset",), words)


def _modes(params: Params) -> tuple[tuple[str, Mode], ...]:
    return ("rehearsal", params.rehearsal), ("paper", params.paper)


def _knobs(files: Files, document: Document[Params], catalog: Catalog) -> Found:
    params = document.value
    played = {name for name, protocol in catalog.datasets.items() if protocol.short == "drop"}  # in rounds, not in episodes
    used = sorted({dataset for _, mode in _modes(params) for dataset in mode.sources if dataset in played})
    if used and params.interaction.rounds > (least := min(catalog.datasets[dataset].test for dataset in used)):
        fewest = next(dataset for dataset in used if catalog.datasets[dataset].test == least)
        words = f"a user of `{fewest}` has {least} test items, so no more rounds than that"
        yield document.problem(("interaction", "rounds"), words)
    for name, mode in _modes(params):
        yield from _pinned(files, document, (name, "llm", "prompts"), mode.llm.prompts)
        for dataset, source in mode.sources.items():
            place: Place = (name, "sources", dataset)
            if dataset not in catalog.datasets:
                yield document.problem(place, f"no data set `{dataset}`{remedy(dataset, catalog.datasets)}")
            if source not in catalog.sources:
                yield document.problem(place, f"no source `{source}`{remedy(source, catalog.sources)}")


def _cells(files: Files, document: Document[Paper]) -> Found:
    paper = document.value
    for number, table in enumerate(paper.tables):
        for position, block in enumerate(table.blocks):
            for line, row in enumerate(block.rows):
                if row.run:
                    place: Place = ("tables", number, "blocks", position, "rows", line, "run")
                    yield from _filled(files, document, place, row, block.dataset, table.strategy)
                for metric, key in row.also.items():
                    at: Place = ("tables", number, "blocks", position, "rows", line, "also", metric)
                    yield from _refer(files, document, at, key, Prediction)
    for number, figure in enumerate(paper.figures):
        for line, curve in enumerate(figure.lines):
            if curve.run:
                place = ("figures", number, "lines", line, "run")
                run = yield from _refer_run(files, document, place, curve.run)
                if isinstance(run, Simulation):
                    for strategy in figure.strategies:
                        yield from _plays(document, place, curve.run, run, strategy)
    for number, key in enumerate(paper.tuning.runs if paper.tuning else ()):
        yield from _refer(files, document, ("tuning", "runs", number), key, Tuning)
    for number, walk in enumerate(paper.walkthroughs):
        yield from _refer(files, document, ("walkthroughs", number, "run"), walk.run, Reinforcement)
    for number, case in enumerate(paper.case_studies):
        yield from _refer(files, document, ("case_studies", number, "run"), case.run, Simulation)
    yield from _beyond(files, document, paper.beyond)


def _beyond(files: Files, document: Document[Paper], beyond: Beyond) -> Found:
    for row, key in beyond.audits.items():
        yield from _refer(files, document, ("beyond", "audits", row), key, Audit)
    for row, key in beyond.sensitivity.items():
        yield from _refer(files, document, ("beyond", "sensitivity", row), key, Sensitivity)
    for name, key in beyond.predictions.items():
        yield from _refer(files, document, ("beyond", "predictions", name), key, Prediction)
    for section in ("untrained", "reference"):
        for name, key in getattr(beyond, section).items():
            yield from _refer(files, document, ("beyond", section, name), key, Reinforcement)
    if beyond.opt_negatives:
        for name in ("without", "having"):
            key = getattr(beyond.opt_negatives, name)
            yield from _refer(files, document, ("beyond", "opt_negatives", name), key, Simulation)


def _filled(files: Files, document: Document[Paper], place: Place, row: Row, dataset: str, strategy: str | None) -> Found:
    run = yield from _refer_run(files, document, place, row.run or "")
    if run and run.dataset != dataset:
        yield document.problem(place, f"`{row.run}` is on `{run.dataset}`, this line on `{dataset}`")
    if isinstance(run, Simulation) and strategy:
        yield from _plays(document, place, row.run or "", run, strategy)
    if run and isinstance(run, Diagnosis) != bool(row.predictor):
        words = (
            f"a {run.kind} has no `predictor`"
            if row.predictor
            else f"`{row.run}` is a diagnosis: say whose answers in `predictor`"
        )
        yield document.problem(place, words)


def _plays(document: Document[Paper], place: Place, key: str, run: Simulation, strategy: str) -> Found:
    if strategy not in run.strategies:
        yield document.problem(place, f"`{key}` does not play the strategy `{strategy}`; add it to its `strategies`")


def _refer_run(
    files: Files, document: Document[Paper], place: Place, key: str
) -> Generator[Problem, None, Simulation | Diagnosis | Reinforcement | None]:
    runs = _keys(files, Simulation, Diagnosis, Reinforcement)
    if key in runs:
        run: Simulation | Diagnosis | Reinforcement = files.specs[key].value
        if run.archived:
            yield document.problem(place, f"`{key}` is archived; its cell cannot be filled")
        return run
    if key in files.specs:
        yield document.problem(place, f"`{key}` is a `{files.specs[key].value.kind}`, not a run{remedy('', runs)}")
    elif not (files.root / "specs" / f"{key}.yaml").is_file():
        yield document.problem(place, f"no run `{key}`{remedy(key, runs)}")
    return None


def _attempt(check: Callable[[], object]) -> tuple[Problem, ...]:
    try:
        check()
    except SpecError as error:
        return error.problems
    return ()


def _about(problem: Problem, wanted: list[Path]) -> bool:
    path = Path(problem.place.split(":")[0]).resolve()
    return any(path == each or path.is_relative_to(each) for each in wanted)
