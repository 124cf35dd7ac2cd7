"""SUBER behind the environment: what it asks, what it remembers, and that asking changes nothing."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from baselines import PROMPTS
from village import GENRES, ScriptedLlm, village

from reproduce.errors import EngineError
from reproduce.interaction.responding import Histories, Responding
from reproduce.llm.ask import Asker
from reproduce.llm.background import Background
from reproduce.llm.engines.heuristic import Heuristic
from reproduce.llm.meter import Meter
from reproduce.llm.request import Sampling
from reproduce.methods.suber.rehearsal import RULES
from reproduce.methods.suber.simulator import Suber, alike
from reproduce.params import SuberKnobs

DATA = village()
KNOBS = SuberKnobs(likes=3, dislikes=2)


def histories(*rows: tuple[int, list[tuple[int, int]], int]) -> Histories:
    """From (user, [(item, liked), ...], how many of them are real)."""
    most = max(len(seen) for _, seen, _ in rows)
    items, liked = np.full((len(rows), most), -1, dtype=np.int32), np.zeros((len(rows), most), dtype=np.int8)
    for at, (_, seen, _) in enumerate(rows):
        for place, (item, y) in enumerate(seen):
            items[at, place], liked[at, place] = item, y
    user, length, start = (
        np.array(column, dtype=np.int32) for column in ([row[0] for row in rows], [len(r[1]) for r in rows], [r[2] for r in rows])
    )
    return Histories(user, items, liked, length, start)


def real(user: int) -> list[tuple[int, int]]:
    return [(row.item, int(row.rating >= 3)) for row in DATA.train(user)]


def respond(suber: Suber, asked: Histories, *items: int):
    return suber.respond(asked, np.array(items, dtype=np.int32), np.zeros((len(items), 3)))


def scripted(rate="RATING: 7") -> ScriptedLlm:
    return ScriptedLlm({"suber/describe": lambda _: "DESCRIPTION: I enjoy war.", "suber/rate": lambda _: rate})


def heuristic(error_rate: float = 0.05, rules=RULES) -> Asker:
    return Asker(Heuristic(rules, error_rate, 42), PROMPTS, "heuristic-1", Sampling(), Meter())


@pytest.mark.parametrize(("said", "liked"), [(0, 0), (4, 0), (5, 1), (9, 1)])
def test_a_rating_of_six_on_the_scale_to_ten_is_a_like(said, liked):
    """BL-D9: 0 to 9 is 1 to 10."""
    with Suber(DATA, scripted(f"RATING: {said}"), KNOBS) as suber:
        found = respond(suber, histories((0, real(0), len(real(0)))), 79)
    assert (found.liked.tolist(), found.probability.tolist()) == ([liked], [said / 9])
    assert (found.liked.dtype, found.probability.dtype, found.votes) == (np.int8, np.float64, None)


def test_a_user_is_described_once_by_the_most_recent_likes_and_dislikes_of_training():
    llm = scripted()
    with Suber(DATA, llm, KNOBS) as suber:
        respond(suber, histories((0, real(0), 12), (0, real(0), 12)), 79, 78)
        respond(suber, histories((0, real(0), 12)), 77)
    (described,) = llm.calls("suber/describe")
    liked = [row for row in reversed(DATA.train(0)) if row.rating >= 3]
    disliked = [row for row in reversed(DATA.train(0)) if row.rating < 3]
    assert [item["title"] for item in described["likes"]] == [DATA.item(row.item).title for row in liked[:3]]
    assert [item["title"] for item in described["dislikes"]] == [DATA.item(row.item).title for row in disliked[:2]]
    assert {call["description"] for call in llm.calls("suber/rate")} == {"I enjoy war."}


def test_the_last_three_are_remembered_with_real_ratings_where_there_are_any():
    """Of what was recommended in this episode only the response is known."""
    llm = scripted()
    seen = [*real(0), (70, 1), (71, 0)]
    with Suber(DATA, llm, KNOBS) as suber:
        respond(suber, histories((0, seen, 12)), 79)
    last = DATA.train(0)[-1]
    (call,) = llm.calls("suber/rate")
    assert [(each["title"], each["rating"], each["liked"]) for each in call["remembered"]] == [
        (DATA.item(last.item).title, {1: 0, 2: 2, 3: 5, 4: 7, 5: 9}[int(last.rating)], last.rating >= 3),
        (DATA.item(70).title, None, True),
        (DATA.item(71).title, None, False),
    ]


def test_what_was_recommended_again_has_no_rating_although_the_user_has_one_of_it():
    item = DATA.train(0)[0].item
    with Suber(DATA, scripted(), KNOBS) as suber:
        recommended, known = (suber.asked(histories((0, [(item, 1)], start)), 0, 79).memory for start in (0, 1))
    assert (recommended[0].rating, known[0].rating is None) == (None, False)


def test_the_mean_of_others_is_shown_on_the_scale_on_which_is_rated():
    llm = scripted()
    with Suber(DATA, llm, KNOBS) as suber:
        respond(suber, histories((0, real(0), 12)), DATA.train(1)[0].item)
    mean = DATA.item(DATA.train(1)[0].item).mean
    assert mean is not None
    assert llm.calls("suber/rate")[0]["item"]["mean"] == round(9 * (mean - 1) / 4, 1)


def test_the_most_similar_three_may_be_remembered_instead():
    with Suber(DATA, scripted(), KNOBS.model_copy(update={"memory": "similar"})) as suber:
        seen = [(item, 1) for item in range(40)]
        asked = suber.asked(histories((0, seen, 0)), 0, 60)
    genres = frozenset(DATA.item(60).genres)
    likeness = [alike(genres, DATA.item(item).genres) for item in range(40)]
    third = sorted(likeness)[-3]
    kept = [memory.item for memory in asked.memory]
    assert kept == sorted(kept)
    assert all(likeness[item] >= third for item in kept)
    assert kept == sorted(sorted(range(40), key=lambda item: (likeness[item], item))[-3:])


def test_likeness_is_the_share_of_common_genres():
    assert alike(frozenset(GENRES[:2]), GENRES[1:3]) == pytest.approx(1 / 3)
    assert alike(frozenset(), ()) == 0


def test_nothing_is_remembered_of_an_empty_history_or_where_none_should_be_and_never_the_item_itself():
    with Suber(DATA, scripted(), KNOBS) as suber:
        assert suber.asked(histories((0, [], 0)), 0, 5).memory == ()
        assert [memory.item for memory in suber.asked(histories((0, [(5, 1), (6, 0)], 0)), 0, 5).memory] == [6]
    with Suber(DATA, scripted(), KNOBS.model_copy(update={"remembered": 0})) as suber:
        assert suber.asked(histories((0, real(0), 12)), 0, 5).memory == ()


def test_the_same_question_is_asked_once():
    llm = scripted()
    with Suber(DATA, llm, KNOBS) as suber:
        respond(suber, histories((0, real(0), 12), (0, real(0), 12)), 79, 79)
        respond(suber, histories((0, real(0), 12)), 79)
        respond(suber, histories((0, [*real(0), (70, 1)], 12)), 79)
    assert len(llm.calls("suber/rate")) == 2
    assert (suber.counters["ratings"], suber.counters["ratings_cached"]) == (2, 2)


def test_a_rating_that_cannot_be_read_is_counted_and_no_like():
    llm = heuristic(0.0, {"suber/describe": lambda *_: "hm", "suber/rate": lambda *_: "That depends."})
    with Suber(DATA, llm, KNOBS) as suber:
        found = respond(suber, histories((0, real(0), 12)), 79)
    assert (found.liked.tolist(), found.probability.tolist()) == ([0], [0.5])
    assert (suber.counters["rating_unreadable"], suber.counters["description_unreadable"]) == (1, 1)


def test_a_row_depends_on_itself_alone_and_not_on_how_many_are_asked_at_once():
    rows = [(user, [*real(user), (70 + user, 1)], len(real(user))) for user in range(4)]
    with Suber(DATA, heuristic(0.3), KNOBS) as suber:
        together = respond(suber, histories(*rows), 79, 78, 77, 76)
    with Suber(DATA, heuristic(0.3), KNOBS) as suber:
        apart = [respond(suber, histories(rows[at]), 79 - at) for at in reversed(range(4))][::-1]
    assert together.probability.tolist() == [float(each.probability[0]) for each in apart]
    assert len(set(together.probability.tolist())) > 1


def test_it_responds_as_the_environment_wants_it_also_from_within_a_running_loop():
    async def stage() -> None:
        with Background() as background:
            suber: Responding = Suber(DATA, heuristic(), KNOBS, background)
            found = respond(suber, histories((1, real(1), 20)), 79)
        assert 0 <= found.probability[0] <= 1

    asyncio.run(stage())


def test_a_loop_that_was_given_is_left_open():
    with Background() as background:
        Suber(DATA, scripted(), KNOBS, background).close()
        assert respond(Suber(DATA, scripted(), KNOBS, background), histories((0, real(0), 12)), 79).liked.tolist() == [1]


def test_an_engine_that_fails_is_told_and_nothing_is_remembered_of_it():
    class Gone:
        name = "gone"

        async def answer(self, asked):
            raise EngineError("the endpoint is gone")

        async def close(self) -> None:
            pass

    with Suber(DATA, Asker(Gone(), PROMPTS, "m", Sampling(), Meter()), KNOBS) as suber:
        for _ in range(2):
            with pytest.raises(EngineError, match="gone"):
                respond(suber, histories((0, real(0), 12)), 79)


def test_no_rating_of_the_test_is_ever_shown():
    """What stands in a history without being real has no rating, even where the user has one of it."""
    later = DATA.test(0)[0].item
    with Suber(DATA, scripted(), KNOBS) as suber:
        (memory,) = suber.asked(histories((0, [(later, 1)], 0)), 0, 79).memory
        (valid,) = suber.asked(histories((0, [(DATA.valid(0)[0].item, 1)], 1)), 0, 79).memory
    assert memory.rating is None
    assert valid.rating is not None


def test_many_users_one_of_whom_has_disliked_all():
    data = village(train=(1, 2, 3, 4))
    with Suber(data, heuristic(), KNOBS) as suber:
        for user in range(4):
            seen = [(row.item, 0) for row in data.train(user)]
            assert 0 <= respond(suber, histories((user, seen, len(seen))), 79).probability[0] <= 1
