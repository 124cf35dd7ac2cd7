"""The heuristic rules: replies in the prompts' own formats, from the inputs shown, and what a diagnosis changes."""

from __future__ import annotations

import numpy as np
import pytest
from village import QUESTIONS, village

from reproduce.llm.parsing import normalise
from reproduce.methods.agent4rec import rehearsal as simulation
from reproduce.methods.agent4rec.profile import names_title, parse
from reproduce.methods.agent4rec.questions import by_rating, card
from reproduce.methods.agent4rec.rehearsal import decide, init, opinion
from reproduce.methods.dgdpo import rehearsal as treatment
from reproduce.methods.dgdpo.rehearsal import genopt, infer, infer_accepted, refine, update

RULES = {**simulation.RULES, **treatment.RULES}
HABITS = {"activity": 2, "conformity": 2, "diversity": 2}
PROFILE = "Drama fan, Crime (moderate interest), Disinterest in Western, Complex characters"


def random(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def film(*genres: str, mean: float | None = 3.4) -> dict[str, object]:
    return {"title": "Quiet River (1971)", "mean": mean, "genres": list(genres)}


def analysis(profile: str, item: object, rating: float, label: str, draw: np.random.Generator) -> dict[str, str]:
    """An input of `genopt`: what `infer` says of one case."""
    reply = infer({"profile": profile, "item": item, "rating": rating, "label": label}, draw)
    return {"defect": label, "reason": reply.partition("[REASON]: ")[2]}


def example(prompt: str, seed: int) -> dict[str, object]:
    """Inputs of one prompt, from the village."""
    data, draw = village(), random(seed)
    cards = [card(data.item(int(item))) for item in draw.permutation(80)[:20]]
    analyses = [analysis(PROFILE, cards[0], 4.0, "Incomplete", draw), analysis(PROFILE, cards[1], 4.0, "Inaccurate", draw)]
    memory = [{"round": 1, "title": "Silent Signal (1999)", "genres": ["Drama"], "rating": 4}]
    return {
        "dgdpo/init": {"history": by_rating(data.train(seed % 4), {item: data.item(item) for item in range(80)})},
        "dgdpo/decide": {"traits": HABITS, "profile": PROFILE, "item": cards[0]},
        "dgdpo/round": {"traits": HABITS, "profile": PROFILE, "memory": memory, "round": 2, "page": cards},
        "dgdpo/infer": {"profile": PROFILE, "item": cards[0], "rating": 4.0, "label": "Inaccurate & Incomplete"},
        "dgdpo/infer_accepted": {"profile": PROFILE, "item": cards[0], "label": "Inaccurate"},
        "dgdpo/genopt": {"profile": PROFILE, "analyses": analyses},
        "dgdpo/refine": {"profile": PROFILE, "suggestions": ['Add "War fan".', 'Replace "Drama fan" with "Loves Drama".']},
        "dgdpo/update": {"profile": PROFILE, "item": cards[0], "rating": 4.0},
    }[prompt]


@pytest.mark.parametrize("prompt", RULES)
def test_a_rule_replies_in_the_format_that_its_prompt_asks_for(prompt):
    question = QUESTIONS[prompt]
    for seed in range(30):
        inputs = example(prompt, seed)
        reply = normalise(RULES[prompt](inputs, random(seed)))
        if prompt == "dgdpo/genopt" and "no changes" in reply:
            assert question.lenient(reply, inputs) == ()
            continue
        question.strict(reply, inputs)


@pytest.mark.parametrize("prompt", RULES)
def test_a_rule_depends_on_its_inputs_and_its_generator_only(prompt):
    assert RULES[prompt](example(prompt, 3), random(5)) == RULES[prompt](example(prompt, 3), random(5))


def test_the_first_profile_names_no_title_and_has_four_to_ten_descriptions():
    data = village()
    for user in range(4):
        inputs = {"history": by_rating(data.train(user), {item: data.item(item) for item in range(80)})}
        for seed in range(20):
            text = init(inputs, random(seed)).removeprefix("PROFILE: ")
            assert 4 <= len(parse(text)) <= 10
            assert names_title(text, [data.item(item).title for item in range(80)]) is None


def accepts(profile: str, item: dict[str, object]) -> float:
    """Share of thirty readers that say yes."""
    asked = {"traits": HABITS, "profile": profile, "item": item}
    return sum(decide(asked, random(seed)).startswith("DECISION: yes") for seed in range(30)) / 30


def test_a_reader_follows_the_profile():
    assert accepts("Drama fan, War fan", film("Drama")) == 1
    assert accepts("Drama fan, War fan", film("Western")) == 0
    assert accepts("Drama fan, Disinterest in War", film("Drama", "War")) == 0
    assert accepts("Drama fan, Disinterest in War", film("Comedy", "War")) == 0


def test_a_vague_profile_leaves_much_to_the_readers_mood():
    vague = "Engaging narratives, Complex characters, Emotional resonance, Well-crafted plots"
    assert 0.2 < accepts(vague, film("Western")) < 0.8


def test_what_other_users_gave_pushes_a_little():
    mild = "War (moderate interest), Engaging narratives"
    assert accepts(mild, film("War", mean=4.6)) > accepts(mild, film("War", mean=2.0))


@pytest.mark.parametrize(
    ("genre", "sign"),
    [("Drama", 1), ("Crime", 1), ("Western", -1), ("Comedy", 0)],
    ids=["liked", "mildly", "disliked", "unmentioned"],
)
def test_opinions_are_read_from_the_descriptions(genre, sign):
    assert np.sign(opinion(PROFILE, genre).value) == sign


def treated(profile: str, labels: list[str], items: list[dict[str, object]], rating: float = 5.0) -> str:
    """The profile after one batch under these labels."""
    analyses = [analysis(profile, item, rating, label, random(1)) for label, item in zip(labels, items, strict=True)]
    found = genopt({"profile": profile, "analyses": analyses}, random(2))
    suggestions = [line[2:] for line in found.splitlines() if line.startswith("+ ")]
    return refine({"profile": profile, "suggestions": suggestions}, random(3))


def test_incomplete_adds_what_is_missing():
    after = treated(PROFILE, ["Incomplete"] * 2, [film("Comedy")] * 2)
    assert opinion(after, "Comedy").value > 0.7
    assert opinion(after, "Western").value < 0


def test_inaccurate_corrects_the_description_that_contradicts():
    after = treated(PROFILE, ["Inaccurate"] * 2, [film("Western")] * 2)
    assert opinion(after, "Western").value > 0.7
    assert len(parse(after)) == len(parse(PROFILE))


def test_both_does_both():
    after = treated(PROFILE, ["Inaccurate & Incomplete"] * 2, [film("Comedy", "Western")] * 2)
    assert opinion(after, "Western").value > 0
    assert opinion(after, "Comedy").value > 0


def test_a_wrong_diagnosis_is_a_worse_treatment():
    """The same two cases, rightly and wrongly labelled."""
    items = [film("Western"), film("Western")]
    right, wrong = (treated(PROFILE, [label] * 2, items) for label in ("Inaccurate", "Incomplete"))
    assert opinion(right, "Western").value > opinion(wrong, "Western").value, "the dislike is still there"
    items = [film("Comedy"), film("Comedy")]
    right, wrong = (treated(PROFILE, [label] * 2, items) for label in ("Incomplete", "Inaccurate"))
    kept = [
        sum(opinion(after, genre) == opinion(PROFILE, genre) for genre in ("Drama", "Crime", "Western"))
        for after in (right, wrong)
    ]
    assert kept[0] == 3 > kept[1], "a description that was right is gone"


def test_one_middling_rating_is_no_reason_to_change_anything():
    assert treated(PROFILE, ["Incomplete"], [film("Comedy")], rating=3.0) == PROFILE
    assert "occasional" in treated(PROFILE, ["Incomplete"], [film("Comedy")], rating=4.0)


@pytest.mark.parametrize(
    ("item", "rating", "after"),
    [
        (film("Drama"), 5.0, PROFILE),
        (film("Comedy"), 1.0, PROFILE),
        (film("Western"), 4.0, PROFILE.replace("Disinterest in Western", "Western (moderate interest)")),
    ],
    ids=["covered", "rated low", "contradicted"],
)
def test_an_update_changes_as_little_as_possible(item, rating, after):
    assert update({"profile": PROFILE, "item": item, "rating": rating}, random()) == after


def test_an_update_adds_what_is_new():
    after = update({"profile": PROFILE, "item": film("Comedy"), "rating": None}, random())
    assert after.startswith(PROFILE + ", Comedy")


# ---------------------------------------------------------------- unseen items that were accepted


def passed_over(profile: str, items: list[dict[str, object]]) -> str:
    """The profile after one batch of accepted items that the user never interacted with."""
    replies = [infer_accepted({"profile": profile, "item": item, "label": "Inaccurate"}, random(1)) for item in items]
    analyses = [{"defect": "Inaccurate", "reason": reply.partition("[REASON]: ")[2]} for reply in replies]
    found = genopt({"profile": profile, "analyses": analyses}, random(2))
    suggestions = [line[2:] for line in found.splitlines() if line.startswith("+ ")]
    return refine({"profile": profile, "suggestions": suggestions}, random(3))


def test_a_description_that_fits_everything_goes():
    assert parse(passed_over(PROFILE, [film("Horror")])) == ("Drama fan", "Crime (moderate interest)", "Disinterest in Western")


def test_an_interest_becomes_weaker_when_two_items_that_it_speaks_for_were_passed_over():
    assert passed_over(PROFILE, [film("Drama")]) == PROFILE, "one is no evidence"
    after = passed_over(PROFILE, [film("Drama"), film("Drama", "Western")])
    assert 0 < opinion(after, "Drama").value < opinion(PROFILE, "Drama").value
    assert parse(after)[1:] == parse(PROFILE)[1:]


def test_what_the_user_did_interact_with_speaks_louder():
    passed = infer_accepted({"profile": PROFILE, "item": film("Drama"), "label": "Inaccurate"}, random(1))
    analyses = [{"defect": "Inaccurate", "reason": passed.partition("[REASON]: ")[2]}] * 2
    liked = analysis(PROFILE, film("Drama"), 5.0, "Inaccurate", random(1))
    found = genopt({"profile": PROFILE, "analyses": [*analyses, liked]}, random(2))
    assert "moderate" not in found
