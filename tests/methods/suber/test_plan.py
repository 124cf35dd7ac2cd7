"""The plan of SUBER: a description per user, a rating per step."""

from __future__ import annotations

from baselines import PROMPTS
from village import village

from reproduce.methods.agent4rec.plan import ruler
from reproduce.methods.suber.plan import RATE_REPLY, plan
from reproduce.params import SuberKnobs


def test_a_step_is_a_call():
    described, rated = plan(ruler(PROMPTS, village(), (0, 1)), 4, 1000, SuberKnobs())
    assert (described.prompt, described.calls) == ("suber/describe", 4)
    assert (rated.prompt, rated.calls, rated.completion_tokens) == ("suber/rate", 1000, RATE_REPLY)
    assert 250 < rated.prompt_tokens < 900


def test_more_memory_is_longer():
    sent = [plan(ruler(PROMPTS, village(), (0, 1)), 1, 1, SuberKnobs(remembered=n))[1].prompt_tokens for n in (0, 1, 3)]
    assert sent == sorted(set(sent))
