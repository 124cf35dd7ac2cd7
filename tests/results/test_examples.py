from __future__ import annotations

from pathlib import Path

import pytest

from reproduce.files import write_jsonl
from reproduce.paper import CaseStudy
from reproduce.results.examples import choose
from reproduce.results.runs import Run

STUDY = CaseStudy(id="F5", where="Figure 5", label="incomplete", run="p/run")


def case(label="incomplete", rating=5.0, genres=("War",), accepted_later=True, item=1):
    about = {"title": f"Film {item}", "genres": list(genres), "reason": "Nothing speaks for it.", "evidence": None}
    return {"item": item, "rating": rating, "label": label, "status": "strict", "accepted_later": accepted_later, **about}


def treatment(user=1, cases=None, before="Drama fan", after="Drama fan, War fan", accepted=True, batch=1):
    cases = cases or [case()]
    return {
        "user": user,
        "batch": batch,
        "cases": cases,
        "reasons": [f"reason {place}" for place in range(len(cases))],
        "suggestions": ["Add Comedy.", "Add a preference for war."],
        "before": before,
        "after": after,
        "accepted": accepted,
        "rejected_because": None,
    }


def chosen(tmp_path, *lines, study=STUDY):
    write_jsonl(tmp_path / "treatments.jsonl", lines)
    run = Run("p/run", Path(tmp_path), {"dataset": "books", "source": "town"})
    return choose(study, run, {1: 4.25}, lambda text: text.split(", "))


def test_an_example_has_all_that_the_figure_draws(tmp_path):
    found = chosen(tmp_path, treatment(user=7, cases=[case("inaccurate", item=2), case()]))
    assert (found.figure, found.user, found.batch, found.item, found.title) == ("F5", 7, 1, 1, "Film 1")
    assert (found.reason, found.mean_rating, found.rating, found.candidates) == ("reason 1", 4.25, 5.0, 1)
    assert (found.own, found.labels, found.accepted_later) == ((1,), ("inaccurate", "incomplete"), True)


BEST = treatment(user=9)
WORSE = {
    "no kind of change that the defect asks for": treatment(before="Drama fan", after="War fan"),
    "the change does not speak of the item": treatment(cases=[case(genres=("Horror",))]),
    "still declined": treatment(cases=[case(accepted_later=False)]),
    "not known whether accepted": treatment(cases=[case(accepted_later=None)]),
    "other defects beside it": treatment(cases=[case(), case("inaccurate", item=2)]),
    "a profile too long to be drawn": treatment(
        before=", ".join("abcdefghi"), after=", ".join("abcdefghi") + ", War fan", cases=[case(rating=5.5)]
    ),
    "liked less": treatment(cases=[case(rating=4.0)]),
    "a longer profile": treatment(before="Drama fan, Crime fan", after="Drama fan, Crime fan, War fan"),
    "a larger user": treatment(user=10),
}


@pytest.mark.parametrize("why", WORSE)
@pytest.mark.parametrize("first", [True, False])
def test_the_best_example_is_the_same_in_any_order(tmp_path, why, first):
    found = chosen(tmp_path, *([BEST, WORSE[why]] if first else [WORSE[why], BEST]))
    assert (found.user, found.candidates) == (9, 2)


@pytest.mark.parametrize(
    "line", [treatment(accepted=False), treatment(cases=[case("inaccurate")]), treatment(cases=[case(rating=None)])]
)
def test_what_was_rejected_has_another_defect_or_was_never_rated_is_no_example(tmp_path, line):
    assert chosen(tmp_path, line) is None


@pytest.mark.parametrize(
    ("label", "after"), [("inaccurate", "War fan"), ("inaccurate_incomplete", "War fan"), ("incomplete", "Drama fan, War fan")]
)
def test_every_defect_asks_for_its_own_change(tmp_path, label, after):
    study = STUDY.model_copy(update={"label": label})
    other = "Drama fan, War fan" if after == "War fan" else "War fan"
    lines = [treatment(user, [case(label)], after=text) for user, text in ((1, other), (2, after))]
    assert chosen(tmp_path, *lines, study=study).user == 2
