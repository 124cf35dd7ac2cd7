"""Recommenders: training against stock RecBole, incremental against full scoring, training times.

    python bench/recommenders.py                    # what needs no real data: town, scoring
    REPRODUCE_DATASETS=<folder> python bench/recommenders.py town scoring ml-100k ml-1m

CPU seconds (user + system) of one thread, so that a busy machine counts less. `ml-100k` trains stock RecBole's SASRec for three
epochs (about seven minutes) and then ours until it is as good on the same validation rows; both are timed from building the
data set to the end of the epoch's validation, and both with autograd's anomaly mode off, which stock RecBole leaves on.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import tempfile
import time
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import torch
from _table import table

from reproduce.data.prepared import Dataset
from reproduce.interaction.rounds import Encounter
from reproduce.interaction.transcript import Profile
from reproduce.methods.kuaisim.simulator import KuaiSim
from reproduce.params import Interaction as Rounds
from reproduce.params import KuaiSimKnobs
from reproduce.project import Project
from reproduce.recommenders import compat, fitting, settings
from reproduce.recommenders.seeding import reproducible
from reproduce.recommenders.trained import Trained
from reproduce.recommenders.windows import WindowDataset
from reproduce.responses import settings as responses_settings
from reproduce.responses.trained import ResponseModel

ROOT = Path(__file__).parents[1]
USERS, ITEMS, HISTORY, ROUNDS, CANDIDATES = 1000, 1682, 40, 9, 20
STOCK_EPOCHS = 3


def main() -> None:
    torch.set_num_threads(1)
    parts = {"town": town, "scoring": scoring, "responses": responses, "ml-100k": against_stock, "ml-1m": ml_1m}
    for name in sys.argv[1:] or ["town", "scoring", "responses"]:
        parts[name]()


def town() -> None:
    """The rehearsal's four recommenders on the embedded data, beside ranking by popularity."""
    table("Training on the embedded town (rehearsal)", training_rows(prepared("town"), epochs=10))


def ml_1m() -> None:
    """The rehearsal's settings, one epoch over MovieLens 1M."""
    source = "ml-1m" if (datasets() / "ml-1m" / "ratings.dat").exists() else "ml-1m-ranks"
    table(f"One epoch on MovieLens 1M (source {source}, rehearsal settings)", training_rows(prepared(source), epochs=1))


def responses() -> None:
    """KuaiSim on the embedded data: training for the rehearsal, and ten rounds of all users with four recommenders."""
    dataset = prepared("town")
    start = time.process_time()
    model = ResponseModel.fit(dataset, responses_settings.small(10, 10, 4), seed=1, pages_seed=42)
    spent, found = time.process_time() - start, model.metrics
    simulator = KuaiSim(dataset, model, KuaiSimKnobs())
    users = range(len(dataset.users))
    profiles = {user: Profile(text="") for user in users}
    start = time.process_time()
    for name in settings.TITLES:
        encounter = Encounter(dataset, simulator, Rounds(), 1)
        asyncio.run(encounter.play(simulator.name, name, Numbered(), "none", profiles))
    rounds = time.process_time() - start
    row = {
        "epochs": found["epochs"],
        "training, CPU s": f"{spent:.1f}",
        "F1": f"{found['f1']:.4f}",
        "F1 of popularity": f"{found['references']['popularity']['f1']:.4f}",
        "AUC": f"{found['auc']:.4f}",
        "AUC of popularity": f"{found['references']['popularity']['auc']:.4f}",
        f"10 rounds, {len(users)} users, 4 recommenders, CPU s": f"{rounds:.1f}",
    }
    table("KuaiSim's response model on the embedded town (rehearsal)", [row])


class Numbered:
    """A recommender that costs nothing: it ranks by number."""

    def begin(self, users: object, histories: object) -> Numbered:
        return self

    def score(self, candidates: list[tuple[int, ...]]) -> np.ndarray:
        return -np.array(candidates, dtype=float)

    def append(self, items: object) -> None:
        """It has no state."""


