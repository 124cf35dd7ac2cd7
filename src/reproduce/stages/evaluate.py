"""Stage `evaluate`: every number of a paper beside the printed one, from its runs.

Reads `specs/<paper>/paper.yaml` and `build/<mode>/runs`; writes `results/<mode>/<paper>.json` and, beside it, a folder
`<paper>` with every table as CSV.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from reproduce.data.prepared import Dataset
from reproduce.errors import MissingInput
from reproduce.files import each_row, read_json, read_jsonl
from reproduce.llm.lexical import stance, topics_of
from reproduce.methods.agent4rec.profile import names_title, parse, statements
from reproduce.metrics.taste import Taste
from reproduce.paper import Paper
from reproduce.project import Project
from reproduce.results.beyond import Aids
from reproduce.results.catalogue import Catalogue
from reproduce.results.costs import Spent
from reproduce.results.document import Results
from reproduce.results.evaluation import Inputs, evaluate
from reproduce.results.profiles import Reader, planted_tastes
from reproduce.results.real import labels
from reproduce.results.runs import Run, load
from reproduce.results.statistics import DataReport
from reproduce.results.tables import write_tables
from reproduce.results.tuning import Searched
from reproduce.spec import corpora_of


def run(project: Project, key: str) -> None:
    """Evaluate the paper `key`. Raises MissingInput with the list of all runs that are not there."""
    evaluate_into(project, key, project.paper(key), project.results)


def evaluate_into(project: Project, key: str, paper: Paper, folder: Path) -> Results:
    """Write the results of a paper, or of a part of one, to `folder`."""
    runs = load(project.build / "runs", paper.runs())
    datasets = sorted({each.about["dataset"] for each in runs.values()})
    results = evaluate(
        key,
        paper,
        Inputs(
            mode=project.params.mode,
            seed=project.params.seed,
            runs=runs,
            prices=project.params.prices,
            corpora=list(_corpora(project, runs)),
            reports={name: _report(project.build / "data" / name) for name in datasets},
            searched=list(_searched(project, paper)),
            aids=_aids(
                project, datasets, {run.about["dataset"] for run in runs.values() if run.about["kind"] == "reinforcement"}
            ),
            split=parse,
        ),
    )
    results.write(folder / f"{key}.json")
    write_tables(folder / key, paper, results)
    return results


def _corpora(project: Project, runs: Mapping[str, Run]) -> Iterator[Spent]:
    """What an LLM wrote for the models of these runs, once per corpus; answered by the same model as the runs."""
    specs = {key: project.document(key).value for key in project.spec_keys()}
    keys: dict[str, str] = {}
    for each in runs.values():
        for corpus in corpora_of(specs, specs[each.key]):
            keys.setdefault(corpus, each.about["model"])
    for corpus, model in sorted(keys.items()):
        path = project.build / "corpora" / corpus / "replies.json"
        if path.is_file():
            yield Spent(corpus, model, read_json(path))


def _report(folder: Path) -> DataReport:
    """Sizes as the paper counts them: after the core filter, before sequences are cut."""
    about, report = read_json(folder / "dataset.json"), read_json(folder / "report.json")
    sizes = {**report["counts"]["core"], "avg_sequence_length": report["mean_length"], "sparsity": report["sparsity"]}
    return DataReport(dataset=about["name"], source=about["source"], statistics=sizes)


def _planted(folder: Path) -> dict[int, Taste]:
    path = folder / "planted.jsonl"
    return planted_tastes(read_jsonl(path)) if path.is_file() else {}


def _aids(project: Project, datasets: list[str], learnt: set[str]) -> Aids:
    catalogues = {name: Catalogue.read(each_row(project.build / "data" / name / "items.jsonl")) for name in datasets}
    return Aids(
        catalogues=catalogues,
        planted={name: _planted(project.build / "data" / name) for name in datasets},
        readers={name: taste_reader(catalogue.genres) for name, catalogue in catalogues.items()},
        names_title=names_title,
        labels={name: labels(Dataset.load(project.build / "data" / name)) for name in sorted(learnt)},
    )


def _searched(project: Project, paper: Paper) -> Iterator[Searched]:
    """The searches of the paper's table of hyper-parameters. Raises MissingInput with the list of all that are not there."""
    keys = paper.tuning.runs if paper.tuning else ()
    folder = project.build / "tunings"
    missing = [key for key in keys if not (folder / key / "best.json").is_file()]
    if missing:
        named = ", ".join(f"`{key}`" for key in missing)
        raise MissingInput(f"{folder}: {len(missing)} of {len(keys)} searches are not there ({named}); `dvc repro` makes them")
    for key in keys:
        yield Searched.read(folder / key, key)


def taste_reader(genres: tuple[str, ...]) -> Reader:
    """Reads liked and disliked genres from a profile, phrase by phrase, as the heuristic rules read phrases.

    A genre with phrases of both signs counts on both sides: the profile says both.
    """

    def read_profile(text: str) -> Taste:
        said: dict[int, set[str]] = {1: set(), -1: set()}
        for phrase in statements(text):
            said[stance(phrase).sign].update(topics_of(phrase, genres))
        return Taste(frozenset(said[1]), frozenset(said[-1]))

    return read_profile
