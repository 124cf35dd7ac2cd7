"""Why a vote fell as it did: Tables 3 and 4 for any step."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some
from tastes import dataset, leaning, world_of
from voting import HEADS, KNOBS, TAILS, A, B, C, D, Sure, described, running

from reproduce.interaction.episodes import Core, World
from reproduce.methods.ensemble.simulator import Ensemble
from reproduce.params import EpisodeKnobs
from reproduce.spec import REFERENCE


def why(simulator, history, item, coins=(TAILS, TAILS, TAILS), recommended=0):
    return simulator.explain(running(history, recommended), 0, item, np.array(coins))


def simple(faults=(), genres=None):
    made = described(
        [["cosy", "fast"], ["cosy"], ["cosy", "fast"], ["fast"]],
        [["noisy"], ["dear", "noisy"], ["dear"], []],
        categories=[["bar"], ["bar"], ["bar"], ["cinema"]],
        pos_vectors=[[3, 4], [1, 0], [4, 3], [0, 1]],
        neg_vectors=[[1, 0], [1, 1], [0, 1], [0, 0]],
    )
    return Ensemble(dataset([[(A, 1), (B, 0), (C, 1)]], 4, [["bar"]] * 4), made, Sure(0.25), KNOBS, faults)


def test_a_vote_is_told_with_all_it_rests_on():
    told = why(simple(), [(A, 1), (B, 0), (D, 1)], C, recommended=1)
    assert told == {
        "user": 0,
        "asked": 0,
        "item": {"item": C, "title": "Item 2", "categories": ["bar"], "pos": ["cosy", "fast"], "neg": ["dear"]},
        "history": [
            {
                "item": A,
                "title": "Item 0",
                "categories": ["bar"],
                "pos": ["cosy", "fast"],
                "neg": ["noisy"],
                "liked": 1,
                "recommended": False,
                "compared": "category",
                "matched": ["cosy", "fast"],
                "cosine": 0.96,
            },
            {
                "item": B,
                "title": "Item 1",
                "categories": ["bar"],
                "pos": ["cosy"],
                "neg": ["dear", "noisy"],
                "liked": 0,
                "recommended": False,
                "compared": "category",
                "matched": ["dear"],
                "cosine": 0.707107,
            },
        ],
        "not_compared": 1,
        "matched": {"liked": {"cosy": 1, "fast": 1}, "disliked": {"dear": 1}},
        "nearest": {
            "liked": {"item": A, "title": "Item 0", "cosine": 0.96},
            "disliked": {"item": B, "title": "Item 1", "cosine": 0.707107},
        },
        "scores": {"a_pos": 2, "a_neg": 1, "b_pos": 0.96, "b_neg": 0.707107, "p": 0.25},
        "votes": {"f_mat": 1, "f_sim": 1, "f_sta": 0},
        "coins": [],
        "probability": 0.666667,
        "liked": 1,
    }


def test_a_fallback_and_what_was_recommended_are_named():
    told = why(simple(), [(A, 1), (C, 0)], D, recommended=1)
    assert [(row["item"], row["compared"], row["recommended"]) for row in told["history"]] == [
        (A, "fallback", False),
        (C, "fallback", True),
    ]


def test_coins_are_named_and_empty_sides_are_null():
    told = why(simple(), [(B, 0)], A, coins=(HEADS, TAILS, TAILS))
    assert told["nearest"]["liked"] is None
    assert told["scores"]["b_pos"] is None
    assert told["coins"] == []  # `noisy` matched, and b_pos is below everything
    told = why(simple(), [], A, coins=(HEADS, TAILS, TAILS))
    assert told["coins"] == ["f_mat", "f_sim"]
    assert told["history"] == []
    assert told["votes"] == {"f_mat": 1, "f_sim": 0, "f_sta": 0}


def test_the_wrong_user_is_named():
    told = why(simple(("wrong_user",)), [(D, 1)], C, recommended=1)
    assert (told["user"], told["asked"]) == (0, 0)
    assert [row["item"] for row in told["history"]] == [A, B]
    assert told["not_compared"] == 1
    nobody = why(simple(("wrong_user",)), [(D, 1)], A, recommended=1)
    assert (nobody["asked"], nobody["history"], nobody["coins"]) == (None, [], ["f_mat", "f_sim"])


def test_all_categories_are_told_where_all_are_compared():
    genres = [["bar", "grill"], ["bar"], ["grill"], ["bar"]]
    data = dataset([[(A, 1), (B, 0), (C, 1)]], 4, genres)
    knobs = KNOBS.model_copy(update={"rare_category": 1, "common_category": 1.0})
    simulator = Ensemble(data, simple().descriptions, Sure(0.5), knobs, ("intersect",))
    assert why(simulator, [(B, 1)], A)["item"]["categories"] == ["bar", "grill"]


@settings(max_examples=40, deadline=None)
@given(seed=some.integers(0, 20), faults=some.sampled_from([(), REFERENCE, ("wrong_user",), ("split_fallback",)]))
def test_reasons_add_up_to_the_scores(seed, faults):
    data, descriptions = world_of(15, 30, seed, multi=seed % 2 == 0)
    world = World(data, Ensemble(data, descriptions, leaning(30), KNOBS, faults), EpisodeKnobs(mask=False))
    core = Core(world, 3, seed)
    for step in range(6):
        said = core.step((np.arange(3) * 7 + step * 11) % 30).responses
        core.ended[:] = False
        for row in range(3):
            told = core.explain(row)
            assert json.loads(json.dumps(told, allow_nan=False)) == told
            scores = [-np.inf if score is None else score for score in told["scores"].values()]
            assert scores == said.scores[row].tolist()
            assert list(told["votes"].values()) == said.votes[row].tolist()
            assert [name in told["coins"] for name in ("f_mat", "f_sim")] == said.coins[row].astype(bool).tolist()
            assert told["liked"] == said.liked[row]
            assert [sum(told["matched"][side].values()) for side in ("liked", "disliked")] == scores[:2]
            nearest = [told["nearest"][side] for side in ("liked", "disliked")]
            assert [-np.inf if each is None else each["cosine"] for each in nearest] == scores[2:4]
            for line in told["history"]:
                assert set(line["matched"]) <= set(told["item"]["pos" if line["liked"] else "neg"])
                assert line["item"] != told["item"]["item"]
