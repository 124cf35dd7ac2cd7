"""The heuristic rules of the ensemble: keywords that come from the words shown and tell items apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reproduce.data.town.books import BOOKS
from reproduce.data.town.films import FILMS
from reproduce.llm.parsing import normalise
from reproduce.methods.ensemble.opinions import remark
from reproduce.methods.ensemble.questions import OBJECTIVE, SUBJECTIVE, Card, keywords_of
from reproduce.methods.ensemble.rehearsal import objective, subjective


def card(attributes: str = "", *categories: str) -> Card:
    return Card(name="Paper Lantern", attributes=attributes, categories=list(categories))


def described(attributes: str = "", *categories: str) -> tuple[frozenset[str], frozenset[str]]:
    """Pros and cons of an item as the strict parser reads the rule's reply."""
    inputs = {"domain": "item", "item": card(attributes, *categories), "words": 4}
    value = OBJECTIVE.strict(normalise(objective(inputs, np.random.default_rng(0))), inputs)
    return keywords_of(value.pros), keywords_of(value.cons)


def reasons(comment: str, side: str = "Pros", *categories: str) -> frozenset[str]:
    inputs = {"domain": "item", "item": card("", *categories), "rating": 4.0, "comment": comment, "side": side, "words": 4}
    value = SUBJECTIVE.strict(normalise(subjective(inputs, np.random.default_rng(0))), inputs)
    return keywords_of(value.pros if side == "Pros" else value.cons)


@pytest.mark.parametrize(
    ("clause", "sign", "keywords"),
    [
        ("The acting is superb", 1, ("superb acting", "acting superb")),
        ("friendly staff", 1, ("friendly staff",)),
        ("the staff was not friendly", -1, ("no friendly staff", "staff friendly")),
        ("the plot makes no sense", 0, ("plot sense",)),
        ("slow and rude service at the counter", -1, ("slow service", "rude service")),
        ("the waiters served tasty food", 1, ("tasty food",)),
        ("it is", 0, ()),
        ("I have little patience for crime", -1, ("little patience crime", "crime")),
    ],
)
def test_a_clause_says_what_is_praised_or_blamed(clause, sign, keywords):
    found = remark(clause, ("Crime",), 4)
    assert (found.sign, found.keywords[: len(keywords)]) == (sign, keywords)


def test_a_review_gives_what_is_on_its_side():
    comment = "The acting is superb. The plot is predictable, but the music was lovely!"
    assert {"superb acting", "lovely music"} <= reasons(comment)
    assert "predictable plot" not in reasons(comment)
    assert "predictable plot" in reasons(comment, "Cons")
    assert not reasons(comment, "Cons") & {"superb acting", "lovely music"}


def test_a_review_that_says_nothing_of_use_falls_back_on_categories():
    assert reasons("It is what it is.", "Cons", "War") == {"weak war"}
    assert reasons("...", "Pros") == {"fine item"}


def test_attributes_become_what_an_item_has_and_lacks():
    pros, cons = described("WiFi: free; Noise level: very_loud; OutdoorSeating: False; Has TV: True")
    assert {"free wifi", "has tv"} <= pros
    assert {"very loud noise level", "no outdoor seating"} <= cons


def test_what_a_shop_praises_is_a_pro_and_its_story_is_none():
    pros, cons = described("A war film about the worst winter of a rude harbour. Praised for its acting and plot.", "War")
    assert {"praised acting", "praised plot", "acting and plot"} <= pros
    assert not any("winter" in each or "harbour" in each for each in cons)


def test_categories_attract_and_repel_alone_and_in_pairs():
    pros, cons = described("", "Crime", "Drama")
    assert pros == {"crime drama", "crime", "drama"}
    assert cons == {"crime drama cliche", "crime cliche", "drama cliche"}


def test_an_item_of_which_nothing_is_known_still_gets_an_answer():
    assert described() == ({"solid choice"}, {"little known"})


def test_the_same_words_give_the_same_keywords_whatever_is_drawn():
    inputs = {"domain": "item", "item": card("", "War"), "words": 4}
    assert len({objective(inputs, np.random.default_rng(seed)) for seed in range(5)}) == 1


@pytest.mark.parametrize("domain", [FILMS, BOOKS], ids=lambda domain: domain.kind)
def test_what_reviews_of_the_town_praise_and_blame_is_told_apart(domain):
    """The rule knows everyday words, not the town: of what is said of strong aspects most is heard as praise or as neither."""
    heard = {1: [], -1: []}
    for strong, weak in domain.aspects.values():
        for clauses, meant in ((strong, 1), (weak, -1)):
            heard[meant] += [meant * remark(clause, (), 4).sign for clause in clauses]
    for signs in heard.values():
        assert sum(sign > 0 for sign in signs) >= 0.3 * len(signs)
        assert sum(sign < 0 for sign in signs) <= 0.15 * len(signs)


@given(st.text(max_size=120), st.lists(st.text(max_size=20), max_size=4), st.sampled_from(["Pros", "Cons"]))
def test_any_item_and_comment_is_answered_in_the_format(text, categories, side):
    item = {"name": "X", "attributes": text, "categories": categories}
    for rule, inputs in (
        (objective, {"domain": "item", "item": item, "words": 4}),
        (subjective, {"domain": "item", "item": item, "rating": 1.0, "comment": text, "side": side, "words": 4}),
    ):
        reply = rule(inputs, np.random.default_rng(0))
        assert reply.count("Keywords: ") >= 3
