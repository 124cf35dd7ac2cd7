"""The town's places in the raw format of the Yelp Open Dataset, on both banks of a river that is the border of a state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from reproduce.data.town.choices import Entry
from reproduce.data.town.dice import Dice
from reproduce.data.town.domains import Domain
from reproduce.data.town.places import ATTRIBUTES, PARENTS
from reproduce.data.town.works import Work

_BANKS = (("MO", "West Bank", "63"), ("IL", "East Bank", "62"))
_FAR = 22
"""So many of a hundred places are on the other bank."""


def businesses(domain: Domain, seed: int, works: Sequence[Work], entries: Sequence[Entry]) -> Iterator[dict[str, object]]:
    """One row each; a few have no categories or no attributes, as on Yelp."""
    given: dict[int, list[int]] = {work.id: [] for work in works}
    for entry in entries:
        given[entry.work].append(entry.rating)
    for work in works:
        dice = Dice(seed, domain.stream("addresses"), work.id)
        state, city, zip_code = _BANKS[dice.chance(_FAR)]
        stars = given[work.id]
        yield {
            "business_id": domain.asin.format(work.id * 7_919),
            "name": _name(work.title),
            "address": f"{dice.between(1, 999)} {work.maker.split()[-1]} Street",
            "city": city,
            "state": state,
            "postal_code": f"{zip_code}{dice.below(1000):03d}",
            "latitude": round(38.6 + dice.below(1000) / 10_000, 4),
            "longitude": round(-90.2 + (state == "IL") * 0.1 + dice.below(1000) / 10_000, 4),
            "stars": round(2 * sum(stars) / len(stars)) / 2 if stars else 3.0,
            "review_count": len(stars),
            "is_open": int(dice.chance(85)),
            "attributes": _attributes(dice, work),
            "categories": None if dice.chance(3) else ", ".join(_categories(work)),
            "hours": None,
        }


def reviews(rows: Sequence[tuple[Entry, str]], domain: Domain) -> Iterator[dict[str, object]]:
    """One row each, as they were given."""
    for number, (entry, text) in enumerate(rows):
        moment = datetime(1970, 1, 1) + timedelta(seconds=entry.timestamp)
        yield {
            "review_id": f"review-{number * 7_919:015d}",
            "user_id": domain.reviewer.format(entry.person * 104_729),
            "business_id": domain.asin.format(entry.work * 7_919),
            "stars": float(entry.rating),
            "useful": 0,
            "funny": 0,
            "cool": 0,
            "text": text,
            "date": moment.isoformat(" "),
        }


def _name(title: str) -> str:
    """`Crooked Mill, The` hangs over no door."""
    return f"The {title.replace(', The', '')}" if ", The" in title else title


def _categories(work: Work) -> list[str]:
    parents = dict.fromkeys(PARENTS.get(genre, "Restaurants") for genre in work.genres)
    return [*parents, *work.genres]


def _attributes(dice: Dice, work: Work) -> Mapping[str, str] | None:
    told = {name: "True" if dice.chance(80) else "False" for name in ("BusinessAcceptsCreditCards", "BikeParking", "HasTV")}
    for aspect, sign in work.aspects.items():
        if aspect in ATTRIBUTES:
            name, strong, weak = ATTRIBUTES[aspect]
            told[name] = strong if sign > 0 else weak
    return None if dice.chance(5) else told
