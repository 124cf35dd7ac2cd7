"""Run folders of DGDPO in exactly the format of `simulate`, from a script instead of models: input for `evaluate` and `report`.

Users have planted tastes; a method judges an item by its genres with a given accuracy. Titles hold what breaks careless HTML.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from reproduce.files import dumps, write_json, write_jsonl
from reproduce.params import Params
from reproduce.project import Project
from reproduce.seeds import stream

ROOT = Path(__file__).parents[2]
GENRES = (
    "Action",
    "Adventure",
    "Animation",
    "Comedy",
    "Crime",
    "Drama",
    "Fantasy",
    "Horror",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
)
FIRST = ["Silent", "Golden", "Last", "Broken", "Midnight", "Hidden", "Paper", "Burning", "Winter", "Hollow"]
SECOND = ["River", "Empire", "Promise", "Machine", "Garden", "Station", "Orchard", "Signal", "Harbour", "Letters"]
ODD = {
    3: 'The "Quoted" & <b>Bold</b> Affair',
    7: "</script><script>alert(1)</script>",
    11: "Amélie's Füße – naïve",
    13: "Ça ira ‮oops",
}
RECOMMENDERS = ("fpmc", "lrurec", "narm", "sasrec")
LABELS = ("inaccurate", "incomplete", "inaccurate_incomplete")
ITEMS = 100


def item(number: int) -> dict[str, object]:
    """One film."""
    random = stream(5, "item", number)
    genres = sorted({GENRES[int(g)] for g in random.integers(len(GENRES), size=int(random.integers(1, 4)))})
    name = ODD.get(number, f"{FIRST[number % 10]} {SECOND[number // 10 % 10]}")
    return {
        "item": number,
        "raw_id": str(number + 1),
        "title": f"{name} ({1960 + number % 60})",
        "year": 1960 + number % 60,
        "genres": genres,
        "description": "",
        "train_count": 20 + 7 * number % 61,
        "train_mean": round(3 + float(random.random()), 2),
    }


CATALOG = [item(number) for number in range(ITEMS)]


def taste(user: int) -> tuple[list[str], list[str]]:
    """Liked and disliked genres."""
    order = [GENRES[int(g)] for g in stream(5, "taste", user).permutation(len(GENRES))]
    return sorted(order[:4]), sorted(order[4:6])


def describe(likes: list[str], dislikes: list[str]) -> str:
    """A profile."""
    return ", ".join([f"{genre} enthusiast" for genre in likes] + [f"Disinterest in {genre}" for genre in dislikes])


def transcripts(method: str, users: range, skill: float, strategies: tuple[str, ...], rounds: int):
    """One transcript per user, recommender and strategy."""
    for user in users:
        likes, dislikes = taste(user)
        for recommender in RECOMMENDERS:
            for strategy in strategies:
                random = stream(6, f"{method} {strategy}", user, recommender)
                known = likes if method == "dgdpo" else likes[:2]
                text = describe(known, dislikes if method == "dgdpo" else [])
                played = [play(user, number, likes, known, text, skill, random) for number in range(1, rounds + 1)]
                yield {
                    "user": user,
                    "method": method,
                    "recommender": recommender,
                    "strategy": strategy,
                    "history": list(range(20, 30)),
                    "rounds": played,
                    "profile": {"text": text, "earlier": []},
                }


def play(user, number, likes, known, text, skill, random):
    """One round of twenty items."""
    shown = [int(i) for i in stream(8, "shown", user, number).permutation(ITEMS)[:20]]
    truth = next((place for place, i in enumerate(shown) if set(CATALOG[i]["genres"]) & set(likes)), 0)
    verdicts = []
    for i in shown:
        mine = [genre for genre in CATALOG[i]["genres"] if genre in known]
        yes = bool(mine) if random.random() < skill else bool(random.random() < 0.3)
        reason = f"{mine[0]} is what the profile asks for." if mine else f"The profile says nothing of {CATALOG[i]['genres'][0]}."
        verdicts.append({"yes": yes, "reason": reason})
    chosen = next((place for place, verdict in enumerate(verdicts) if verdict["yes"]), None)
    lines = (f"{k}. ALIGN: {'yes' if v['yes'] else 'no'}; REASON: {v['reason']}" for k, v in enumerate(verdicts, start=1))
    raw = "\n".join(lines)
    return {
        "round": number,
        "shown": shown,
        "scores": [round(5 - 0.21 * place, 6) for place in range(20)],
        "truth": truth,
        "reaction": {
            "verdicts": verdicts,
            "missing": 1 if number == 4 and user % 5 == 0 else 0,
            "selected": chosen,
            "rating": 4 if chosen is not None else None,
            "exit": False,
            "status": "lenient" if user % 7 == 0 and number == 2 else "strict",
            "raw": raw,
        },
        "profile": text,
    }


def treatments(users: range):
    """Two batches per user; every third user's second refinement is rejected."""
    for user in users:
        likes, dislikes = taste(user)
        before = describe(likes[:2], [likes[2]])
        for batch in (1, 2):
            genre = likes[2] if batch == 1 else likes[3]
            after = describe(likes[:3], []) if batch == 1 else describe(likes, dislikes)
            accepted = not (batch == 2 and user % 3 == 0)
            cases = [
                {
                    "item": i,
                    "title": CATALOG[i]["title"],
                    "genres": CATALOG[i]["genres"],
                    "rating": 4.0 + k % 2,
                    "reason": f"The profile says nothing of {CATALOG[i]['genres'][0]}.",
                    "label": LABELS[(user + k) % 3],
                    "evidence": f"{genre} is unmentioned",
                    "status": "strict",
                    "accepted_later": accepted and k < 2,
                }
                for k, i in enumerate((user * 7 + batch * 31 + n) % ITEMS for n in range(4))
            ]
            yield {
                "user": user,
                "batch": batch,
                "cases": cases,
                "reasons": [
                    f"The profile lacks {case['genres'][0]}, yet the rating is {case['rating']:.0f}/5." for case in cases
                ],
                "suggestions": [f"Introduce a preference for {genre}.", f"Remove the disinterest in {likes[2]}."],
                "before": before,
                "after": after if accepted else before,
                "accepted": accepted,
                "rejected_because": None if accepted else "names_title",
            }
            before = after if accepted else before


