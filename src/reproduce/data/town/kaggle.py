"""The town's anime in the raw format of the Anime Recommendations Database on Kaggle."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from reproduce.data.town.choices import Entry
from reproduce.data.town.dice import Dice
from reproduce.data.town.domains import Domain
from reproduce.data.town.works import Work


def anime(domain: Domain, seed: int, works: Sequence[Work], entries: Iterable[Entry]) -> str:
    """`anime.csv`; `members` counts all who watched, `rating` is the mean of those who rated."""
    given: dict[int, list[int]] = {work.id: [] for work in works}
    for entry in entries:
        given[entry.work].append(entry.rating)
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(("anime_id", "name", "genre", "type", "episodes", "rating", "members"))
    for work in works:
        dice = Dice(seed, domain.stream("broadcast"), work.id)
        rated = [rating for rating in given[work.id] if rating > 0]
        kind = "Movie" if work.title.endswith("Movie") else ("TV", "TV", "TV", "OVA", "Movie")[dice.below(5)]
        episodes = {"Movie": 1, "OVA": dice.between(2, 6)}.get(kind, 12 * dice.between(1, 4))
        mean = f"{sum(rated) / len(rated):.2f}" if rated else ""
        shown = "Unknown" if dice.chance(3) else str(episodes)
        table.writerow((work.id, work.title, ", ".join(work.genres), kind, shown, mean, len(given[work.id])))
    return file.getvalue()


def ratings(entries: Iterable[Entry]) -> str:
    """`rating.csv`, grouped by user and in the order of watching; -1 where it was not rated."""
    rows = "".join(f"{entry.person},{entry.work},{entry.rating}\n" for entry in entries)
    return f"user_id,anime_id,rating\n{rows}"
