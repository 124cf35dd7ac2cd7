"""A handful of users, films and replies from a script: input for the tests of methods and interaction.

Everything is worked out from numbers, so that a test can say by hand what must come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from reproduce.data.prepared import Dataset
from reproduce.files import write_json, write_jsonl
from reproduce.llm.question import Question, Reading
from reproduce.methods.agent4rec.page import ROUND
from reproduce.methods.agent4rec.questions import DECIDE, INIT
from reproduce.methods.dgdpo.questions import GENOPT, INFER, INFER_ACCEPTED, REFINE, UPDATE

GENRES = ("Action", "Comedy", "Crime", "Drama", "Horror", "Western")
ADJECTIVES = ("Quiet", "Golden", "Broken", "Hidden", "Paper", "Winter", "Hollow", "Silent")
NOUNS = ("River", "Empire", "Promise", "Garden", "Station", "Orchard", "Signal", "Harbour", "Letters", "Machine")
ITEMS = 80
QUESTIONS = {question.prompt: question for question in (INIT, DECIDE, ROUND, INFER, INFER_ACCEPTED, GENOPT, REFINE, UPDATE)}


def title(item: int) -> str:
    """No two are alike."""
    return f"{ADJECTIVES[item % 8]} {NOUNS[item // 8]} ({1960 + item % 40})"


def genres(item: int) -> list[str]:
    """One or two of six."""
    return sorted({GENRES[item % 6], GENRES[item * 5 // 7 % 6]})


def rating(user: int, item: int) -> int:
    """1 to 5."""
    return 1 + (7 * user + 3 * item) % 5


def village(users: int = 4, train: Sequence[int] = (12, 20, 15, 25), test_ratings: bool = True) -> Dataset:
    """Users with so many training interactions, one for validation and ten for the test, all of different items.

    Without `test_ratings` the ratings of validation and test are all 3, and the file knows no mean of anything but training rows.
    """
    rows = []
    for user in range(users):
        order = [(item * 13 + user * 29) % ITEMS for item in range(ITEMS)]  # 13 and 80 have no common factor
        n = train[user % len(train)]
        parts = ["train"] * n + ["valid"] + ["test"] * 10
        for time, (item, part) in enumerate(zip(order, parts, strict=False)):
            known = part == "train" or test_ratings
            rows.append((user, item, float(rating(user, item)) if known else 3.0, 1000 + time, part))
    log = pd.DataFrame(rows, columns=["user", "item", "rating", "timestamp", "part"])
    means = log[log["part"] == "train"].groupby("item")["rating"].mean()
    items = pd.DataFrame(
        {
            "item": range(ITEMS),
            "raw_id": [str(item + 1) for item in range(ITEMS)],
            "title": [title(item) for item in range(ITEMS)],
            "year": [1960 + item % 40 for item in range(ITEMS)],
            "genres": [genres(item) for item in range(ITEMS)],
            "description": "",
            "train_count": 0,
            "train_mean": [means.get(item) for item in range(ITEMS)],
        }
    ).set_index("item")
    people = pd.DataFrame({"user": range(users), "raw_id": [str(user + 1) for user in range(users)]}).set_index("user")
    return Dataset("village", "village", "0" * 64, people, items, log, tuple(reversed(range(users))))


def write(dataset: Dataset, folder: Path) -> None:
    """The folder from which `Dataset.load` reads it back."""
    about = {"name": dataset.name, "source": dataset.source, "sha256": dataset.sha256}
    write_json(folder / "dataset.json", about)
    dataset.users.to_csv(folder / "users.csv")
    rows = dataset.items.reset_index().to_dict("records")
    write_jsonl(
        folder / "items.jsonl", ({**row, "train_mean": None if pd.isna(row["train_mean"]) else row["train_mean"]} for row in rows)
    )
    dataset.interactions.to_csv(folder / "interactions.csv", index=False)
    pd.DataFrame({"user": dataset.order}).to_csv(folder / "order.csv", index=False)


Script = Mapping[str, Callable[[Mapping[str, object]], str]]


class ScriptedLlm:
    """Answers every prompt by its script, remembers what was asked, and reads strictly."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[tuple[str, Mapping[str, object]]] = []

    async def ask(self, question: Question, /, **inputs: object) -> Reading:
        self.asked.append((question.prompt, inputs))
        text = self.script[question.prompt](inputs)
        return Reading(question.strict(text, inputs), "strict", text, f"{question.prompt}.v1")

    def calls(self, prompt: str) -> list[Mapping[str, object]]:
        """The inputs of every call of one prompt."""
        return [inputs for name, inputs in self.asked if name == prompt]


def page(yes: Iterable[int], shown: int, select: int | None = None, leave: bool = False) -> str:
    """A reply to `round`: yes to these positions (from 1), then the selection."""
    lines = [f"{k}. ALIGN: {'yes' if k in set(yes) else 'no'}; REASON: scripted" for k in range(1, shown + 1)]
    end = [f"SELECT: {select or 'none'}", f"RATING: {4 if select else 'none'}", f"NEXT: {'exit' if leave else 'continue'}"]
    return "\n".join(lines + end)


class ByNumber:
    """A recommender that likes items with low numbers, and remembers the histories of its users."""

    def __init__(self) -> None:
        self.histories: list[list[int]] = []
        self.users: list[int] = []

    def score(self, users, histories, candidates):
        return -np.array(candidates, dtype=float)

    def begin(self, users, histories):
        self.users = list(users)
        self.histories = [list(history) for history in histories]
        recommender = self

        class Session:
            def score(self, candidates):
                return recommender.score(recommender.users, recommender.histories, candidates)

            def append(self, items):
                for history, item in zip(recommender.histories, items, strict=True):
                    history.extend([] if item is None else [item])

        return Session()
