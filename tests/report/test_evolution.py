from __future__ import annotations

from reproduce.report.evolution import difference, evolutions


def split(text):
    return [part.strip() for part in text.split(",")]


def test_an_added_description_is_marked_as_in_figure_5():
    before = split("Engaging narratives, Complex characters, Unique writing styles")
    after = split("Engaging narratives, Complex characters, Unique writing styles, Politics & Social Sciences")
    pieces = difference(before, after)
    assert pieces[-1] == ("add", "Politics & Social Sciences")
    assert [what for what, _ in pieces[:-1]] == ["keep"] * 3


def test_a_changed_description_is_dropped_and_added_in_its_place():
    """Figure 11 (a)."""
    before = ["Romance", "Disinterest in Folk Tales & Myths", "Biographies"]
    after = ["Romance", "Have a high interest in Folk Tales & Myths", "Biographies"]
    assert difference(before, after) == [
        ("keep", "Romance"),
        ("drop", "Disinterest in Folk Tales & Myths"),
        ("add", "Have a high interest in Folk Tales & Myths"),
        ("keep", "Biographies"),
    ]


def test_both_profiles_can_be_read_from_the_difference():
    before, after = split("a, b, c, d"), split("b, x, d, a")
    pieces = difference(before, after)
    assert [text for what, text in pieces if what != "add"] == before
    assert [text for what, text in pieces if what != "drop"] == after


def test_a_story_holds_every_step_of_a_treatment():
    case = {
        "title": "Munich, 1938",
        "genres": ["Politics"],
        "rating": 5,
        "reason": "no politics",
        "label": "incomplete",
        "evidence": None,
    }
    line = {
        "user": 3,
        "batch": 1,
        "cases": [case],
        "reasons": ["The profile does not mention politics."],
        "suggestions": "Optimization Suggestions:\n+ Introduce politics.\n",
        "before": "a, b",
        "after": "a, b, Politics",
        "accepted": True,
        "rejected_because": None,
    }
    told = evolutions([{"user": 3, "initial": "a, b", "final": "a, b, Politics", "cases_unused": 2}], [line], split)[3]
    (batch,) = told["batches"]
    assert batch["cases"][0]["defect"] == "Incomplete"
    assert batch["cases"][0]["why"] == "The profile does not mention politics."
    assert batch["suggestions"] == ["Optimization Suggestions:", "Introduce politics."]
    assert batch["change"][-1] == ("add", "Politics")
    assert (told["initial"], told["left"]) == (["a", "b"], 2)


def test_an_item_that_the_user_never_met_has_no_rating():
    case = {"title": "t", "genres": [], "rating": None, "reason": "r", "label": "inaccurate", "evidence": None}
    declined = {**case, "rating": 4.0, "accepted_later": True}
    line = {
        "user": 3,
        "batch": 1,
        "cases": [case, declined],
        "reasons": ["a", "b"],
        "suggestions": [],
        "before": "a",
        "after": "a",
    }
    told = evolutions([{"user": 3, "initial": "a", "final": "a"}], [{**line, "accepted": True}], split)[3]
    assert [(each["rating"], each["later"]) for each in told["batches"][0]["cases"]] == [(None, None), (4.0, True)]


def test_a_user_without_treatments_keeps_the_first_profile():
    told = evolutions([{"user": 1, "initial": "a", "final": "a"}], [], split)[1]
    assert (told["batches"], told["overall"]) == ([], [("keep", "a")])
