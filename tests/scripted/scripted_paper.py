"""Every run that DGDPO's paper file names, from a script: six methods on three data sets, ablations, audits, searches."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from scripted_runs import (
    predictions,
    profiles,
    replies,
    scripted_project,
    transcripts,
    treatments,
    write_data,
)

from reproduce.files import read_jsonl, write_json, write_jsonl
from reproduce.project import Project
from reproduce.seeds import stream
from reproduce.spec import Audit, Diagnosis, Sensitivity, Simulation

SKILL = {"kuaisim": 0.5, "llm_us": 0.55, "agent4rec": 0.6, "rah": 0.65, "agentcf": 0.7, "dgdpo": 0.9}
OBJECTIVE = "ndcg@10"


def whole_project(root: Path, users: int = 8, rounds: int = 4, samples: int = 30) -> Project:
    """A checkout in which the whole paper can be evaluated."""
    project = scripted_project(root, users=2, rounds=1, samples=15)
    everybody = range(100, 100 + users)
    paper = project.paper("dgdpo")
    for dataset in ("ml-1m", "books", "movies-tv"):
        write_data(project.build / "data" / dataset, everybody, "town")
    for key in sorted(paper.runs(), key=lambda key: isinstance(project.document(key).value, (Audit, Sensitivity))):
        write_run(project, key, everybody, rounds, samples)
    for key in paper.tuning.runs:
        write_search(project, key)
    return project


def write_run(project: Project, key: str, users: range, rounds: int, samples: int) -> None:
    """The folder of one run."""
    folder, wanted = project.build / "runs" / key, project.document(key).value
    of = project.document(wanted.of).value if isinstance(wanted, (Audit, Sensitivity)) else wanted
    match wanted:
        case Simulation():
            _simulation(folder, wanted, users, rounds)
        case Diagnosis():
            write_jsonl(folder / "predictions.jsonl", predictions(samples))
        case Audit():
            write_jsonl(folder / "orders.jsonl", orders(project.build / "runs" / wanted.of / "transcripts.jsonl"))
        case Sensitivity():
            write_jsonl(folder / "verdicts.jsonl", verdicts(wanted, users, rounds))
    write_json(folder / "replies.json", replies({"dgdpo/round.v1": 400}))
    about = {
        "key": key,
        "kind": wanted.kind,
        "spec": wanted.model_dump(mode="json"),
        "mode": project.params.mode,
        "engine": "heuristic",
        "model": "heuristic-1",
        "dataset": of.dataset,
        "source": "town",
        "data_sha256": "d" * 64,
        "prompts": {"dgdpo/round.v1": "a" * 64},
        "users": len(users),
        "seed": 42,
        "version": "0.1.0",
    }
    write_json(folder / "run.json", about)


def _simulation(folder: Path, wanted: Simulation, users: range, rounds: int) -> None:
    kind = wanted.method.kind
    skill = SKILL[kind] - (0.1 if "without" in folder.name else 0.02 if folder.name not in ("books-dgdpo", "ml-1m-dgdpo") else 0)
    write_jsonl(folder / "transcripts.jsonl", transcripts(kind, users, skill, wanted.strategies, rounds))
    lines = [{**line, "final": "", "initial": ""} if kind == "kuaisim" else line for line in profiles(kind, users)]
    write_jsonl(folder / "profiles.jsonl", lines)
    if kind == "dgdpo":
        write_jsonl(folder / "treatments.jsonl", treatments(users))


def orders(path: Path):
    """The pages of a run again: one verdict of twenty flips when reversed, none when shuffled; the first yes is selected."""
    for transcript in read_jsonl(path):
        if (transcript["recommender"], transcript["strategy"]) == ("sasrec", "none"):
            for page in transcript["rounds"]:
                yield from _orders(transcript["user"], page)


def _orders(user: int, page):
    said = [verdict["yes"] for verdict in page["reaction"]["verdicts"]]
    shuffled = stream(7, "shuffled", user, page["round"]).permutation(len(said)).tolist()
    for name, order in (("ranked", list(range(len(said)))), ("reversed", list(range(len(said)))[::-1]), ("shuffled", shuffled)):
        verdicts = [not yes if name == "reversed" and place == 5 else yes for place, yes in enumerate(said)]
        yield {
            "user": user,
            "round": page["round"],
            "order": name,
            "positions": [order.index(place) for place in range(len(said))],
            "verdicts": verdicts,
            "selected": next((place for place in order if verdicts[place]), None),
            "missing": 0,
            "status": "strict",
        }


def verdicts(wanted: Sensitivity, users: range, rounds: int):
    """Users differ much, seeds little, wordings not at all."""
    for seed, prompts, user in itertools.product(wanted.seeds, wanted.prompts, users):
        random = stream(seed, "verdicts", user)
        liberal = 0.1 + 0.8 * (user - users[0]) / len(users)
        tp = [int(random.random() < 0.3 + 0.6 * liberal) for _ in range(rounds)]
        fp = [int(np.round(19 * liberal)) for _ in range(rounds)]
        yield {
            "seed": seed,
            "prompts": dict(prompts),
            "user": user,
            "tp": tp,
            "fp": fp,
            "fn": [1 - hit for hit in tp],
            "tn": [19 - false for false in fp],
            "missing": 0,
        }


def write_search(project: Project, key: str) -> None:
    """Four trials per method: the printed optimum comes second, the third diverges, the fourth repeats the first."""
    wanted, tuning = project.document(key).value, project.paper("dgdpo").tuning
    trials, best = [], {}
    for method in dict.fromkeys(row.method for row in tuning.rows):
        printed = tuning.best(method, wanted.dataset)
        other = {row.name: row.searched[0] for row in tuning.rows if row.method == method}
        worst = {row.name: row.searched[-1] for row in tuning.rows if row.method == method}
        for number, (params, value) in enumerate([(other, 0.31), (printed, 0.28), (worst, None), (other, 0.31)]):
            trials.append(
                {"method": method, "trial": number, "params": params, "objective": OBJECTIVE, "value": value, "epochs": 2}
            )
        best[method] = {
            "objective": OBJECTIVE,
            "params": other,
            "value": 0.31,
            "trial": 0,
            "trials": 4,
            "settings": 3,
            "diverged": 1,
        }
    folder = project.build / "tunings" / key
    write_jsonl(folder / "trials.jsonl", trials)
    write_json(folder / "best.json", {"key": key, "dataset": wanted.dataset, "source": "town", "methods": best})
