"""The plan of an annotation is what it then asks."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from baselines import PROMPTS
from reviewed import KNOBS, SCRIPT, dataset
from village import ScriptedLlm

from reproduce.data.reviews import Reviews
from reproduce.methods.agent4rec.plan import ruler
from reproduce.methods.ensemble.annotation import annotate
from reproduce.methods.ensemble.plan import OBJECTIVE_REPLY, corpus

ROWS = [(user, item, float(1 + (user + item) % 5), "train", "so " * (user % 4)) for user in range(15) for item in range(4)]


@pytest.mark.parametrize("most", [1, 3, None])
def test_as_many_calls_are_planned_as_are_made(tmp_path, most):
    knobs = KNOBS.model_copy(update={"reviews_per_side": most})
    data, llm = dataset(tmp_path, ROWS), ScriptedLlm(SCRIPT)
    asyncio.run(annotate(llm, data, knobs, 1))
    planned = corpus(ruler(PROMPTS, data, ()), knobs)
    assert {each.prompt: each.calls for each in planned} == Counter(prompt for prompt, _ in llm.asked)
    assert planned[0].completion_tokens == OBJECTIVE_REPLY
    assert all(100 < each.prompt_tokens < 1000 for each in planned)


def test_a_data_set_without_texts_plans_no_reviews(tmp_path):
    """As Anime: one call per item (ensemble.md 7)."""
    data = replace(dataset(tmp_path), texts=Reviews(None))
    assert [(each.prompt, each.calls) for each in corpus(ruler(PROMPTS, data, ()), KNOBS)] == [("ensemble/objective", 4)]
