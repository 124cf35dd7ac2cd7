"""Scoring of given continuations: whole, with the end token, the same alone as in a batch."""

from __future__ import annotations

import pytest
import torch

from reproduce.training import tiny
from reproduce.training.checkpoint import piece_ids
from reproduce.training.constrained import choose, generate, score

TEXT = "once the wall was red and the door was green and blue"


@pytest.fixture(scope="module")
def base():
    made = tiny.build([TEXT], seed=3, shape=tiny.Shape(vocabulary=300, layers=2))
    made.model.eval()
    return made


def ids(base, text):
    return piece_ids(base.tokenizer, [text])


def log_p(model, prompt, option):
    """By the definition: one full forward pass without a cache."""
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[*prompt, *option]])).logits[0].double().log_softmax(-1)
    return sum(logits[len(prompt) + at - 1, token].item() for at, token in enumerate(option))


def test_scores_are_the_summed_log_probabilities_of_the_definition(base):
    prompts = [ids(base, "once the wall was"), ids(base, "the door was red and the")]
    options = [ids(base, " red"), ids(base, " green and blue"), ids(base, " a wall")]
    found = score(base.model, prompts, [[options], [options]])
    for prompt, (scores,) in zip(prompts, found, strict=True):
        assert scores == pytest.approx([log_p(base.model, prompt, option) for option in options], abs=1e-4)


def test_later_steps_go_on_from_the_best_option_of_the_step_before(base):
    prompt = ids(base, "once the wall was")
    first, second = [ids(base, " red"), ids(base, " green and blue")], [ids(base, " and"), ids(base, " the door")]
    other = [ids(base, "the door")]
    (one, two), _ = score(base.model, [prompt, ids(base, "once")], [[first, second], [other]])
    best = first[one.index(max(one))]
    assert two == pytest.approx([log_p(base.model, [*prompt, *best], option) for option in second], abs=1e-4)


def test_a_row_scores_alone_as_in_a_batch(base):
    prompts = [ids(base, "once"), ids(base, "once the wall was red and the door was")]
    steps = [
        [[ids(base, " red"), ids(base, " green")], [ids(base, " and"), ids(base, " blue")]],
        [[ids(base, " a"), ids(base, " the wall")]],
    ]
    together = score(base.model, prompts, steps)
    for at, prompt in enumerate(prompts):
        (alone,) = score(base.model, [prompt], [steps[at]])
        for a, b in zip(alone, together[at], strict=True):
            assert a == pytest.approx(b, abs=1e-4)


def test_the_end_token_decides_between_a_label_and_its_prolongation(base):
    """A model sure to go on after `red`: without the end token the shorter option can only win, with it the longer one does."""
    prompt, end = ids(base, "once the wall was"), base.tokenizer.eos_token_id
    model = tiny.build([TEXT], seed=3, shape=tiny.Shape(vocabulary=300, layers=2)).model
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    taught = torch.tensor([[*prompt, *ids(base, " red and green"), end]])
    for _ in range(60):
        optimiser.zero_grad()
        model(input_ids=taught, labels=taught).loss.backward()
        optimiser.step()
    model.eval()
    short, long = ids(base, " red"), ids(base, " red and green")
    assert choose(model, [prompt], [[[short, long]]]) == [[0]]
    assert choose(model, [prompt], [[[[*short, end], [*long, end]]]]) == [[1]]
    assert generate(model, [prompt, ids(base, "wall was")], end, base.tokenizer.pad_token_id, 8)[0] == long


def test_ties_go_to_the_first_option_and_empty_options_are_refused(base):
    prompt, option = ids(base, "once"), ids(base, " the")
    assert choose(base.model, [prompt], [[[option, option]]]) == [[0]]
    with pytest.raises(ValueError, match="without tokens"):
        score(base.model, [prompt], [[[option, []]]])
