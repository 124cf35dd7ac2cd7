"""Contrastive samples: only the relation of profile and item tells the label."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from reproduce.data.prepared import Item
from reproduce.llm.lexical import speaks_of
from reproduce.methods.agent4rec.profile import parse
from reproduce.methods.dgdpo import contrastive
from reproduce.methods.dgdpo.cases import Case
from reproduce.methods.dgdpo.contrastive import Words, group, write
from reproduce.methods.dgdpo.corpus import Portrait
from reproduce.methods.dgdpo.evidence import label_of
from reproduce.methods.dgdpo.samples import Cells, contrastive_samples
from reproduce.methods.dgdpo.shortcuts import item_words, keyword_rule, majority, profile_words

GENRES = ("Action", "Comedy", "Crime", "Drama", "Fantasy", "Horror", "Musical", "Romance", "Thriller", "War", "Western")


def films(n: int, seed: int = 0) -> list[tuple[Item, float]]:
    random = np.random.default_rng(seed)
    made = []
    for number in range(n):
        genres = tuple(GENRES[g] for g in sorted(random.permutation(len(GENRES))[: 1 + number % 3]))
        made.append((Item(number, f"Film {number}", genres, 3.5), float(random.integers(3, 6))))
    return made


NO_WORDS = Words()


def drawn(n: int):
    liked = films(60)
    groups = (group(np.random.default_rng(seed), liked, GENRES, Words(), "trained") for seed in range(n))
    return [made for made in groups if made]


def test_the_members_of_a_group_share_the_profile_and_the_number_of_genres_but_no_label():
    for made in drawn(200):
        labels = [label for label, *_ in made.members]
        assert len(set(labels)) == len(labels) == (2 if len(made.members[0][1].genres) == 1 else 3)
        assert len({len(item.genres) for _, item, _, _ in made.members}) == 1
        assert all(label == label_of(stances) for label, _, _, stances in made.members)


def test_the_profile_says_what_the_stances_say():
    for made in drawn(200):
        for _, _, _, stances in made.members:
            for genre, stance in stances:
                assert any(speaks_of(description, genre) for description in parse(made.profile)) == (stance != "unmentioned")


def test_the_same_random_stream_writes_the_same_group():
    assert drawn(5) == drawn(5)


def test_descriptions_of_the_llm_are_used_in_training_and_never_as_unseen_phrasings():
    own = Words({"Comedy": ["Loves a good comedy"]}, {"Comedy": ["Comedy makes them yawn"]}, ["Timeless classics"])
    status = {"Comedy": "disliked", "War": "liked"}
    seen = {write(np.random.default_rng(seed), status, own, "trained") for seed in range(60)}
    unseen = {write(np.random.default_rng(seed), status, own, "held_out") for seed in range(60)}
    assert any("Comedy makes them yawn" in profile for profile in seen)
    assert not any("Comedy makes them yawn" in profile or "Loves a good comedy" in profile for profile in unseen)
    assert not any("Loves a good comedy" in profile for profile in seen)


def test_users_whose_items_carry_no_group_are_passed_over():
    assert group(np.random.default_rng(1), films(2), GENRES, Words(), "trained") is None


@pytest.fixture(scope="module")
def samples():
    portraits = [Portrait(user, "Comedy, Drama", tuple(films(80, seed=user)), (), 0) for user in range(40)]
    cells = Cells.drawn(3, range(40), range(80))
    counts = {"train": 2400, "random": 600, "valid": 300, "unseen": 900, "unseen_phrasing": 300, "new_words": 90}
    return contrastive_samples(portraits, cells, GENRES, dict.fromkeys(range(40), Words()), counts, seed=3), cells


def test_unseen_samples_have_neither_users_nor_items_of_the_training(samples):
    found, _ = samples
    for kind in (lambda s: s.user, lambda s: s.item.item):
        trained = {kind(s) for s in found if s.split == "train"}
        assert trained.isdisjoint(kind(s) for s in found if s.split in ("unseen", "unseen_phrasing"))
    assert {s.user for s in found if s.split == "train"}.isdisjoint(s.user for s in found if s.split == "valid")


def test_a_profile_is_on_one_side_of_a_split_only(samples):
    homes = {}
    for sample in samples[0]:
        assert homes.setdefault(sample.group, sample.split) == sample.split


def test_neither_the_profile_nor_the_item_alone_does_better_than_the_most_frequent_label(samples):
    """Two-sided at four standard errors; the relation, read by a rule, does far better, so the test is able to see something."""
    found, _ = samples
    train, test = ([s for s in found if s.split == split] for split in ("train", "unseen"))
    asked, labels = [(s.profile, Case(s.item, s.rating, "")) for s in train], [s.label for s in train]
    tested = [(s.profile, Case(s.item, s.rating, "")) for s in test]

    def accuracy(fit):
        return np.mean([a == s.label for a, s in zip(fit(asked, labels, 0)(tested), test, strict=True)])

    chance = max(Counter(s.label for s in test).values()) / len(test)
    margin = 4 * np.sqrt(chance * (1 - chance) / len(test))
    assert accuracy(majority) <= chance
    assert abs(accuracy(profile_words) - chance) < margin
    assert abs(accuracy(item_words) - chance) < margin
    assert accuracy(keyword_rule) > 0.85


def test_rationales_tell_every_stated_genre_and_fill_up_with_silent_ones():
    status = {"Comedy": "liked", "War": "disliked"}
    told = contrastive.rationale(np.random.default_rng(0), status, GENRES, 5).split("; ")
    assert len(told) == 5
    assert {"Comedy is liked", "War is disliked"} <= set(told)
    assert sum(line.endswith("is unmentioned") for line in told) == 3


def test_a_profile_that_explains_an_item_likes_all_its_genres():
    item = Item(1, "X", ("Comedy", "War"), None)
    status = contrastive.explained(np.random.default_rng(0), item, GENRES, contrastive.LESSONS[-1])
    assert [status["Comedy"], status["War"]] == ["liked", "liked"]
    assert contrastive.FEWEST <= len(status) <= contrastive.MOST