def profiles(method: str, users: range):
    """First and last profile of every user."""
    rejected = 0
    for user in users:
        likes = taste(user)[0]
        first = describe(likes[:2], [likes[2]] if method == "dgdpo" else [])
        last = first
        for line in treatments(range(user, user + 1)) if method == "dgdpo" else ():
            last, rejected = line["after"], rejected + (not line["accepted"])
        yield {
            "user": user,
            "initial": first,
            "final": last,
            "yes_rate_before": 0.5 if method == "dgdpo" else None,
            "yes_rate_after": 0.7 if method == "dgdpo" else None,
            "batches": 2 if method == "dgdpo" else 0,
            "cases_unused": user % 4 if method == "dgdpo" else 0,
        }


PREDICTORS = {
    "diagnoser": 0.95,
    "without_pretraining": 0.6,
    "without_finetuning": 0.35,
    "general": 0.63,
    "majority": None,
    "profile_words": 0.1,
    "item_words": 0.1,
    "bag_of_words": 0.4,
    "keyword_rule": 0.97,
}


def predictions(samples: int):
    """Every predictor on every split."""
    for split, harder in (("random", 0.0), ("unseen", 0.02), ("unseen_phrasing", 0.2), ("literal", 0.01)):
        for predictor, skill in PREDICTORS.items():
            for number in range(samples):
                random = stream(9, f"{split} {predictor}", number)
                truth = LABELS[number % 3]
                right = skill is not None and random.random() < skill - harder
                said = truth if right else LABELS[int(random.integers(3))] if skill is not None else LABELS[0]
                unreadable = predictor == "general" and number % 25 == 0
                yield {
                    "sample": f"{split}-{number:04d}",
                    "user": number // 5,
                    "split": split,
                    "truth": truth,
                    "predictor": predictor,
                    "predicted": None if unreadable else said,
                    "status": "fallback" if unreadable else "strict",
                }


def replies(prompts: dict[str, int]) -> dict[str, object]:
    """`replies.json`."""
    return {
        "prompts": {
            prompt: {
                "calls": calls,
                "prompt_tokens": 350 * calls,
                "completion_tokens": 40 * calls,
                "cached_tokens": 100 * calls,
                "statuses": {"strict": calls - 3, "lenient": 1, "repair": 1, "fallback": 1, "refusal": 0},
            }
            for prompt, calls in prompts.items()
        },
        "counters": {"refine_rejected": 4},
    }


