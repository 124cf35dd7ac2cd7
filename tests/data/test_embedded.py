"""The embedded town: the same bytes everywhere, sound worlds, tastes that can be found."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from reproduce.data import embedded
from reproduce.data.catalog import Catalog
from reproduce.data.town import choices, films, people, words
from reproduce.data.town.dice import Dice
from reproduce.errors import DataError
from reproduce.project import Project

GOLDEN = {
    "README": "953eaace1779656adf186af7ad62a377225349e94c08f359f53bed7d7c246451",
    "movielens/movies.dat": "cc516bdff25b216b359a597f7240cfacac32154a2d0642fefa9e0bd4fe2dadd0",
    "movielens/users.dat": "7e01cf4b8fc01411211a56e65185679c72a23bf06a72e4de930db834e4eb8eae",
    "movielens/ratings.dat": "02c36c363069c1fa6c764e20c626f6b977e16be5dc5557ff9f84453f4efb9d69",
    "amazon/reviews.json": "5d6f2013baba455c0406a1acb71665ef97eaf1c5473eee2b9fa2866190c33141",
    "amazon/meta.json": "937cb7e7f40ad11d88b9912ef98e6f9ee7a13fbb3b4002118e747920d5c1ec35",
    "tastes.jsonl": "e0e853ea874e35f21a94b3e1e16d7cdb19935ba5e2e6b769170e22306f1c8bc9",
}
"""SHA-256 of every file. A change here changes every rehearsal result: re-pin data.dvc and specs/datasets.yaml with it."""


@pytest.fixture(scope="module")
def town():
    return embedded.generate()


@pytest.fixture(scope="module")
def ratings(town):
    return [tuple(map(int, line.split("::"))) for line in town["movielens/ratings.dat"].decode().splitlines()]


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
    one, other = (embedded.generate(seed, n_people=20, n_films=200) for seed in (1, 2))
    assert all(one[name] != other[name] for name in one if name != "README")


def test_the_town_stays_small(town):
    assert sum(map(len, town.values())) < 6_000_000


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
    assert len(films_rated) == embedded.FILMS
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


def test_genres_are_movielens_eighteen_and_two_films_in_three_have_several():
    made = films.make(embedded.SEED, embedded.FILMS)
    assert {genre for film in made for genre in film.genres} == set(words.GENRES)
    assert len(words.GENRES) == 18
    assert all(film.genres == tuple(sorted(set(film.genres))) and 1 <= len(film.genres) <= 3 for film in made)
    assert 0.55 < sum(len(film.genres) > 1 for film in made) / len(made) < 0.75


def test_titles_are_different_and_tell_no_genre_and_no_aspect():
    made = films.make(embedded.SEED, embedded.FILMS)
    telling = {
        part.lower() for name in (*words.GENRES, *words.ASPECTS, "love", "laugh", "funny", "scary") for part in name.split("-")
    }
    assert len({film.title for film in made}) == len(made)
    assert not [film.title for film in made if telling & set(film.title.lower().replace(",", "").split())]
    assert any("é" in film.title or "ö" in film.title for film in made)
    assert any(film.title.endswith(", The") for film in made)


def test_sequels_follow_their_film_with_the_same_genres_and_are_shown_first_beside_it():
    made = films.make(embedded.SEED, embedded.FILMS)
    sequels = [film for film in made if film.follows]
    assert len(sequels) > 30
    for film in sequels:
        first = made[film.follows - 1]
        assert (film.genres, film.director) == (first.genres, first.director)
        assert first.related[0] == film.id
        assert first.year <= film.year <= 2000


def test_planted_tastes_do_not_contradict_themselves():
    for person in people.make(embedded.SEED, embedded.PEOPLE):
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


def test_a_verdict_by_planted_taste_finds_three_of_four_last_films_and_three_of_ten_others(ratings):
    """The signal that the whole line lives on: recall and yes-rate in the range that the paper prints (dgdpo.md 2.2)."""
    made = films.make(embedded.SEED, embedded.FILMS)
    by_user = defaultdict(list)
    for user, film, *_ in ratings:
        by_user[user].append(film)
    hits = others = all_others = stale = 0
    for person in people.make(embedded.SEED, embedded.PEOPLE):
        seen = by_user[person.id]
        liked, before = (
            {film.id for film in made if choices.liking(film, person.taste(drifted)) > 0} for drifted in (True, False)
        )
        hits += len(liked & set(seen[-10:]))
        stale += len(before & set(seen[-10:]))
        others += len(liked - set(seen))
        all_others += len(made) - len(seen)
    shown = 10 * embedded.PEOPLE
    assert 0.70 < hits / shown < 0.78
    assert 0.25 < others / all_others < 0.35
    assert hits / shown - stale / shown > 0.07  # drift: the first profile is worth mending


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


def test_dice_are_fair_enough_and_fixed_for_ever():
    dice = Dice(7, "test", 1)
    assert [dice.below(6) for _ in range(12)] == [3, 2, 5, 4, 4, 0, 1, 5, 4, 1, 0, 5]
    draws = [dice.bell() for _ in range(4000)]
    assert abs(sum(draws) / 4000) < 0.05
    assert abs(sum(draw * draw for draw in draws) / 4000 - 1) < 0.1
    assert Counter(dice.weighted([1, 1, 4]) for _ in range(4000)).keys() == {0, 2}
    assert sorted(dice.sample("abcd", 4)) == list("abcd")
