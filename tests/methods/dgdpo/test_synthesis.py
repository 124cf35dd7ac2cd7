"""Worked examples of the three modifications (DGDPO, Figure 9; dgdpo.md 1.7 and 9.5)."""

from __future__ import annotations

import numpy as np
import pytest

from reproduce.data.prepared import Item
from reproduce.methods.agent4rec.profile import parse
from reproduce.methods.dgdpo.cases import LABELS
from reproduce.methods.dgdpo.corpus import Pair, Portrait, text
from reproduce.methods.dgdpo.opposites import template
from reproduce.methods.dgdpo.relevance import similarity
from reproduce.methods.dgdpo.samples import literal_plans
from reproduce.methods.dgdpo.synthesis import Plan, Sample, balanced, literal_stances, modified, plans, relevant

GO_BETWEEN = Item(1, "The Go-Between (Penguin Classics)", ("Books", "Literature & Fiction", "British & Irish"), 4.16)
FIGURE_9 = "Fiction Enthusiast, Mystery Lover, Fantasy Aficionado, Historical Fiction Fan, Science Fiction Buff"


def never(descriptions, item):
    raise AssertionError("asked for a cosine although words are shared")


def test_relevant_descriptions_share_a_word_with_the_genres_of_figure_9():
    assert [parse(FIGURE_9)[place] for place in relevant(parse(FIGURE_9), GO_BETWEEN, never, 0.35)][:2] == [
        "Fiction Enthusiast",
        "Historical Fiction Fan",
    ]


def test_words_that_any_item_has_make_nothing_relevant():
    assert (
        relevant(("Books of all kinds", "Mystery Lover"), Item(2, "Plain", ("Books",), None), lambda *_: [0.0, 0.0], 0.35) == []
    )


def test_without_a_shared_word_the_nearest_description_above_the_threshold_comes_first():
    cosines = lambda descriptions, item: [0.2, 0.5, 0.9]  # noqa: E731
    assert relevant(("A lover", "B lover", "C lover"), GO_BETWEEN, cosines, 0.35) == [2, 1]


def test_the_encoder_without_a_model_finds_words_of_one_root():
    near, far = similarity("tfidf")(["Romanticism", "Loud engines"], "X. Romantics")
    assert near >= 0.35 > far


def test_a_dislike_is_never_relevant_since_its_opposite_would_be_a_like():
    assert relevant(("Averse to Fiction", "Fiction Enthusiast"), GO_BETWEEN, never, 0.35) == [1]


def test_inaccurate_replaces_exactly_one_description_as_in_figure_9b():
    changed = modified(FIGURE_9, Plan("inaccurate", flipped=0), "Averse to fiction that lacks depth and originality")
    assert changed == (
        "Averse to fiction that lacks depth and originality, Mystery Lover, Fantasy Aficionado, Historical Fiction Fan,"
        " Science Fiction Buff"
    )


def test_incomplete_removes_the_key_preference_as_the_text_of_figure_9c_says():
    changed = modified(FIGURE_9, Plan("incomplete", frozenset({0})), None)
    assert changed == "Mystery Lover, Fantasy Aficionado, Historical Fiction Fan, Science Fiction Buff"


def test_both_removes_first_and_turns_one_of_the_rest_as_the_text_of_figure_9d_says():
    plan = Plan("inaccurate_incomplete", frozenset({0}), flipped=4)
    assert modified(FIGURE_9, plan, "Detest predictable fiction stories") == (
        "Mystery Lover, Fantasy Aficionado, Historical Fiction Fan, Detest predictable fiction stories"
    )


def test_a_sentence_keeps_its_full_stop_when_it_is_turned_round():
    assert modified("Comedy, Enjoys Drama.", Plan("inaccurate", flipped=1), "Dislikes Drama") == "Comedy, Dislikes Drama."


def test_an_unchanged_profile_is_refused():
    with pytest.raises(ValueError, match="did not change"):
        modified(FIGURE_9, Plan("inaccurate", flipped=1), "Mystery Lover")


