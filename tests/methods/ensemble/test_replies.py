"""Replies to the ensemble's prompts as real models write them, tidy and nasty, and what they are read as (golden/)."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replies import answer, cases, golden, read_as

from reproduce.llm.engines.garble import FAULTS
from reproduce.llm.parsing import Refusal, normalise, read
from reproduce.llm.question import Unreadable
from reproduce.methods.ensemble.blocks import blocks
from reproduce.methods.ensemble.questions import OBJECTIVE, SUBJECTIVE, keywords_of, names
from reproduce.methods.ensemble.rehearsal import RULES

QUESTIONS = {question.prompt: question for question in (OBJECTIVE, SUBJECTIVE)}
FILES = golden(Path(__file__).parent / "golden")
INPUTS = {file["prompt"]: file["inputs"] for file in FILES}
EXAMPLES = {
    "ensemble/objective": INPUTS["ensemble/objective"],
    "ensemble/subjective": {**INPUTS["ensemble/subjective"], "comment": "The staff were rude. Slow service and cold food."},
}


def plain(reasons):
    return [list(reason.keywords) for reason in reasons]


@pytest.mark.parametrize(("prompt", "inputs", "case"), cases(FILES))
def test_a_reply_is_read_as_its_golden_file_says(prompt, inputs, case):
    if found := read_as(QUESTIONS[prompt], inputs, case):
        value, status = found
        assert (status, plain(value.pros), plain(value.cons), dict(value.odd)) == (
            case["status"],
            case["pros"],
            case["cons"],
            case.get("odd", {}),
        )


def test_every_question_has_golden_replies():
    assert set(INPUTS) == set(QUESTIONS)


def test_reason_and_evidence_are_kept_beside_the_keywords():
    value, _ = read(
        OBJECTIVE, answer("Pros 1: [Good\nacting] Keywords: acting Evidence: It is **praised**"), INPUTS[OBJECTIVE.prompt]
    )
    assert value.pros[0][:2] == ("Good acting", "It is **praised")


@pytest.mark.parametrize("prompt", EXAMPLES)
def test_a_rule_replies_in_the_format_that_its_prompt_asks_for(prompt):
    reply = normalise(RULES[prompt](EXAMPLES[prompt], np.random.default_rng(1)))
    QUESTIONS[prompt].strict(reply, EXAMPLES[prompt])


@pytest.mark.parametrize("fault", ["prose", "fence", "thought", "bullets", "bold", "quotes", "lower"])
@pytest.mark.parametrize("prompt", EXAMPLES)
def test_a_fault_of_form_changes_no_keyword(prompt, fault):
    question, inputs = QUESTIONS[prompt], EXAMPLES[prompt]
    reply = RULES[prompt](inputs, np.random.default_rng(1))
    meant, _ = read(question, answer(reply), inputs)
    found, _ = read(question, answer(FAULTS[fault][0](reply)), inputs)
    assert (plain(found.pros), plain(found.cons)) == (plain(meant.pros), plain(meant.cons))


@pytest.mark.parametrize("fault", ["chatter", "empty"])
@pytest.mark.parametrize("prompt", EXAMPLES)
def test_what_says_nothing_is_never_read_as_a_value(prompt, fault):
    with pytest.raises(Unreadable):
        read(QUESTIONS[prompt], answer(FAULTS[fault][0]("")), EXAMPLES[prompt])


# ---------------------------------------------------------------- the fallback


def test_the_fallback_is_one_neutral_keyword_on_both_sides():
    value = OBJECTIVE.fallback(INPUTS[OBJECTIVE.prompt])
    assert keywords_of(value.pros) == keywords_of(value.cons) == {"crime"}
    assert value.odd == (("neutral_keywords", 1),)


def test_the_fallback_of_an_item_without_category_has_no_keyword_and_is_counted():
    item = {"name": "X", "attributes": "", "categories": ["a category of far too many words"]}
    value = SUBJECTIVE.fallback({**INPUTS[SUBJECTIVE.prompt], "item": item})
    assert (value.pros, value.cons, value.odd) == ((), (), (("neutral_without_category", 1),))


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("keyword", "name", "is_name"),
    [
        ("quiet river", "quiet river", True),
        ("like quiet river", "quiet river", True),
        ("river", "quiet river", False),
        ("drama", "drama", True),
        ("crime drama", "drama", False),
        ("anything", "", False),
    ],
)
def test_a_keyword_is_the_name_or_holds_one_of_several_words(keyword, name, is_name):
    assert names(keyword, name) is is_name


# ---------------------------------------------------------------- any reply

WORD = st.sampled_from(["crime", "slow pace", "great cast", "[keywords of pros 1]", "", "a b c d e f", "Quiet River", "none"])
LINE = st.one_of(
    st.builds("{}{} {}{}{}".format, st.sampled_from(["", "- ", "**"]), st.sampled_from(["Pros", "Cons", "pro", "CON"]),
              st.integers(0, 12), st.sampled_from([":", ": [", "**:", " -"]), WORD),
    st.builds("{}: {}".format, st.sampled_from(["Evidence", "evidences", "**Evidence**"]), WORD),
    st.builds("{}: {}".format, st.sampled_from(["Keywords", "key words", "Keyword"]), st.lists(WORD, max_size=4).map(", ".join)),
    st.text(max_size=20),
)  # fmt: skip


@given(st.lists(LINE, max_size=12), st.sampled_from(["\n", " ", "\n\n"]), st.sampled_from(sorted(QUESTIONS)))
def test_any_reply_is_read_into_tidy_keywords_of_the_wanted_sides_or_not_at_all(lines, between, prompt):
    inputs = INPUTS[prompt]
    try:
        value, _ = read(QUESTIONS[prompt], answer(between.join(lines)), inputs)
    except (Unreadable, Refusal):
        return
    assert value.pros or value.cons
    assert prompt == "ensemble/objective" or not value.pros
    assert max(len(value.pros), len(value.cons)) <= 3
    assert not keywords_of(value.pros) & keywords_of(value.cons)
    for reason in (*value.pros, *value.cons):
        assert reason.keywords
        assert len(set(reason.keywords)) == len(reason.keywords)
        assert all(keyword == keyword.casefold() and 1 <= len(keyword.split()) <= inputs["words"] for keyword in reason.keywords)


FIELDS = {"Reason": "{side} {n}: because", "Evidence": "Evidence: so", "Keywords": "Keywords: key{n}{side}"}


@given(st.permutations(list(FIELDS)), st.integers(1, 3), st.sampled_from([" ", "\n"]))
def test_labels_may_stand_in_any_order(order, n, between):
    """5.14: the same order in every block, whichever it is."""
    sides = ("Pros", "Cons")
    parts = [FIELDS[field].format(side=side, n=k + 1) for side in sides for k in range(n) for field in order]
    found = [(block.side, block.text, block.evidence, block.keywords) for block in blocks(between.join(parts))]
    assert found == [(side, "because", "so", f"key{k + 1}{side}") for side in sides for k in range(n)]


@given(st.text(alphabet="PpRrOoSsCcNn 123:[]*-\n,EevidKky", max_size=200))
def test_no_text_breaks_the_parser(text):
    for block in blocks(text):
        assert block.side in ("Pros", "Cons")


@pytest.mark.parametrize("again", ["\n- ", "Pros 1: ", "pros ", "Keywords: ", "( ", "#", "the pros , "])
def test_a_reply_that_runs_on_for_ever_is_read_in_no_time(again):
    start = time.perf_counter()
    blocks("Pros 1: x\nKeywords: " + again * (20_000 // len(again)))
    assert time.perf_counter() - start < 2