def training_rows(dataset: Dataset, epochs: int) -> list[dict[str, object]]:
    rows = []
    for name in settings.TITLES:
        start = time.process_time()
        found = Trained.fit(dataset, name, settings.small(name, epochs, 10), seed=1).metrics
        spent = time.process_time() - start
        rows.append(
            {
                "recommender": settings.TITLES[name],
                "epochs": found["epochs"],
                "CPU s": f"{spent:.1f}",
                "NDCG@10": f"{found['ndcg@10']:.4f}",
                "hit@10": f"{found['hit@10']:.4f}",
                "popularity": f"{found['references']['popularity']['ndcg@10']:.4f}",
                "random": f"{found['references']['random']['ndcg@10']:.4f}",
            }
        )
    return rows


def against_stock() -> None:
    """SASRec with RecBole's own defaults: after each stock epoch, what ours needed to be as good."""
    dataset = prepared("ml-100k")
    table("Training on MovieLens 100K (rehearsal)", training_rows(dataset, epochs=10))
    wanted = settings.Settings(50, 64, 1e-3, settings.STOCK["sasrec"], epochs=40, patience=40)
    stock = timed_epochs(dataset, replace(wanted, batch_size=2048, epochs=STOCK_EPOCHS), stock=True, goal=2.0)
    ours = timed_epochs(dataset, wanted, stock=False, goal=max(score for _, score in stock))
    rows: list[dict[str, object]] = []
    for number, (spent, score) in enumerate(stock, 1):
        reached = next(((n, cpu, found) for n, (cpu, found) in enumerate(ours, 1) if found >= score), None)
        rows.append(
            {
                "stock epochs": number,
                "CPU s": f"{spent:.1f}",
                "NDCG@10": f"{score:.4f}",
                "windows: epochs": reached[0] if reached else "not reached",
                "windows: CPU s": f"{reached[1]:.1f}" if reached else "",
                "windows: NDCG@10": f"{reached[2]:.4f}" if reached else "",
                "ratio": f"{spent / reached[1]:.1f}" if reached else "",
            }
        )
    table("SASRec on MovieLens 100K to stock RecBole's NDCG@10 (validation, full ranking)", rows)


class Reached(Exception):
    """Training may stop."""


def timed_epochs(dataset: Dataset, wanted: settings.Settings, *, stock: bool, goal: float) -> list[tuple[float, float]]:
    """(CPU seconds since the start, NDCG@10) after each epoch, until the goal is reached."""
    found: list[tuple[float, float]] = []
    with compat.undisturbed() as folder, reproducible(1):
        config = fitting.recbole_config("sasrec", wanted, 1, folder)
        if stock:
            write_atomic(dataset, Path(folder), config)
        start = time.process_time()
        if stock:
            source = compat.SequentialDataset(config)
            parts = source.build()
        else:
            source = WindowDataset(config, dataset)
            parts = source.build()
        samplers = compat.create_samplers(config, source, parts)
        train = compat.get_dataloader(config, "train")(config, parts[0], samplers[0], shuffle=True)
        valid = compat.get_dataloader(config, "valid")(config, parts[1], samplers[1], shuffle=False)
        model = (compat.SASRec if stock else fitting.SASRec)(config, train.dataset).to(config["device"])

        def after(_: int, score: float) -> None:
            found.append((time.process_time() - start, score))
            if score >= goal:
                raise Reached

        with suppress(Reached):
            compat.Trainer(config, model).fit(train, valid, verbose=False, saved=False, callback_fn=after)
    return found


def write_atomic(dataset: Dataset, folder: Path, config: object) -> None:
    """The same training and validation rows as RecBole's own file; its leave-one-out then validates the same items."""
    rows = dataset.interactions
    rows = rows[rows["part"].isin(("train", "valid"))]
    place = rows.groupby("user").cumcount()
    table = pd.DataFrame({"user_id:token": rows["user"], "item_id:token": rows["item"], "timestamp:float": place})
    (folder / "stock").mkdir()
    table.to_csv(folder / "stock" / "stock.inter", sep="\t", index=False)
    for key, value in {
        "dataset": "stock",
        "data_path": str(folder / "stock"),
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
        "eval_args": {
            "split": {"LS": "valid_only"},
            "group_by": "user",
            "order": "TO",
            "mode": {"valid": "full", "test": "full"},
        },
    }.items():
        config[key] = value  # type: ignore[index]  # RecBole has no types


