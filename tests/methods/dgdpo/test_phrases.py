"""The phrase lexicon: what training sees and what it never sees."""

from __future__ import annotations

from collections import Counter

import numpy as np

from reproduce.llm.lexical import DISLIKES, LIKES, MILD_LIKES, STRONG_LIKES, stance
from reproduce.methods.dgdpo.phrases import PINNED, draw, lexicon, phrasings


def test_no_stem_is_both_trained_and_held_out():
    assert len({phrasing.template for phrasing in lexicon()}) == len(lexicon())


def test_draws_keep_to_their_side():
    random = np.random.default_rng(0)
    sides = {
        pool: {draw(random, "Western", "liked", pool, nouns=("",)) for _ in range(2000)}
        for pool in ("trained", "held_out", "new_words")
    }
    assert sides["trained"].isdisjoint(sides["held_out"])
    assert sides["new_words"] < sides["held_out"]
    assert min(map(len, sides.values())) > 20


def test_a_new_head_occurs_in_no_training_stem():
    trained = {phrasing.template for phrasing in lexicon() if phrasing.novelty == "seen"}
    for word in ("relishes", "devotee", "admirer", "abhors"):
        held = {phrasing.novelty for phrasing in lexicon() if word in phrasing.template.split()}
        assert held in ({"new_head"}, {"seen", "recombined"}, {"seen"})
        assert ("new_head" in held) == all(word not in template.split() for template in trained)


def test_every_form_that_the_embedded_engine_writes_is_trained():
    trained = {phrasing.template.lower() for phrasing in lexicon() if phrasing.novelty == "seen"}
    forms = {form.replace("{}", "{g}").lower() for form in (*LIKES, *STRONG_LIKES, *MILD_LIKES, *DISLIKES)}
    assert forms <= PINNED <= trained


def test_a_fifth_to_a_third_of_each_side_is_held_out():
    for stance_ in ("liked", "disliked"):
        counts = Counter(phrasing.novelty == "seen" for phrasing in lexicon() if phrasing.stance == stance_)
        assert 0.2 < counts[False] / counts.total() < 0.33


def test_stances_agree_with_a_reader_of_keywords_nearly_always():
    """The reader was written with the lexicon in view; where both agree a typing error in either is unlikely."""
    wrong = [p.template for p in lexicon() if (stance(p.render("Western")).sign > 0) != (p.stance == "liked")]
    assert len(wrong) < 0.04 * len(lexicon()), wrong


def test_every_frame_has_held_out_phrasings_on_both_sides():
    assert {len(phrasings(side, pool)) for side in ("liked", "disliked") for pool in ("trained", "held_out")} == {5}


def test_a_rendered_phrase_names_the_genre_without_commas():
    random = np.random.default_rng(1)
    assert all("," not in draw(random, "Mystery, Thriller & Suspense", "disliked", "trained") for _ in range(200))
