"""Items described by what is known of them and by reviews: which ones are read, what is kept, and what is counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from baselines import PROMPTS
from hypothesis import given
from hypothesis import strategies as st
from reviewed import KNOBS, SCRIPT, Row, dataset
from village import ScriptedLlm

from reproduce.data.reviews import Reviews
from reproduce.errors import EngineError, SpecError
from reproduce.files import read_jsonl
from reproduce.llm.ask import Asker
from reproduce.llm.engines.heuristic import Heuristic
from reproduce.llm.meter import Meter
from reproduce.llm.request import Sampling
from reproduce.methods.ensemble.annotation import annotate, is_grounded
from reproduce.methods.ensemble.comments import chosen
from reproduce.methods.ensemble.questions import Reason, card
from reproduce.methods.ensemble.rehearsal import RULES
from reproduce.params import EnsembleKnobs


def heuristic(error_rate: float = 0.05, rules=RULES) -> Asker:
    return Asker(Heuristic(rules, error_rate, 42), PROMPTS, "heuristic-1", Sampling(), Meter())


def run(llm, data, knobs: EnsembleKnobs = KNOBS, seed: int = 1):
    return asyncio.run(annotate(llm, data, knobs, seed))


def test_keywords_of_an_item_are_those_of_its_description_and_of_its_reviews(tmp_path):
    found = run(ScriptedLlm(SCRIPT), dataset(tmp_path)).descriptions
    assert found.pros_of(0) == ("good 0", "the staff were friendly")
    assert found.cons_of(0) == ("bad 0", "rude staff")
    assert (found.pros_of(1), found.cons_of(1)) == (("good 1",), ("bad 1", "the service was slow"))
    assert (found.pros_of(3), found.cons_of(3)) == (("good 3",), ("bad 3",))
    assert [found.categories_of(item) for item in range(4)] == [("Bars",), ("Bars",), ("other",), ("Food",)]


def test_what_keywords_were_taken_from_is_kept_with_its_evidence(tmp_path):
    run(ScriptedLlm(SCRIPT), dataset(tmp_path)).save(tmp_path / "out")
    rows = read_jsonl(tmp_path / "out" / "reasons.jsonl")
    assert len(rows) == 4 * 6 + 3 * 3
    assert [row["user"] for row in rows if row["item"] == 0] == [None] * 6 + [0] * 3 + [1] * 3
    assert rows[6] == {
        "item": 0,
        "user": 0,
        "side": "pos",
        "text": "x",
        "evidence": "The staff were friendly",
        "keywords": ["the staff were friendly"],
    }


def test_an_item_is_asked_for_once_and_every_review_on_the_side_of_its_rating(tmp_path):
    llm = ScriptedLlm(SCRIPT)
    run(llm, dataset(tmp_path))
    assert [inputs["item"]["name"] for inputs in llm.calls("ensemble/objective")] == [f"Place {item}" for item in range(4)]
    told = {
        (inputs["comment"], inputs["side"], inputs["rating"], inputs["domain"]) for inputs in llm.calls("ensemble/subjective")
    }
    assert told == {
        ("The staff were friendly.", "Pros", 5.0, "business"),
        ("The service was slow.", "Cons", 2.0, "business"),
        ("Rude staff.", "Cons", 1.0, "business"),
    }


def test_no_word_of_validation_and_test_is_ever_shown(tmp_path):
    """LG-D3."""
    llm = ScriptedLlm(SCRIPT)
    run(llm, dataset(tmp_path))
    assert "secret" not in str(llm.asked)


def test_a_rating_on_the_threshold_is_a_like_on_any_scale(tmp_path):
    llm = ScriptedLlm(SCRIPT)
    data = replace(dataset(tmp_path, [(0, 0, 6.0, "train", "six"), (1, 0, 5.0, "train", "five")]), liked_from=6)
    run(llm, data)
    assert [(each["comment"], each["side"]) for each in llm.calls("ensemble/subjective")] == [("six", "Pros"), ("five", "Cons")]


def test_what_is_odd_is_counted(tmp_path):
    counters = run(ScriptedLlm(SCRIPT), dataset(tmp_path)).counters
    expected = {
        "items": 4,
        "items_of_other_category": 1,
        "items_without_category_in_data": 1,
        "reviews": 4,
        "reviews_empty": 1,
        "reviews_read": 3,
        "reviews_beyond_cap": 0,
        "reviews_cut": 0,
        "rows_without_review": 1,
        "unreadable": 0,
    }
    assert {name: counters[name] for name in expected} == expected


def test_a_long_comment_is_cut_and_counted(tmp_path):
    llm = ScriptedLlm(SCRIPT)
    data = dataset(tmp_path, [(0, 0, 5.0, "train", "one two three four")])
    found = run(llm, data, KNOBS.model_copy(update={"comment_words": 2}))
    assert [each["comment"] for each in llm.calls("ensemble/subjective")] == ["one two"]
    assert found.counters["reviews_cut"] == 1


def test_a_data_set_without_texts_has_objective_keywords_only(tmp_path):
    data = replace(dataset(tmp_path), texts=Reviews(None))
    found = run(ScriptedLlm(SCRIPT), data)
    assert (found.descriptions.pros_of(0), found.counters["rows_without_review"]) == (("good 0",), 5)


# ---------------------------------------------------------------- LG-D15


def many(n: int) -> list[Row]:
    return [(user, 0, 5.0 if user % 2 else 1.0, "train", f"text {user}") for user in range(n)]


def test_at_most_so_many_reviews_per_side_are_read_and_the_rest_is_counted(tmp_path):
    counters: Counter[str] = Counter()
    found = chosen(dataset(tmp_path, many(30)), KNOBS, 1, counters)
    assert Counter(comment.side for comment in found[0]) == {"Pros": 5, "Cons": 5}
    assert (counters["reviews_read"], counters["reviews_beyond_cap"]) == (10, 20)
    assert len(chosen(dataset(tmp_path, many(30)), KNOBS.model_copy(update={"reviews_per_side": None}), 1, Counter())[0]) == 30


def test_which_ones_depends_on_the_seed_and_not_on_what_else_was_written(tmp_path):
    def users(seed: int, rows: list[Row]) -> list[int]:
        return [comment.user for comment in chosen(dataset(tmp_path, rows), KNOBS, seed, Counter())[0]]

    others: list[Row] = [(user, 1, 5.0, "train", "of another item") for user in range(40)]
    assert users(1, many(40)) == users(1, sorted([*many(40), *others]))
    assert users(1, many(40)) != users(2, many(40))


def test_every_review_has_the_same_chance(tmp_path):
    drawn = Counter(
        comment.user for seed in range(200) for comment in chosen(dataset(tmp_path, many(20)), KNOBS, seed, Counter())[0]
    )
    assert min(drawn.values()) > 70
    assert max(drawn.values()) < 130


# ---------------------------------------------------------------- through the whole ladder


def test_concurrency_and_a_second_run_change_no_byte(tmp_path):
    class Uneven:
        name = "heuristic"

        def __init__(self) -> None:
            self._inner, self._n = Heuristic(RULES, 0.3, 42), 0

        async def answer(self, asked):
            self._n += 1
            await asyncio.sleep(0.001 * (self._n * 7 % 5))
            return await self._inner.answer(asked)

        async def close(self) -> None:
            pass

    uneven = Asker(Uneven(), PROMPTS, "heuristic-1", Sampling(), Meter())
    for name, llm in (("one", heuristic(0.3)), ("other", uneven)):
        run(llm, dataset(tmp_path, many(40))).save(tmp_path / name)
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "other" / path.name).read_bytes()


def test_unreadable_replies_leave_a_neutral_keyword_on_both_sides_and_are_counted(tmp_path):
    rules = dict.fromkeys(RULES, lambda inputs, random: "That depends.")
    found = run(heuristic(0.0, rules), dataset(tmp_path))
    assert (found.descriptions.pros_of(0), found.descriptions.cons_of(0)) == (("bar",), ("bar",))
    assert (found.descriptions.pros_of(2), found.descriptions.cons_of(2)) == ((), ())
    assert (found.counters["unreadable"], found.counters["neutral_keywords"], found.counters["neutral_without_category"]) == (
        7,
        6,
        1,
    )
    assert (found.counters["pos_items_without_keywords"], found.counters["neg_items_without_keywords"]) == (1, 1)
    assert not found.descriptions.pos_embedding[2].any()


def test_an_engine_that_fails_stops_it(tmp_path):
    class Gone:
        name = "gone"

        async def answer(self, asked):
            raise EngineError("the endpoint is gone")

        async def close(self) -> None:
            pass

    with pytest.raises(EngineError, match="gone"):
        run(Asker(Gone(), PROMPTS, "m", Sampling(), Meter()), dataset(tmp_path))


def test_an_encoder_that_gives_no_numbers_is_told(tmp_path, monkeypatch):
    nan = lambda self, texts: np.full((len(texts), 2), np.nan, dtype=np.float32)  # noqa: E731
    monkeypatch.setattr("reproduce.llm.sentences.Sentences.encode", nan)
    with pytest.raises(SpecError, match="a vector that is not finite"):
        run(ScriptedLlm(SCRIPT), dataset(tmp_path), KNOBS.model_copy(update={"encoder": "broken"}))


# ---------------------------------------------------------------- evidence


def test_a_block_whose_evidence_was_not_shown_may_be_dropped(tmp_path):
    knobs = KNOBS.model_copy(update={"check_evidence": True})
    found = run(ScriptedLlm(SCRIPT), dataset(tmp_path), knobs)
    assert found.descriptions.pros_of(0) == ("good 0", "the staff were friendly")  # of item 0 alone WiFi is told
    assert found.descriptions.pros_of(3) == ()
    assert (found.counters["blocks"], found.counters["blocks_without_evidence"]) == (33, 18)


@pytest.mark.parametrize(
    ("evidence", "grounded"), [("It has WiFi", True), ("Bars", True), ("rude to me", True), ("Parking", False)]
)
def test_evidence_is_a_content_word_of_item_or_comment(tmp_path, evidence, grounded):
    inputs = {"item": card(dataset(tmp_path).item(0)), "comment": "They were rude."}
    assert is_grounded(Reason("x", evidence, ("y",)), inputs) is grounded


@given(st.text(max_size=30))
def test_any_evidence_can_be_checked(evidence):
    inputs = {"item": {"name": "X", "attributes": "", "categories": []}}
    assert is_grounded(Reason("x", evidence, ("y",)), inputs) in (True, False)