def scripted_project(
    root: Path,
    users: int = 12,
    rounds: int = 10,
    strategies: tuple[str, ...] = ("none",),
    samples: int = 150,
    papers: tuple[str, ...] = ("dgdpo",),
    **edits: object,
) -> Project:
    """A checkout with the real specs of some papers, and the data and runs of DGDPO that `evaluate` needs.

    `edits` change fields of every `run.json`.
    """
    knobs = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    knobs["mode"] = edits.get("mode", "rehearsal")
    root.mkdir(parents=True, exist_ok=True)
    (root / "params.yaml").write_text(yaml.safe_dump(knobs), encoding="utf-8")
    others = [path.parent.name for path in ROOT.glob("specs/*/paper.yaml") if path.parent.name not in papers]
    shutil.copytree(ROOT / "specs", root / "specs", dirs_exist_ok=True, ignore=shutil.ignore_patterns(*others))
    project = Project(root, Params.model_validate(knobs))
    everybody = range(100, 100 + users)
    write_data(project.build / "data" / "ml-1m", everybody, str(edits.get("source", "town")))
    about = {
        "mode": knobs["mode"],
        "engine": "heuristic",
        "model": "heuristic-1",
        "dataset": "ml-1m",
        "source": "town",
        "data_sha256": "d" * 64,
        "prompts": {"dgdpo/round.v1": "a" * 64, "dgdpo/init.v1": "b" * 64},
        "users": users,
        "seed": 42,
        "version": "0.1.0",
        **edits,
    }
    for method, skill in (("agent4rec", 0.7), ("dgdpo", 0.9)):
        folder = project.build / "runs" / "dgdpo" / f"ml-1m-{method}"
        spec = {"kind": "simulation", "dataset": "ml-1m", "method": {"kind": method}}
        spec |= {"recommenders": list(RECOMMENDERS), "strategies": list(strategies)}
        write_json(folder / "run.json", {"key": f"dgdpo/ml-1m-{method}", "kind": "simulation", "spec": spec, **about})
        write_jsonl(folder / "transcripts.jsonl", transcripts(method, everybody, skill, strategies, rounds))
        write_jsonl(folder / "profiles.jsonl", profiles(method, everybody))
        calls = {"dgdpo/init.v1": users, "dgdpo/round.v1": users * 40}
        if method == "dgdpo":
            write_jsonl(folder / "treatments.jsonl", treatments(everybody))
            calls |= {"dgdpo/infer.v1": users * 8, "dgdpo/suggest.v1": users * 2, "dgdpo/refine.v1": users * 2}
        write_json(folder / "replies.json", replies(calls))
    folder = project.build / "runs" / "dgdpo" / "ml-1m-diagnosis"
    write_json(folder / "run.json", {"key": "dgdpo/ml-1m-diagnosis", "kind": "diagnosis", "spec": {"kind": "diagnosis"}, **about})
    write_jsonl(folder / "predictions.jsonl", predictions(samples))
    write_json(folder / "replies.json", replies({"dgdpo/diag.v1": 450}))
    write_json(project.build / "corpora" / "dgdpo" / "ml-1m-corpus" / "replies.json", replies({"dgdpo/opposite.v1": 900}))
    return project


def few(project: Project) -> Project:
    """The same checkout, whose paper file names no run but those that are scripted."""
    path = project.root / "specs" / "dgdpo" / "paper.yaml"
    paper = yaml.safe_load(path.read_text(encoding="utf-8"))
    here = {str(found.parent.relative_to(project.build / "runs")) for found in project.build.glob("runs/*/*/run.json")}
    lines = [row for table in paper["tables"] for block in table["blocks"] for row in block["rows"]]
    for line in [*lines, *(line for figure in paper["figures"] for line in figure["lines"])]:
        if line.get("run") not in here:
            line.pop("run", None)
    for figure in paper["figures"]:  # drawn for Books
        for line in figure["lines"]:
            line["run"] = f"dgdpo/ml-1m-{line['row'].lower()}" if line["row"] in ("Agent4Rec", "DGDPO") else None
    for name in ("beyond", "headline", "case_studies"):
        paper.pop(name)
    paper["tuning"].pop("runs")
    path.write_text(yaml.safe_dump(paper, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return project


def write_data(folder: Path, users: range, source: str) -> None:
    """What `preprocess` leaves, as far as `evaluate` and `report` read it."""
    write_json(folder / "dataset.json", {"name": folder.name, "source": source, "sha256": "d" * 64})
    write_jsonl(folder / "items.jsonl", CATALOG)
    core = {"users": len(users), "items": ITEMS, "interactions": 40 * len(users)}
    report = {
        "counts": {"source": {**core, "items": ITEMS + 5}, "core": core, "kept": core},
        "sparsity": 60.0,
        "mean_length": 40.0,
        "mean_length_kept": 40.0,
        "parts": {"older": 0, "train": 29 * len(users), "valid": len(users), "test": 10 * len(users)},
        "ratings": {"1": 20, "2": 40, "3": 110, "4": 200, "5": 110},
    }
    write_json(folder / "report.json", report)
    lines = ({"user": user, "likes": taste(user)[0], "dislikes": taste(user)[1], "aspects": []} for user in users)
    (folder / "planted.jsonl").write_text("".join(dumps(line) + "\n" for line in lines), encoding="utf-8")
