"""The embedded town: the same bytes everywhere, sound worlds, tastes that can be found."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from reproduce.data import embedded, prepare, sources
from reproduce.data.catalog import Catalog
from reproduce.data.filters import k_core
from reproduce.data.raw import RawFiles
from reproduce.data.town import choices, people, works
from reproduce.data.town.books import BOOKS
from reproduce.data.town.dice import Dice
from reproduce.data.town.films import FILMS
from reproduce.errors import DataError
from reproduce.llm.lexical import words
from reproduce.params import Data
from reproduce.project import Project

GOLDEN = {
    "README": "a5c3c5873030b06fd1d273c78325ea91e6745cf259943279b4376377197413be",
    "movielens/movies.dat": "cc516bdff25b216b359a597f7240cfacac32154a2d0642fefa9e0bd4fe2dadd0",
    "movielens/users.dat": "7e01cf4b8fc01411211a56e65185679c72a23bf06a72e4de930db834e4eb8eae",
    "movielens/ratings.dat": "02c36c363069c1fa6c764e20c626f6b977e16be5dc5557ff9f84453f4efb9d69",
    "amazon/reviews.json": "5d6f2013baba455c0406a1acb71665ef97eaf1c5473eee2b9fa2866190c33141",
    "amazon/meta.json": "937cb7e7f40ad11d88b9912ef98e6f9ee7a13fbb3b4002118e747920d5c1ec35",
    "tastes.jsonl": "e0e853ea874e35f21a94b3e1e16d7cdb19935ba5e2e6b769170e22306f1c8bc9",
    "books/reviews.json": "198c6b405168318757caea2407a4a5b494c85115bd8b8d876d653b8d4eeaadff",
    "books/meta.json": "2c2f45e3d71f48acd6cc439850f5fdee8cb48929afbdb67993434e0dfa1a3a81",
    "books/tastes.jsonl": "32341c32ccc47f4c03242cfcdf4094e539826e250538cf97e2266718e29d866b",
    "yelp/business.json": "b047a7f4afbd277db9ee16ae38debcb3febcb191bc501f86b86031154c590158",
    "yelp/review.json": "425fee8f4ea9e000eb547728cafa0d6eb7efe6840a87133f43f5d4198e22b4db",
    "yelp/tastes.jsonl": "92fd638c52f74fbfcd5fd33e6ce1e55ee61a0b468be8d6933aa690dd2c9c5ed4",
    "music/reviews.json": "5902a0e599f01e2ae13c7b50c167fa70ea858d7f7d35c6e3c7d2cc03608880c8",
    "music/meta.json": "cd1b6a0ae097a84cf70707646d74d9aeff86c34a016a5d207d9d3a9542bc2b42",
    "music/tastes.jsonl": "1938b3b2ea261592f424164bb56572f9e421b2610368bf5719badfb8a3bf7cdf",
    "games/reviews.json": "9023b86c31bcacc5a8eba1abef22e1207a30ad1b808df1be2ccf2ad38aab8ad7",
    "games/meta.json": "5b16b17656c46e96c4ac9da77037a0c3c7be2cc27d0c8425dcf750c609dec130",
    "games/tastes.jsonl": "f82922cae6950615c7997fb9d5b73ff0d1f47da108c40bc4a11abaf96223ec4e",
    "anime/anime.csv": "8ae9e1ac76b348f44fb2cf9b53e41bd37a88f159b3ceaaf09c3cb869e3e611f5",
    "anime/rating.csv": "8898db2204b4af0d397b35357f00fe82a482814397f4b8df9c23e1caef89177c",
    "anime/tastes.jsonl": "17d414ab4799ee368f64391576a6aa76ca8281dc29d68d76752d21abb5a23dc2",
}
"""SHA-256 of every file. A change here changes every rehearsal result: re-pin data.dvc and specs/datasets.yaml with it."""


@pytest.fixture(scope="module")
def town():
    return embedded.generate()


@pytest.fixture(scope="module")
def ratings(town):
    return [tuple(map(int, line.split("::"))) for line in town["movielens/ratings.dat"].decode().splitlines()]


DOMAINS = {
    "films": (FILMS, embedded.PEOPLE, embedded.WORKS),
    "books": (BOOKS, embedded.READERS, embedded.VOLUMES),
}
ANNEXES = dict(embedded.ANNEXES)
EVERY = {**DOMAINS, **ANNEXES}
every_domain = pytest.mark.parametrize(("domain", "n_people", "n_works"), EVERY.values(), ids=EVERY)
both_domains = pytest.mark.parametrize(("domain", "n_people", "n_works"), DOMAINS.values(), ids=DOMAINS)


def lines(content):
    return [json.loads(line) for line in content.splitlines()]


def test_every_file_has_its_golden_checksum(town):
    assert {name: hashlib.sha256(content).hexdigest() for name, content in town.items()} == GOLDEN


def test_the_catalog_pins_the_golden_checksums():
    catalog = Catalog.load(Project.root_of())
    for source in (source for source in catalog.sources.values() if source.embedded):
        for file in (*source.files.values(), source.tastes):
            assert GOLDEN[file.path] == file.sha256


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_with_another_hash_seed_writes_the_same_bytes(tmp_path, hash_seed):
    code = "import sys; from pathlib import Path; from reproduce.data.embedded import write; write(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})
    found = {
        path.relative_to(tmp_path / "data" / "town").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "data").rglob("*")
        if path.is_file()
    }
    assert found == GOLDEN


def test_another_seed_makes_another_town():
    one, other = (embedded.generate(seed, n_people=20, n_works=200) for seed in (1, 2))
    assert all(one[name] != other[name] for name in one if name != "README")


def test_the_town_stays_small(town):
    assert sum(map(len, town.values())) < 13_000_000


def test_writing_twice_keeps_what_is_there(tmp_path):
    assert len(embedded.write(tmp_path).new) == len(GOLDEN)
    assert len(embedded.write(tmp_path).kept) == len(GOLDEN)


def test_a_file_that_differs_is_not_overwritten_silently(tmp_path):
    embedded.write(tmp_path)
    edited = tmp_path / "data" / "town" / "movielens" / "users.dat"
    edited.write_text("mine")
    with pytest.raises(DataError, match=r"users.dat: differs from what `reproduce data` writes; delete it"):
        embedded.write(tmp_path)
    assert edited.read_text() == "mine"
    embedded.write(tmp_path, overwrite=True)
    assert hashlib.sha256(edited.read_bytes()).hexdigest() == GOLDEN["movielens/users.dat"]


def test_a_stray_file_beside_the_town_is_named_before_anything_is_written(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match=r"notes.txt: is no part of the embedded data"):
        embedded.write(tmp_path)
    assert not (tmp_path / "data" / "town").exists()


def test_everybody_has_twenty_interactions_and_the_mean_is_between_sixty_and_seventy(ratings):
    each = Counter(user for user, *_ in ratings)
    assert len(each) == embedded.PEOPLE
    assert min(each.values()) >= 20
    assert 60 <= len(ratings) / len(each) <= 70


def test_nobody_rates_a_film_twice_and_every_film_is_rated_five_times(ratings):
    pairs = [(user, film) for user, film, *_ in ratings]
    assert len(set(pairs)) == len(pairs)
    films_rated = Counter(film for _, film in pairs)
    assert len(films_rated) == embedded.WORKS
    assert min(films_rated.values()) >= 5


def test_ratings_spread_over_all_five_stars_as_real_ones_do(ratings):
    shares = Counter(rating for _, _, rating, _ in ratings)
    assert set(shares) == {1, 2, 3, 4, 5}
    assert 3.4 < sum(rating * n for rating, n in shares.items()) / len(ratings) < 3.9
    assert 0.08 < (shares[1] + shares[2]) / len(ratings) < 0.2


def test_time_never_runs_backwards_and_some_ratings_share_a_second(ratings):
    by_user = defaultdict(list)
    for user, _, _, time in ratings:
        by_user[user].append(time)
    assert all(times == sorted(times) for times in by_user.values())
    ties = sum(a == b for times in by_user.values() for a, b in pairwise(times))
    assert 0.1 < ties / len(ratings) < 0.5


def test_films_have_the_eighteen_genres_of_movielens():
    shown = "Action|Adventure|Animation|Children's|Comedy|Crime|Documentary|Drama|Fantasy|Film-Noir|Horror|Musical|Mystery"
    assert "|".join(FILMS.genres) == f"{shown}|Romance|Sci-Fi|Thriller|War|Western"


def test_no_two_genres_share_a_word_that_tells_them_in_a_profile():
    for domain in (FILMS, BOOKS, *(domain for domain, *_ in ANNEXES.values())):
        told = [words(genre) for genre in domain.genres]
        assert all(told)
        assert len(frozenset().union(*told)) == sum(map(len, told))


@every_domain
def test_every_genre_occurs_and_two_works_in_three_have_several(domain, n_people, n_works):
    made = works.make(domain, embedded.SEED, n_works)
    assert {genre for work in made for genre in work.genres} == set(domain.genres)
    assert all(work.genres == tuple(sorted(set(work.genres))) and 1 <= len(work.genres) <= 3 for work in made)
    assert 0.55 < sum(len(work.genres) > 1 for work in made) / len(made) < 0.75


@every_domain
def test_titles_are_different_and_tell_no_genre_and_no_aspect(domain, n_people, n_works):
    made = works.make(domain, embedded.SEED, n_works)
    names = (*domain.genres, *domain.aspects, "love", "laugh", "funny", "scary")
    telling = {part.lower() for name in names for part in name.replace("-", " ").split()} - {"of"}
    assert len({work.title for work in made}) == len(made)
    assert not [work.title for work in made if telling & set(work.title.lower().replace(",", "").replace(":", "").split())]
    assert any("é" in work.title or "ö" in work.title for work in made)
    assert any(work.title.endswith(", The") for work in made)


@both_domains
def test_sequels_follow_their_work_with_the_same_genres_and_are_shown_first_beside_it(domain, n_people, n_works):
    made = works.make(domain, embedded.SEED, n_works)
    sequels = [work for work in made if work.follows]
    assert len(sequels) > 30
    for work in sequels:
        first = made[work.follows - 1]
        assert (work.genres, work.maker) == (first.genres, first.maker)
        assert first.related[0] == work.id
        assert first.year <= work.year <= domain.newest


@every_domain
def test_planted_tastes_do_not_contradict_themselves(domain, n_people, n_works):
    for person in people.make(domain, embedded.SEED, n_people):
        for drifted in (False, True):
            likes, dislikes = person.tastes(drifted)
            assert not set(likes) & set(dislikes)
            assert len({*likes, *dislikes}) == len(likes) + len(dislikes)
            taste = person.taste(drifted)
            assert {genre for genre, strength in taste.items() if strength > 0} == set(likes)
            assert {genre for genre, strength in taste.items() if strength < 0} == set(dislikes)
        if person.drift:
            assert person.drift.gains not in person.likes
            assert person.drift.drops is None or person.drift.drops in person.likes


@both_domains
def test_a_verdict_by_planted_taste_finds_three_of_four_last_works_and_three_of_ten_others(domain, n_people, n_works):
    """The signal that the whole line lives on: recall and yes-rate in the range that the paper prints (dgdpo.md 2.2)."""
    made = works.make(domain, embedded.SEED, n_works)
    shelves = choices.Shelves(domain, made)
    hits = others = all_others = stale = 0
    for person in people.make(domain, embedded.SEED, n_people):
        seen = [entry.work for entry in choices.history(embedded.SEED, person, shelves)]
        liked, before = (
            {work.id for work in made if choices.liking(work, person.taste(drifted)) > 0} for drifted in (True, False)
        )
        hits += len(liked & set(seen[-10:]))
        stale += len(before & set(seen[-10:]))
        others += len(liked - set(seen))
        all_others += len(made) - len(seen)
    shown = 10 * n_people
    assert 0.70 < hits / shown < 0.78
    assert 0.25 < others / all_others < 0.35
    assert hits / shown - stale / shown > 0.07  # drift: the first profile is worth mending


@pytest.mark.parametrize(
    ("folder", "users", "items", "interactions"), [("amazon", 172, 292, 10_435), ("books", 240, 322, 13_759)]
)
def test_enough_of_either_shop_survives_the_papers_twenty_core(town, folder, users, items, interactions):
    """A hundred simulated users need ten test items, one for validation and two to train on."""
    reviews = lines(town[f"{folder}/reviews.json"])
    user, item = (np.unique([row[key] for row in reviews], return_inverse=True)[1] for key in ("reviewerID", "asin"))
    core = k_core(user, item, 20, "fixed_point")
    assert (len(set(user[core])), len(set(item[core])), core.sum()) == (users, items, interactions)
    assert sum(lengths >= 13 for lengths in Counter(user[core].tolist()).values()) >= 100


def test_readers_and_books_are_others_than_viewers_and_films(town):
    shops = [(lines(town[f"{folder}/reviews.json"]), lines(town[f"{folder}/meta.json"])) for folder in ("amazon", "books")]
    for key in ("reviewerID", "asin"):
        assert not set.intersection(*({row[key] for row in reviews} for reviews, _ in shops))
    assert {row["category"][0] for row in shops[1][1]} == {"Books"}
    planted = {row["reviewer"] for row in lines(town["books/tastes.jsonl"])}
    assert planted == {row["reviewerID"] for row in shops[1][0]}
    assert not any("film" in row["reviewText"] or "watch" in row["reviewText"] for row in shops[1][0])


def test_reviews_and_ratings_tell_the_same_story(town, ratings):
    reviews, meta = lines(town["amazon/reviews.json"]), lines(town["amazon/meta.json"])
    rated = {(user, film): (rating, time) for user, film, rating, time in ratings if user % 3 == 0}
    assert len(reviews) == len(rated)
    users = {row["reviewer"]: int(row["user"]) for row in lines(town["tastes.jsonl"]) if row["reviewer"]}
    asins = {row["asin"]: number for number, row in enumerate(meta, start=1)}
    for row in reviews:
        rating, time = rated[users[row["reviewerID"]], asins[row["asin"]]]
        assert (row["overall"], row["unixReviewTime"]) == (rating, time // 86_400 * 86_400)
        assert row["reviewText"].endswith(".")


@pytest.fixture(scope="module")
def annexes(tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    embedded.write(root)
    catalog = Catalog.load(Project.root_of())
    names = ("town-yelp", "town-music", "town-games", "town-anime", "town-amazon")
    return {name: sources.load(RawFiles(name, catalog.source(name), root)) for name in names}


SIZES = {
    "town-yelp": (150, 171, 3_780, 150, 0.25),
    "town-music": (320, 200, 4_145, 131, 0.25),
    "town-games": (140, 180, 4_435, 140, 0.25),
    "town-anime": (140, 200, 4_663, 140, 0.25),
    "town-amazon": (200, 500, 13_676, 200, 0.12),
}
"""Users, items, interactions, users with three interactions, and at least so large a share of disliked ones."""


@pytest.mark.parametrize("name", SIZES)
def test_worlds_for_reinforcement_learning_hold_enough_dislikes_and_enough_users(annexes, name):
    log, protocol = annexes[name], Catalog.load(Project.root_of()).protocol("anime" if name == "town-anime" else "yelp")
    users, items, interactions, eligible, least = SIZES[name]
    assert (len(log.users), len(log.items), len(log.interactions)) == (users, items, interactions)
    prepared = prepare.prepare(log, protocol, Data())
    assert prepared.counts["core"] == prepared.counts["source"]
    assert prepared.eligible.sum() == eligible
    disliked = prepared.rating < protocol.liked_from
    assert least < disliked.mean() < 0.4
    for user in np.flatnonzero(prepared.eligible)[:20]:
        assert (prepared.user == user).sum() >= 3
    mixed = [0 < disliked[prepared.user == user].mean() < 1 for user in np.flatnonzero(prepared.eligible)]
    assert np.mean(mixed) > 0.9


def test_most_listeners_come_once_or_twice_as_at_amazon(annexes):
    lengths = np.bincount(annexes["town-music"].interactions["user"])
    assert 0.5 < (lengths <= 2).mean() < 0.65
    assert set(np.unique(lengths)[:2]) == {1, 2}


def test_a_river_divides_the_places_and_the_filter_leaves_one_bank(town, annexes):
    rows = lines(town["yelp/business.json"])
    states = Counter(row["state"] for row in rows)
    assert set(states) == {"MO", "IL"}
    assert states["MO"] == len(annexes["town-yelp"].items) == 171
    counts = annexes["town-yelp"].counts
    assert counts["rows"] - counts["rows_elsewhere_dropped"] == 3_780
    assert counts["rows_without_business_dropped"] == 0
    assert 0 < counts["items_without_categories"] < 10
    assert 0 < counts["items_without_attributes"] < 20
    told = annexes["town-yelp"].items["description"]
    assert any("Parking: street, lot" in text for text in told)
    assert any("Noise level: very loud" in text for text in told)
    assert any("Price range: 4 of 4" in text for text in told)


def test_anime_rows_stand_in_the_order_of_watching_and_some_are_not_rated(town, annexes):
    log = annexes["town-anime"]
    assert log.reviews is None
    assert 500 < log.counts["rows_not_rated_dropped"] < 800
    assert log.counts["users_without_rating_dropped"] == 0
    assert set(log.interactions["rating"]) == set(range(1, 11))
    users = [int(line.split(",")[0]) for line in town["anime/rating.csv"].decode().splitlines()[1:]]
    assert users == sorted(users)


@pytest.mark.parametrize("folder", ["yelp", "music", "games"])
def test_good_reviews_speak_of_strengths_and_bad_ones_of_weaknesses(town, folder):
    """What keywords of either side are made of (ensemble.md 1.4)."""
    domain = embedded.ANNEXES[folder][0]
    strong, weak = ({phrase for phrases in domain.aspects.values() for phrase in phrases[sign]} for sign in (0, 1))
    assert not strong & weak
    said = {True: Counter(), False: Counter()}
    name, stars, text = ("review.json", "stars", "text") if folder == "yelp" else ("reviews.json", "overall", "reviewText")
    for row in lines(town[f"{folder}/{name}"]):
        clauses = {clause[0].lower() + clause[1:] for clause in row[text].removesuffix(".").split(". ")}
        said[row[stars] >= 3].update({"strong": len(clauses & strong), "weak": len(clauses & weak)})
    assert said[True]["strong"] > 3 * said[True]["weak"]
    assert said[False]["weak"] > 2 * said[False]["strong"]


def test_dice_are_fair_enough_and_fixed_for_ever():
    dice = Dice(7, "test", 1)
    assert [dice.below(6) for _ in range(12)] == [3, 2, 5, 4, 4, 0, 1, 5, 4, 1, 0, 5]
    draws = [dice.bell() for _ in range(4000)]
    assert abs(sum(draws) / 4000) < 0.05
    assert abs(sum(draw * draw for draw in draws) / 4000 - 1) < 0.1
    assert Counter(dice.weighted([1, 1, 4]) for _ in range(4000)).keys() == {0, 2}
    assert sorted(dice.sample("abcd", 4)) == list("abcd")
