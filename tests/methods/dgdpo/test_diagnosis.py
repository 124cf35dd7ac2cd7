"""Figure 1: every predictor on every test sample, and what shortcuts reach on a set where everything can be worked out."""

from __future__ import annotations

import numpy as np
import pytest

from reproduce.data.prepared import Item
from reproduce.methods.dgdpo.cases import Case, Diagnosed
from reproduce.methods.dgdpo.diagnosis import Tested, lines, shortcuts
from reproduce.methods.dgdpo.shortcuts import bag_of_words, item_words, keyword_rule, majority, profile_words, said

Tested.__test__ = False  # type: ignore[attr-defined]  # not a test class
COMEDY, WAR = Item(1, "A", ("Comedy",), 3.0), Item(2, "B", ("War",), 3.0)


def asked(profile: str, item: Item) -> tuple[str, Case]:
    return profile, Case(item, 4.0, "")


def test_the_keyword_rule_reads_likes_dislikes_and_gaps():
    assert [said("Comedy fan, Averse to War. Never tired of Drama", genre) for genre in ("Comedy", "War", "Drama", "Crime")] == [
        "liked",
        "disliked",
        "liked",
        "unmentioned",
    ]
    assert said("Comedy fan, Hates comedy", "Comedy") == "disliked"
    predict = keyword_rule([asked("", COMEDY)] * 3, ["inaccurate", "inaccurate", "incomplete"], 0)
    both = Item(3, "C", ("Comedy", "War"), None)
    profiles = ["Hates comedy, War fan", "War fan", "Hates comedy", "Comedy fan, War fan"]
    assert predict([asked(profile, both) for profile in profiles]) == [
        "inaccurate",
        "incomplete",
        "inaccurate_incomplete",
        "inaccurate",
    ]


def test_the_majority_is_the_most_frequent_training_label_ties_by_name():
    assert majority([], ["incomplete", "incomplete", "inaccurate"], 0)([asked("", WAR)] * 2) == ["incomplete"] * 2
    assert majority([], ["incomplete", "inaccurate"], 0)([asked("", WAR)]) == ["inaccurate"]


def test_each_learnt_shortcut_sees_its_side_only():
    random = np.random.default_rng(0)
    rows = [(asked(f"Word{int(p)}", (COMEDY, WAR)[int(i)]), p, i) for p, i in random.integers(2, size=(400, 2))]
    cases = [case for case, _, _ in rows]
    by_profile = ["inaccurate" if p else "incomplete" for _, p, _ in rows]
    by_item = ["inaccurate" if i else "incomplete" for _, _, i in rows]
    by_both = ["inaccurate" if p != i else "incomplete" for _, p, i in rows]

    def right(fit, labels):
        return np.mean([a == b for a, b in zip(fit(cases, labels, 0)(cases), labels, strict=True)])

    assert right(profile_words, by_profile) == right(item_words, by_item) == right(bag_of_words, by_both) == 1.0
    assert max(right(profile_words, by_item), right(item_words, by_profile), right(profile_words, by_both)) < 0.65


def test_shortcuts_learn_from_the_training_samples_of_the_form_that_they_are_tested_on():
    train = [Tested(f"t{n}", 0, form, "train", label, asked("x", COMEDY)) for n, (form, label) in enumerate(
        [("literal", "inaccurate")] * 9
        + [("contrastive", "incomplete")] * 9
        + [("contrastive", "inaccurate")] * 8
        + [("literal", "incomplete")] * 8
    )]  # fmt: skip
    test = [
        Tested("a", 1, "literal", "literal", "inaccurate", asked("x", COMEDY)),
        Tested("b", 1, "contrastive", "unseen", "inaccurate", asked("x", WAR)),
    ]
    found = shortcuts([*train, *test], test, seed=0)
    assert [answer.label for answer in found["majority"]] == ["inaccurate", "incomplete"]
    assert set(found) == {"majority", "profile_words", "item_words", "bag_of_words", "keyword_rule"}


@pytest.mark.parametrize(
    ("status", "predicted"), [("strict", "incomplete"), ("repair", "incomplete"), ("fallback", None), ("refusal", None)]
)
def test_an_unreadable_answer_is_a_wrong_one_and_says_why(status, predicted):
    sample = Tested("s", 7, "literal", "random", "incomplete", asked("x", COMEDY))
    (line,) = lines([sample], {"general": [Diagnosed("incomplete", None, status)]})
    assert line == {
        "sample": "s",
        "user": 7,
        "split": "random",
        "truth": "incomplete",
        "predictor": "general",
        "predicted": predicted,
        "status": status,
    }