def scoring() -> None:
    """One round for 1,000 users: RecBole's full ranking of the catalogue and a gather, against one step of the state."""
    draw = np.random.default_rng(1)
    dataset = random_walks(draw)
    rows = []
    for name in settings.TITLES:
        length = 1 if name == "fpmc" else 50
        shape = settings.Settings(length, 256, 1e-3, settings.STOCK[name], epochs=1)
        trained = Trained.fit(dataset, name, shape, seed=1)
        users = list(range(USERS))
        histories = [[step.item for step in dataset.train(user)] for user in users]
        start = time.process_time()
        session = trained.begin(users, histories)
        began = time.process_time() - start
        step, full, full_single, gap = [], [], [], 0.0
        single = Trained(name, trained.about, trained.parameters, {}).model.float()
        for _ in range(ROUNDS):
            candidates = draw.integers(ITEMS, size=(USERS, CANDIDATES)).tolist()
            start = time.process_time()
            mine = session.score(candidates)
            scored = time.process_time() - start
            theirs, spent = full_sort(trained.model, users, histories, candidates)
            full.append(spent)
            full_single.append(full_sort(single, users, histories, candidates)[1])
            gap = max(gap, float(np.abs(mine - theirs).max()))
            chosen = [items[0] for items in candidates]
            start = time.process_time()
            session.append(chosen)
            step.append(scored + time.process_time() - start)
            for history, item in zip(histories, chosen, strict=True):
                history.append(item)
        rows.append(
            {
                "recommender": settings.TITLES[name],
                "step (double)": f"{1000 * median(step):.0f} ms",
                "full (double)": f"{1000 * median(full):.0f} ms",
                "full (single)": f"{1000 * median(full_single):.0f} ms",
                "begin, once": f"{1000 * began:.0f} ms",
                "largest difference": f"{gap:.0e}",
            }
        )
    table(
        f"Scoring {CANDIDATES} candidates for {USERS} users, histories of {HISTORY} and growing, L = 50, per round (median)", rows
    )


def full_sort(
    model: object, users: list[int], histories: list[list[int]], candidates: list[list[int]]
) -> tuple[np.ndarray, float]:
    """RecBole's `full_sort_predict`, then the candidates' columns; and the CPU seconds it took."""
    longest = model.max_seq_length  # type: ignore[attr-defined]  # RecBole has no types
    start = time.process_time()
    sequences = torch.zeros(len(users), longest, dtype=torch.int64)
    for row, history in enumerate(histories):
        sequences[row, : len(history)] = torch.tensor(history[-longest:]) + 1
    lengths = torch.tensor([min(len(history), longest) for history in histories])
    fields = {"user_id": torch.tensor(users) + 1, "item_id_list": sequences, "item_length": lengths}
    scores = model.full_sort_predict(compat.Interaction(fields))  # type: ignore[attr-defined]  # RecBole has no types
    chosen = scores.gather(1, torch.tensor(candidates) + 1).numpy()
    return chosen, time.process_time() - start


def random_walks(draw: np.random.Generator) -> Dataset:
    """Users with histories of equal length."""
    user = np.repeat(np.arange(USERS), HISTORY + 1)
    time_ = np.tile(np.arange(HISTORY + 1), USERS)
    rows = {"user": user, "item": draw.integers(ITEMS, size=len(user)), "rating": 4.0, "timestamp": time_}
    table = pd.DataFrame({**rows, "part": np.where(time_ == HISTORY, "valid", "train")})
    frame = pd.DataFrame(index=pd.RangeIndex(ITEMS))
    return Dataset("walks", "walks", "", frame.iloc[:USERS], frame, table, tuple(range(USERS)))


def prepared(source: str) -> Dataset:
    """A source as stage `preprocess` leaves it, in a scratch folder."""
    from reproduce.data import embedded
    from reproduce.stages import preprocess

    params = Project.here(ROOT).params
    mode = params.rehearsal.model_copy(update={"sources": {"ml-1m": source}})
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "specs").symlink_to(ROOT / "specs")
        embedded.write(Path(folder))
        project = Project(Path(folder), params.model_copy(update={"mode": "rehearsal", "rehearsal": mode}))
        with redirect_stdout(io.StringIO()):
            preprocess.run(project, "ml-1m")
        return Dataset.load(project.build / "data" / "ml-1m")


def datasets() -> Path:
    """Where the real data are."""
    return Path(os.environ.get("REPRODUCE_DATASETS", "."))


if __name__ == "__main__":
    main()
