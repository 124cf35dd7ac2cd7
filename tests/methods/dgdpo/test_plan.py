"""What Algorithm 1 will ask, before it asks (dgdpo.md 7)."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from village import village

from reproduce.data.splits import ini_opt
from reproduce.llm.prompts import Prompts
from reproduce.methods.agent4rec.plan import plan, ruler
from reproduce.methods.dgdpo.plan import Calls, algorithm_1, construction, corpus, update
from reproduce.params import CorpusKnobs, DgdpoKnobs

PROMPTS = Prompts(Path(__file__).parents[3] / "prompts", {"dgdpo/round": 1})
VILLAGE = village()
USERS = (0, 1, 2, 3)


def test_the_planning_numbers_of_ml_1m():
    """T = 76, q = 0.38, N1 = 4: 28.88 cases; floor(28.88 / 4) = 7, and a little less on average."""
    found = algorithm_1(76, DgdpoKnobs(yes_rates=False))
    assert (found.decide, found.genopt) == (pytest.approx(76), pytest.approx(6.845, abs=0.01))
    assert found.infer == 4 * found.genopt == 4 * found.refine


def test_short_histories_fill_a_batch_now_and_then():
    """T = 10: 3.8 cases make no batch by the mean; more than two in five users have four."""
    assert 0.4 < algorithm_1(10, DgdpoKnobs(yes_rates=False)).genopt < 0.7


@pytest.mark.parametrize(("T", "q", "n1", "iterate"), list(product((1, 6, 9), (0.3, 0.8), (1, 2, 4), (True, False))))
def test_the_expectation_is_the_mean_over_all_answers(T, q, n1, iterate):
    """Every sequence of T answers, weighed by its chance, counted as Algorithm 1 does."""
    mean: Counter[str] = Counter()
    for answers in product((True, False), repeat=T):  # True: declined
        chance = q ** sum(answers) * (1 - q) ** (T - sum(answers))
        cases = batches = asked = 0
        for declined in answers:
            asked, cases = asked + 1, cases + declined
            if cases == n1:
                cases, batches = 0, batches + 1
                if not iterate:
                    break
        mean.update({"decide": chance * asked, "infer": chance * batches * n1, "genopt": chance * batches})
    found = algorithm_1(T, DgdpoKnobs(n1=n1, yes_rates=False), q=q, iterate=iterate)
    assert {"decide": found.decide, "infer": found.infer, "genopt": found.genopt} == pytest.approx(dict(mean))


def test_acceptance_before_and_after_costs_the_items_that_the_two_profiles_have_not_seen():
    """T = 20, all declined: the first profile misses 16 items, the last one 20 of 20; without iteration 16 and 20, after 4."""
    assert algorithm_1(20, DgdpoKnobs(), q=1.0).decide == 20 + 16 + 20
    assert algorithm_1(20, DgdpoKnobs(), q=1.0, iterate=False).decide == 4 + 16 + 20
    assert algorithm_1(3, DgdpoKnobs(), q=1.0) == Calls(decide=3, infer=0, genopt=0, refine=0)


def test_unseen_items_are_decided_too_and_their_cases_are_asked_about_in_their_own_words():
    found = algorithm_1(20, DgdpoKnobs(opt_negatives=0.5, yes_rates=False), q=0.5, a=1.0)
    assert found.decide == 30
    assert found.infer == pytest.approx(found.infer_accepted), "ten declined, ten accepted"
    assert found.infer + found.infer_accepted == pytest.approx(4 * found.genopt)


def counts(found) -> dict[str, float]:
    return {each.prompt: each.calls for each in found}


def test_a_run_of_agent4rec_is_a_profile_and_its_pages():
    assert counts(plan(ruler(PROMPTS, VILLAGE, USERS), USERS, 4, 10, 20, 42)) == {"dgdpo/init": 4, "dgdpo/round": 4 * 4 * 10}


@pytest.mark.parametrize("prompted", [False, True])
def test_a_construction_is_the_sum_over_users(prompted):
    found = counts(construction(ruler(PROMPTS, VILLAGE, USERS), USERS, 0.6, DgdpoKnobs(), prompted=prompted))
    each = [algorithm_1(len(ini_opt(VILLAGE.train(user), 0.6)[1]), DgdpoKnobs()) for user in USERS]
    assert found["dgdpo/decide"] == sum(calls.decide for calls in each)
    assert found["dgdpo/infer"] == 4 * found["dgdpo/genopt"] == 4 * found["dgdpo/refine"]
    assert found.get("dgdpo/diag", 0) == (found["dgdpo/infer"] if prompted else 0)
    assert "dgdpo/infer_accepted" not in found


def test_updates_stand_only_where_there_are_some():
    measure = ruler(PROMPTS, VILLAGE, USERS)
    assert counts(update(measure, 80)) == {"dgdpo/update": 80}
    assert update(measure, 0) == []


def test_a_corpus_is_at_most_so_many_items_per_user():
    found = counts(corpus(ruler(PROMPTS, VILLAGE, USERS), USERS, 0.6, CorpusKnobs()))
    assert found["dgdpo/init"] == 4
    assert found["dgdpo/decide"] == 7 + 12 + 9 + 15  # D_ini of 12, 20, 15 and 25 interactions
    assert "dgdpo/opposite" not in counts(corpus(ruler(PROMPTS, VILLAGE, USERS), USERS, 0.6, CorpusKnobs(opposite="template")))


def test_tokens_are_those_of_the_prompts_on_these_data():
    init, pages = plan(ruler(PROMPTS, VILLAGE, USERS), USERS, 4, 10, 20, 42)
    assert 300 < init.prompt_tokens < 900
    assert 700 < pages.prompt_tokens < 1500
    assert (init.completion_tokens, pages.completion_tokens) == (60, 650)