@pytest.mark.parametrize("seed", range(40))
def test_incomplete_has_strictly_fewer_descriptions_and_inaccurate_as_many_with_one_changed(seed):
    before = parse(FIGURE_9)
    found = {plan.label: plan for plan in plans(np.random.default_rng(seed), len(before), [0, 3, 4])}
    assert set(found) == set(LABELS)
    inaccurate = parse(modified(FIGURE_9, found["inaccurate"], "Averse to fiction"))
    assert len(inaccurate) == len(before)
    assert sum(old != new for old, new in zip(before, inaccurate, strict=True)) == 1
    incomplete = parse(modified(FIGURE_9, found["incomplete"], None))
    assert len(before) - 3 <= len(incomplete) <= len(before) - 2  # round(rho 3) with rho in (0.5, 1]
    both = parse(modified(FIGURE_9, found["inaccurate_incomplete"], "Averse to fiction"))
    assert len(both) == len(before) - 2  # at most two of three, so that one is left to turn
    assert [d for d in both if d not in before] == ["Averse to fiction"]


def test_labels_that_cannot_be_built_are_skipped():
    random = np.random.default_rng(0)
    assert plans(random, 5, []) == []
    assert [plan.label for plan in plans(random, 5, [2])] == ["inaccurate", "incomplete"]
    assert [plan.label for plan in plans(random, 1, [0])] == ["inaccurate"]  # nothing would be left


def test_evidence_of_a_literal_sample_is_what_the_profile_says_then():
    film = Item(3, "Plain", ("Comedy", "Drama", "War"), None)
    profile = "Comedy fan, Drama lover, War buff"
    plan = Plan("inaccurate_incomplete", frozenset({1}), flipped=0)
    assert literal_stances(profile, plan, film) == [("Comedy", "disliked"), ("Drama", "unmentioned"), ("War", "liked")]


def test_balancing_keeps_as_many_of_each_label_as_the_rarest_has():
    film = Item(3, "Plain", ("Comedy",), None)
    labels = ["inaccurate"] * 9 + ["incomplete"] * 5 + ["inaccurate_incomplete"] * 2
    samples = [Sample("literal", "train", 0, user, film, 4.0, "x", label, []) for user, label in enumerate(labels)]
    kept = balanced(np.random.default_rng(0), samples)
    assert [sum(s.label == label for s in kept) for label in LABELS] == [2, 2, 2]
    assert [s.user for s in kept] == sorted(s.user for s in kept)


def test_plans_of_a_pair_do_not_depend_on_other_users():
    pairs = [Pair(user, FIGURE_9, GO_BETWEEN, 5.0, "") for user in (1, 2)]
    portraits = [Portrait(pair.user, FIGURE_9, (), (pair,), 1) for pair in pairs]
    alone = literal_plans(portraits[1:], never, 0.35, seed=7)
    together = literal_plans(portraits, never, 0.35, seed=7)
    assert [each.plan for each in alone] == [each.plan for each in together if each.pair.user == 2]


def test_the_template_is_the_opposite_where_no_model_writes_one():
    assert template("Comedy fan.") == "Averse to comedy fan"
    assert template("RPG stories") == "Averse to RPG stories"


def test_the_corpus_text_is_the_template_of_figure_6_under_the_heading_of_figure_7():
    item = Item(1, "Archangel", ("Mystery", "Thriller & Suspense"), 4.07)
    assert text("Diverse genres, Emotional depth", item, 4.0, "Engaging narrative.") == (
        "# User simulation Analysis:\n"
        "- Simulated User Profile: a simulated user configured with profile"
        " [PROFILE_START] Diverse genres, Emotional depth [PROFILE_END]\n"
        "- Item recommended: <- Archangel -> <- History ratings: 4.07 -> <- Genre: Mystery, Thriller & Suspense ->\n"
        "- Real Users' Actual Rating: 4.0 out of 5 stars\n"
        "- Simulated Users' Decision: Based on the given simulated user profile, the simulated user interacts with this item\n"
        "- Rationale: Engaging narrative."
    )
