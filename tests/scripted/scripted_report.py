"""A report of two papers with something on every page: scripted runs, and for DGDPO invented findings beyond them.

What `evaluate` counts of scripted runs is real; rows, curves and findings of our own tables are made up here, so that the pages
can be tested without the runs behind them.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import yaml
from scripted_learning import PAPER as LUS
from scripted_learning import with_learning, write_inference
from scripted_runs import CATALOG, scripted_project, transcripts, write_data

from reproduce.files import read_json, read_jsonl, write_json, write_jsonl
from reproduce.project import Project
from reproduce.report.html import write_report
from reproduce.report.page import Material, Told
from reproduce.results.document import Comparison, Curve, Relation, ResultRow, Results, RunAbout
from reproduce.results.findings import Example, Flip, Optimum, Significance, Study
from reproduce.results.measures import MEASURES
from reproduce.results.runs import Run
from reproduce.stages import evaluate, report

METHODS = ("KuaiSim", "Agent4Rec", "LLM-US", "RAH", "AgentCF", "DGDPO")
PAGES = (
    *("data", "table-2", "variants", "diagnosis", "rounds", "tuning", "cases"),
    *("bias", "over-acceptance", "taste", "sensitivity", "aggregations"),
    *("transcripts", "replies", "made-from", "errata"),
)
"""Of DGDPO, in the order of the contents."""
LEARNT = (
    *("data", "table-2", "table-6", "table-5", "tables-3-and-4", "learning", "inference"),
    *("prediction", "calibration", "votes", "faults", "episodes", "logged"),
    *("replies", "made-from", "errata"),
)
"""Of LUS."""
EVERY = (*(f"dgdpo/{name}.html" for name in PAGES), *(f"{LUS}/{name}.html" for name in LEARNT))
DATASETS = ("ml-1m", "books", "movies-tv")


def reported_project(
    root: Path, users: int = 6, rounds: int = 4, samples: int = 30, papers: tuple[str, ...] = ("dgdpo", LUS), **edits: Any
) -> Project:
    """A checkout with scripted runs, evaluated, with invented findings, and with its report."""
    sizes = {"users": users, "rounds": rounds, "samples": samples}
    project = scripted_project(root, **sizes, strategies=("none", "with_gt"), papers=papers, **edits)
    _other_runs(project)
    _without(project, ("audits", "sensitivity", "runs"))
    evaluate.run(project, "dgdpo")
    results = Results.read(project.results / "dgdpo.json")
    invented(project, results).write(project.results / "dgdpo.json")
    if LUS in papers:
        evaluate.run(with_learning(project), LUS)
        write_inference(project)
    report.run(project)
    return project


def _other_runs(project: Project) -> None:
    """All simulations and diagnoses of the paper as copies of the scripted ones, on their own data sets."""
    runs = project.build / "runs"
    about = read_json(runs / "dgdpo" / "ml-1m-dgdpo" / "run.json")
    users = range(100, 100 + about["users"])
    for dataset in DATASETS[1:]:
        write_data(project.build / "data" / dataset, users, about["source"])
    for key in project.paper("dgdpo").runs():
        if "audit" in key or "sensitivity" in key or (runs / key / "run.json").is_file():
            continue
        dataset = next(name for name in DATASETS if key.removeprefix("dgdpo/").startswith(name))
        like = "diagnosis" if key.endswith("-diagnosis") else "dgdpo" if "-dgdpo" in key else "agent4rec"
        shutil.copytree(runs / "dgdpo" / f"ml-1m-{like}", runs / key)
        spec = {**read_json(runs / key / "run.json"), "key": key, "dataset": dataset}
        method = project.document(key).value.model_dump(mode="json").get("method")
        write_json(runs / key / "run.json", {**spec, "spec": {**spec["spec"], "dataset": dataset, "method": method}})
        if key.endswith("-kuaisim"):  # a trained model: no text
            lines = read_jsonl(runs / key / "transcripts.jsonl")
            write_jsonl(runs / key / "transcripts.jsonl", [_without_text(line) for line in lines])


def _without_text(line: dict[str, Any]) -> dict[str, Any]:
    for played in line["rounds"]:
        played["profile"] = ""
        for verdict in played["reaction"]["verdicts"]:
            verdict["reason"] = "p = 0.613"
    return {**line, "profile": {"text": "", "earlier": []}}


def _without(project: Project, names: tuple[str, ...]) -> None:
    """Take runs whose formats are not scripted out of the copied paper file."""
    path = project.root / "specs" / "dgdpo" / "paper.yaml"
    paper = yaml.safe_load(path.read_text(encoding="utf-8"))
    for block in (paper.get("beyond", {}), paper.get("tuning", {})):
        for name in names:
            block.pop(name, None)
    path.write_text(yaml.safe_dump(paper, sort_keys=False), encoding="utf-8")


def invented(project: Project, results: Results) -> Results:
    """The results with rows, curves and findings on every page of our own."""
    kept = [row for row in results.rows if row.table not in MEASURES or row.table in ("profiles",)]
    model = next(row for row in results.rows if row.table == "T2")
    rows = [*kept, *_rows(model)]
    return results.model_copy(
        update={
            "rows": tuple(rows),
            "curves": (*results.curves, *_curves()),
            "expectations": (_expectation(),),
            "tests": tuple(
                _test(dataset, metric) for dataset in DATASETS for metric in ("precision", "recall", "accuracy", "f1")
            ),
            "flips": (_flip(),),
            "optima": tuple(_optima(project)),
            "studies": (_study(),),
            "examples": tuple(_example(label) for label in ("incomplete", "inaccurate", "inaccurate_incomplete")),
        }
    )


def _rows(model: ResultRow):
    scopes = {
        "taste": ("initial", "final"),
        "audit": ("all", "true item", "negatives"),
        "acceptance": ("true item", "negatives"),
        "sensitivity": ("user", "seed", "prompt", "residual"),
    }
    for table, places in scopes.items():
        for metric in MEASURES[table]:
            for number, method in enumerate(METHODS):
                for place, scope in enumerate(places):
                    value = 0.2 + 0.05 * number + 0.1 * place
                    column = "share" if table == "sensitivity" else metric
                    fields = {"table": table, "row": method, "column": column, "method": method, "metric": metric, "scope": scope}
                    numbers = {"value": value, "low": value - 0.04, "high": value + 0.05}
                    yield model.model_copy(update={**fields, **numbers, "dataset": "ml-1m", "printed": None})
    for metric in MEASURES["aggregations"]:
        for scope in ("user_macro and micro", "micro and list_macro"):
            fields = {"table": "aggregations", "row": scope, "column": "Kendall's tau", "metric": metric, "scope": scope}
            yield model.model_copy(update={**fields, "value": 0.6, "low": 0.2, "high": 1.0, "printed": None})


def _curves():
    for row in METHODS:
        for over, count, scopes in (("position", 20, ("as ranked", "reversed")), ("popularity", 5, ("negatives",))):
            for scope in scopes:
                values = tuple(0.4 - 0.005 * k for k in range(count))
                yield Curve(
                    figure="audit",
                    over=over,
                    scope=scope,
                    row=row,
                    dataset="ml-1m",
                    method=row,
                    recommender="mean",
                    strategy="none",
                    metric="yes_rate",
                    values=values,
                    low=tuple(value - 0.03 for value in values),
                    high=tuple(value + 0.03 for value in values),
                    n=6,
                    run=f"dgdpo/ml-1m-audit-{row.lower()}",
                )


def _expectation() -> Relation:
    better = {"of": "ML-1M likes, both", "better": "DGDPO", "than": "w/o iteration", "difference": 0.1, "low": 0.02, "high": 0.2}
    return Relation(
        says="optimised profiles state more of the planted taste than initial ones",
        where="taste",
        answer="holds",
        why="the interval lies above 0",
        comparisons=(Comparison(**better, pairs=6, answer="holds"),),
    )


def _test(dataset: str, metric: str) -> Significance:
    values = {"difference": 0.03, "low": 0.01, "high": 0.05, "pairs": 6, "differing": 5, "family": 12}
    ps = {
        "t_p": 0.004,
        "t_holm": 0.03,
        "t_bonferroni": 0.048,
        "wilcoxon_p": 0.03,
        "wilcoxon_holm": 0.2,
        "wilcoxon_bonferroni": 0.36,
    }
    return Significance(table="T2", dataset=dataset, metric=metric, method="DGDPO", runner_up="AgentCF", **values, **ps)


def _flip() -> Flip:
    leads = {"lead": 0.01, "lead_low": -0.01, "lead_high": 0.03, "other_lead": -0.02, "other_low": -0.05, "other_high": 0.01}
    places = {"dataset": "books", "metric": "precision", "scope": "user_macro", "other": "micro"}
    return Flip(**places, ahead="RAH", behind="LLM-US", **leads)


def _optima(project: Project):
    tuning = project.paper("dgdpo").tuning
    for row in tuning.rows:
        for place, dataset in enumerate(tuning.datasets):
            ours = row.searched[0] if dataset == "ml-1m" else None
            printed = row.best[place]
            given = {"table": "T6", "method": row.method, "dataset": dataset, "name": row.name, "searched": row.searched}
            yield Optimum(**given, printed=printed, ours=ours, equal=None if ours is None else ours == printed)


def _study() -> Study:
    found = {"objective": "MRR@10", "trials": 8, "settings": 7, "diverged": 1, "best": 0.31}
    return Study(table="T6", method="SASRec", dataset="ml-1m", source="town", run="dgdpo/ml-1m-tuning", **found)


def _example(label: str) -> Example:
    after = {
        "inaccurate": "Comedy fan, Have a high interest in Drama, Memorable performances",
        "incomplete": "Comedy fan, Averse to Drama, Memorable performances, Western (occasional interest)",
        "inaccurate_incomplete": "Comedy fan, Drama lover, Memorable performances, Western fan",
    }
    return Example(
        figure={"incomplete": "F5", "inaccurate": "F11a", "inaccurate_incomplete": "F11b"}[label],
        label=label,
        dataset="books",
        source="town",
        run="dgdpo/books-dgdpo",
        user=101,
        batch=1,
        before="Comedy fan, Averse to Drama, Memorable performances",
        item=5,
        title="The <b>Odd</b> Western",
        genres=("Drama", "Western"),
        mean_rating=4.27,
        rating=5.0,
        simulator_reason='Drama goes against "Averse to Drama" in the profile.',
        reason='The profile states "Averse to Drama", which contradicts the rating of 5.0. It does not mention Western.',
        suggestions=('Replace "Averse to Drama".', 'Add "Western fan".', 'Add "Horror fan".'),
        own=(0, 1),
        after=after[label],
        labels=(label, "incomplete"),
        accepted_later=label != "incomplete",
        candidates=17,
    )


def large_report(root: Path, users: int, rounds: int = 10) -> Path:
    """The report of one generated run with one recommender; its folder."""
    project = scripted_project(root, users=2, rounds=1, samples=15)
    run = project.build / "runs" / "dgdpo" / "ml-1m-dgdpo"
    numbers = range(1, users + 1)
    told = (worded(line) for line in transcripts("dgdpo", numbers, 0.9, ("none",), rounds) if line["recommender"] == "sasrec")
    write_jsonl(run / "transcripts.jsonl", told)
    write_jsonl(run / "profiles.jsonl", [])
    write_jsonl(run / "treatments.jsonl", [])
    paper = project.paper("dgdpo")
    about = read_json(run / "run.json") | {"users": users}
    fields = {name: about[name] for name in ("kind", "engine", "model", "dataset", "source", "users", "seed", "spec")}
    results = Results(
        paper="dgdpo",
        mode="rehearsal",
        made_from={"package": "0", "paper": "", "data": {}, "prompts": {}, "runs": {}},
        runs={KEY: RunAbout(**fields)},
        rows=(),
        replies={},
        cost={"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "dollars": None, "runs": {}},
    )
    material = Material(
        runs={KEY: Run(KEY, run, about)}, items={"ml-1m": CATALOG}, reports={}, split=lambda text: text.split(", ")
    )
    write_report(root / "report", [Told("dgdpo", paper, results, material)])
    return root / "report"


KEY = "dgdpo/ml-1m-dgdpo"


def worded(line: dict[str, Any]) -> dict[str, Any]:
    """Reasons that differ from each other, as those of a language model do."""
    for played in line["rounds"]:
        for place, verdict in enumerate(played["reaction"]["verdicts"]):
            verdict["reason"] += f" Seen in round {played['round']} at place {place + 1} by user {line['user']}."
    return line


def letters(text: str) -> str:
    """Words without markup."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())
