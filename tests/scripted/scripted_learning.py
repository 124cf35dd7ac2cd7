"""Run folders of LUS in exactly the format of the stages, from a script instead of learners and simulators.

What is planted: DQN learns best on three data sets and A2C on two, as the paper has it; the ensemble predicts held-out labels
better than KuaiSim, and that better than SUBER; every fault costs it; a better learner's policy prefers what is really liked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scripted_runs import CATALOG, ITEMS, replies, scripted_project, write_data

from reproduce.files import read_json, write_json, write_jsonl
from reproduce.project import Project
from reproduce.results.naming import faults_of
from reproduce.seeds import stream
from reproduce.spec import Prediction, Reinforcement

PAPER = "ensemble"
DATASETS = ("yelp", "amazon-music", "amazon-games", "amazon-movie", "anime")
A2C_FIRST = ("amazon-games", "anime")
SKILL = {"random": 0.2, "ppo": 0.3, "trpo": 0.4, "a2c": 0.5, "dqn": 0.6}
SIMULATOR = {"ensemble": 0.0, "kuaisim": -0.06, "suber": -0.12}
SEEDS, EPISODES, STEPS = 3, 40, (10_000, 20_000, 30_000, 40_000)
WORDS = ("child-friendly", "family gathering", "casual", "variety", "loud", "crowded", "no reservations", "slow service")


def skill_of(wanted: Reinforcement) -> float:
    """Chance that a recommendation is liked."""
    name = wanted.learner
    if wanted.dataset in A2C_FIRST:
        name = {"a2c": "dqn", "dqn": "a2c"}.get(name, name)
    faulty = 0.1 if getattr(wanted.simulator, "wrong", ()) else 0.0
    return SKILL[name] + SIMULATOR[wanted.simulator.kind] + faulty


def label_of(user: int) -> int:
    """Whether the held-out interaction was liked."""
    return int(stream(11, "label", user).random() < 0.7)


def episodes(wanted: Reinforcement, users: range, seeds: int = SEEDS) -> Iterator[dict[str, Any]]:
    """Evaluation episodes of three to thirteen steps."""
    for seed in range(seeds):
        for number in range(EPISODES):
            random = stream(12, f"{wanted.dataset} {wanted.learner} {wanted.simulator.kind}", seed, number)
            items = random.permutation(ITEMS)[: 3 + number % 11]
            liked = random.random(len(items)) < skill_of(wanted) + 0.01 * seed
            steps = [_step(wanted, int(item), int(like), random) for item, like in zip(items, liked, strict=True)]
            yield {"seed": seed, "episode": number, "user": users[number % len(users)], "steps": steps}


def _step(wanted: Reinforcement, item: int, liked: int, random: np.random.Generator) -> dict[str, Any]:
    if wanted.simulator.kind != "ensemble":
        return {"item": item, "liked": liked, "p": round(0.3 + 0.4 * liked, 6), "votes": None, "coins": None}
    coins = [int(random.random() < 0.2), 0]
    votes = [liked, liked, int(random.random() < 0.5)]
    return {"item": item, "liked": liked, "p": round(sum(votes) / 3, 6), "votes": votes, "coins": coins}


def curve(wanted: Reinforcement, seeds: int = SEEDS) -> Iterator[dict[str, Any]]:
    """Rises to the skill of the learner; what learns nothing is evaluated once."""
    for seed in range(seeds):
        for place, steps in enumerate(STEPS if wanted.learner != "random" else (0,), 1):
            reached = skill_of(wanted) * place / len(STEPS) + 0.01 * seed
            yield {
                "seed": seed,
                "steps": steps,
                "return_mean": round(8 * reached, 6),
                "liking": round(100 * reached, 6),
                "episodes": 10,
            }


def logged(wanted: Reinforcement, users: range, seeds: int = SEEDS) -> Iterator[dict[str, Any]]:
    """A policy gives liked items more than the log did, disliked ones less, as far as its skill goes."""
    for seed in range(seeds):
        for user in users:
            random, label = stream(13, f"{wanted.dataset} {wanted.learner}", seed, user), label_of(user)
            propensity = round(0.005 + 0.02 * float(random.random()), 6)
            lean = (SKILL[wanted.learner] - SKILL["random"]) * (1 if label else -1)
            rank = int(random.integers(1, 91)) if lean <= 0 else int(random.integers(1, max(2, int(91 * (1 - lean)))))
            yield {
                "seed": seed,
                "user": user,
                "item": user % ITEMS,
                "label": label,
                "propensity": propensity,
                "probability": round(propensity * (1 + lean), 6),
                "rank": rank,
                "actions": 90,
            }


def predictions(wanted: Prediction, users: range) -> Iterator[dict[str, Any]]:
    """Every simulator on every user; each fault blurs the ensemble a little, all of them wholly."""
    for simulator in wanted.simulators:
        about = simulator.model_dump(mode="json")
        faults = faults_of(about)
        sharp = {"ensemble": 0.62, "kuaisim": 0.25, "suber": 0.1}[simulator.kind] - 0.1 * len(faults)
        for user in users:
            random, label = stream(14, f"{wanted.dataset} {simulator.kind}", user), label_of(user)
            line = {"simulator": simulator.kind, "faults": list(faults), "user": user, "item": user % ITEMS, "label": label}
            yield {**line, **_said(simulator.kind, label, max(0.0, sharp), bool(faults), random)}


def _said(kind: str, label: int, sharp: float, faulty: bool, random: np.random.Generator) -> dict[str, Any]:
    if kind != "ensemble":
        p = 0.5 + (label - 0.5) * sharp + (random.random() - 0.5)
        return {"p": round(float(np.clip(p, 0, 1)), 6), "votes": None, "scores": None, "coins": None}
    right = random.random(3) < 0.5 + sharp / 2
    votes = [label if each else 1 - label for each in right.tolist()]
    coins = [int(random.random() < 0.3), int(random.random() < 0.05)]
    p_sta = round(float(np.clip(0.5 + (votes[2] - 0.5) * 0.6 + 0.1 * (random.random() - 0.5), 0, 1)), 6)
    if faulty:
        votes[2], p_sta = 1, round(0.5 + 0.231 * p_sta, 6)
    score = sum(0.5 if place < 2 and coins[place] else vote for place, vote in enumerate(votes)) / 3
    return {"p": round(score, 6), "votes": votes, "scores": [2.0, 1.0, 0.4, None, p_sta], "coins": coins}


def explained(user: int) -> Iterator[dict[str, Any]]:
    """Three steps as Tables 3 and 4 have them: a con matches; nothing matches, so that f_mat is a coin; a pro matches."""
    told = (
        (40, ["Restaurants"], ["casual"], ["loud"], 0, [], "fallback"),
        (41, ["Bakeries"], ["variety"], ["no in-store dining"], 1, ["f_mat"], "fallback"),
        (7, ["Restaurants"], ["child-friendly"], ["no reservations"], 1, [], "category"),
    )
    for item, categories, pros, cons, liked, coins, how in told:
        rows = list(_history(pros, cons, how))
        sides = {"liked": [row for row in rows if row["liked"]], "disliked": [row for row in rows if not row["liked"]]}
        nearest = {name: max(side, key=lambda row: row["cosine"]) for name, side in sides.items()}
        yield {
            "user": user,
            "asked": user,
            "item": _card(item, categories, pros, cons),
            "history": rows,
            "not_compared": 2 if how == "category" else 0,
            "matched": {name: {word: 1 for row in side for word in row["matched"]} for name, side in sides.items()},
            "nearest": {name: {key: row[key] for key in ("item", "title", "cosine")} for name, row in nearest.items()},
            "scores": {
                "a_pos": 1.0 if liked and not coins else 0.0,
                "a_neg": 0.0 if liked else 1.0,
                "b_pos": 0.61,
                "b_neg": 0.4,
                "p": 0.55,
            },
            "votes": {"f_mat": liked, "f_sim": 1, "f_sta": 1 if liked else 0},
            "coins": coins,
            "probability": 0.833333 if coins else float(liked),
            "liked": liked,
        }


def _card(item: int, categories: list[str], pros: list[str], cons: list[str]) -> dict[str, Any]:
    return {"item": item, "title": CATALOG[item]["title"], "categories": categories, "pos": pros, "neg": cons}


def _history(pros: list[str], cons: list[str], how: str) -> Iterator[dict[str, Any]]:
    known = (
        (3, ["family gathering"], ["pricey"], 1, 0.22),
        (13, ["child-friendly", "<i>fun</i>"], ["far"], 1, 0.61),
        (11, ["quick"], ["loud", "crowded"], 0, 0.4),
    )
    for item, good, bad, liked, cosine in known:
        matched = sorted(set(good if liked else bad) & set(pros if liked else cons))
        told = {"liked": liked, "recommended": item == 11, "compared": how, "matched": matched, "cosine": cosine}
        yield {**_card(item, ["Restaurants"], good, bad), **told}


def write_log(folder: Path, users: range) -> None:
    """A data set with the held-out interactions whose labels recommendations may meet."""
    write_data(folder, users, "town-yelp")
    write_json(folder / "dataset.json", {**read_json(folder / "dataset.json"), "protocol": {"liked_from": 3.0}})
    parts = ("train", "train", "valid", "test")
    rows = [
        (user, (user + 7 * place) % ITEMS, 4.0 if (user + place) % 3 else 1.0, place, part)
        for user in users
        for place, part in enumerate(parts)
    ]
    tables = {
        "users": ("user,raw_id", [(user, f"u{user}") for user in users]),
        "interactions": ("user,item,rating,timestamp,part", rows),
        "order": ("user", [(user,) for user in users]),
    }
    for name, (head, lines) in tables.items():
        text = "\n".join([head, *(",".join(map(str, line)) for line in lines)])
        (folder / f"{name}.csv").write_text(text + "\n", encoding="utf-8")


def learning_project(root: Path, users: int = 60, datasets: tuple[str, ...] = DATASETS, **edits: Any) -> Project:
    """A checkout in which LUS can be evaluated. `edits` change fields of every `run.json`."""
    mode = edits.pop("mode", "rehearsal")
    return with_learning(
        scripted_project(root, users=2, rounds=1, samples=15, papers=(PAPER,), mode=mode), users, datasets, **edits
    )


def with_learning(project: Project, users: int = 60, datasets: tuple[str, ...] = DATASETS, **edits: Any) -> Project:
    """The runs of LUS in a checkout that has its specs."""
    everybody = range(100, 100 + users)
    _keep(project, datasets)
    for dataset in datasets:
        write_log(project.build / "data" / dataset, everybody)
    for key in project.paper(PAPER).runs():
        write_learning(project.build / "runs" / key, key, project.document(key).value, everybody, project.params.mode, **edits)
    return project


def _keep(project: Project, datasets: tuple[str, ...]) -> None:
    """Take runs on other data sets, and their blocks, out of the copied paper file."""
    path = project.root / "specs" / PAPER / "paper.yaml"
    paper = yaml.safe_load(path.read_text(encoding="utf-8"))
    for table in paper["tables"]:
        table["blocks"] = [block for block in table["blocks"] if block["dataset"] in datasets]
    for figure in paper["figures"]:
        figure["lines"] = [line for line in figure["lines"] if project.document(line["run"]).value.dataset in datasets]
    for runs in paper["beyond"].values():
        for name in [name for name, run in runs.items() if project.document(run).value.dataset not in datasets]:
            runs.pop(name)
    for erratum in paper["errata"]:
        erratum["cells"] = [cell for cell in erratum.get("cells", ()) if cell["dataset"] in datasets]
    path.write_text(yaml.safe_dump(paper, sort_keys=False, allow_unicode=True), encoding="utf-8")


def write_inference(project: Project) -> None:
    """Measured seconds of a step, as a benchmark leaves them."""
    measured = {
        "ensemble": {"seconds": 8.3e-5, "low": 7e-5, "high": 1.1e-4},
        "kuaisim": {"seconds": 4.1e-5},
        "suber": {"seconds": 1.2},
    }
    about = {"hardware": "two cores of an invented machine", "steps": 1000, "simulators": measured}
    path = project.root / str(project.paper(PAPER).inference)
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(about), encoding="utf-8")


def write_learning(folder: Path, key: str, wanted: Any, users: range, mode: str, seeds: int = SEEDS, **edits: Any) -> None:
    """The folder of one run."""
    match wanted:
        case Reinforcement():
            write_jsonl(folder / "episodes.jsonl", episodes(wanted, users, seeds))
            write_jsonl(folder / "curve.jsonl", curve(wanted, seeds))
            write_jsonl(folder / "logged.jsonl", logged(wanted, users, seeds))
            if wanted.simulator.kind == "ensemble":
                write_jsonl(folder / "explained.jsonl", explained(users[0]))
        case Prediction():
            write_jsonl(folder / "predictions.jsonl", predictions(wanted, users))
    write_json(folder / "replies.json", {**replies({}), "counters": {}})
    about = {
        "key": key,
        "kind": wanted.kind,
        "spec": {**wanted.model_dump(mode="json"), "knobs": {"episodes": {"liking_first": 10, "total_first": 10}}},
        "mode": mode,
        "engine": "heuristic",
        "model": "heuristic-1",
        "dataset": wanted.dataset,
        "source": "town-yelp",
        "data_sha256": "e" * 64,
        "prompts": {"ensemble/objective.v1": "c" * 64},
        "users": len(users),
        "seed": 42,
        "version": "0.1.0",
        **edits,
    }
    write_json(folder / "run.json", about)
