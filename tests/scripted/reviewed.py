"""A few places with reviews, and scripted replies to the ensemble's prompts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from reproduce.data.prepared import Dataset
from reproduce.data.reviews import Reviews
from reproduce.files import write_jsonl
from reproduce.params import EnsembleKnobs

KNOBS = EnsembleKnobs(rare_category=1, common_category=1.0, rare_keyword=1, common_keyword=1.0, dimensions=4)
Row = tuple[int, int, float, str, str | None]
ROWS: list[Row] = [
    (0, 0, 5.0, "train", "The staff were friendly."),
    (0, 1, 2.0, "train", "The service was slow."),
    (0, 2, 4.0, "valid", "A secret of validation."),
    (0, 3, 4.0, "test", "A secret of the test."),
    (1, 0, 1.0, "train", "Rude staff."),
    (1, 1, 3.0, "train", "   "),
    (1, 2, 3.0, "train", None),
]


def dataset(folder: Path, rows: list[Row] = ROWS, genres: tuple[list[str], ...] = (["Bars"], ["Bars", "Food"], [], ["Food"])):
    """Items 0 to 3 and whatever users these rows have."""
    log = pd.DataFrame([row[:4] for row in rows], columns=["user", "item", "rating", "part"])
    log.insert(3, "timestamp", range(len(rows)))
    items = pd.DataFrame(
        {
            "item": range(len(genres)),
            "title": [f"Place {item}" for item in range(len(genres))],
            "year": None,
            "genres": list(genres),
            "description": ["WiFi: free", "", "", ""][: len(genres)],
            "train_mean": None,
        }
    ).set_index("item")
    users = pd.DataFrame({"user": sorted({row[0] for row in rows})}).set_index("user")
    write_jsonl(folder / "reviews.jsonl", [{"user": r[0], "item": r[1], "text": r[4]} for r in rows if r[4] is not None])
    return Dataset("yelp", "test", "0" * 64, users, items, log, (0,), texts=Reviews(folder / "reviews.jsonl"))


def objective(inputs) -> str:
    """The item's number as a keyword of either side, in the whole format."""
    number = inputs["item"]["name"].split()[1]
    sides = (("Pros", "good"), ("Cons", "bad"))
    return "\n".join(f"{s} {n}: x\nEvidence: WiFi\nKeywords: {w} {number}" for s, w in sides for n in (1, 2, 3))


def subjective(inputs) -> str:
    """The comment itself as a keyword."""
    side, said = inputs["side"], inputs["comment"].rstrip(".")
    return "\n".join(f"{side} {n}: x\nKeywords: {said}\nEvidence: {said}" for n in (1, 2, 3))


SCRIPT = {"ensemble/objective": objective, "ensemble/subjective": subjective}
