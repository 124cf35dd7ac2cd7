"""Where the loss is: on the Output tokens and the end token, and nowhere else (DGDPO, Eq. 2)."""

from __future__ import annotations

import pytest
import torch

from reproduce.training import language_model, tiny
from reproduce.training.checkpoint import chat_ids, piece_ids
from reproduce.training.recipe import Recipe
from reproduce.training.sft import Example, tokenise
from reproduce.training.trainer import HIDDEN, Tokenised, arguments, train, trainer_class

MESSAGES = (("system", "You judge walls."), ("user", "Judge this wall: red and old"))
OUTPUT = ("Evidence: red is bad", "\nDefect Type: Inaccurate & Incomplete")


@pytest.fixture(scope="module")
def base():
    return tiny.build(
        [content for _, content in MESSAGES] + ["".join(OUTPUT)], seed=1, shape=tiny.Shape(vocabulary=300, layers=1)
    )


def test_the_labels_are_the_output_and_the_end_token_and_nothing_else(base):
    (sample,), cut = tokenise(base.tokenizer, [Example(MESSAGES, OUTPUT)], 512)
    learnt = [token for token, label in zip(sample.ids, sample.labels, strict=True) if label != HIDDEN]
    assert cut == 0
    assert all(label in (HIDDEN, token) for token, label in zip(sample.ids, sample.labels, strict=True))
    assert learnt == sample.ids[-len(learnt) :]
    assert base.tokenizer.decode(learnt) == "".join(OUTPUT).lower() + "<|im_end|>"
    assert base.tokenizer.decode(sample.ids[: -len(learnt)]).endswith("<|im_start|>assistant\n")


def test_the_trainer_sees_exactly_these_labels_after_batching(base, tmp_path):
    short = Example(MESSAGES, ("Defect Type: Incomplete",))
    samples, _ = tokenise(base.tokenizer, [Example(MESSAGES, OUTPUT), short], 512)
    seen = []

    class Spy(trainer_class(base.model)):
        def compute_loss(self, model, inputs, **more):
            seen.append({name: inputs[name].clone() for name in ("input_ids", "labels", "attention_mask")})
            return super().compute_loss(model, inputs, **more)

    train(base, samples, Recipe(1, 1e-3, 2, 512, seed=1), tmp_path, trainer=Spy)
    labels = sorted(tuple(row[row != HIDDEN].tolist()) for row in seen[0]["labels"])
    assert labels == sorted(tuple(t for t in sample.labels if t != HIDDEN) for sample in samples)
    assert (seen[0]["labels"][seen[0]["attention_mask"] == 0] == HIDDEN).all()


def test_a_long_prompt_loses_its_start_and_the_output_stays_whole(base):
    (sample,), cut = tokenise(base.tokenizer, [Example((("user", "old " * 200),), OUTPUT)], 60)
    learnt = [label for label in sample.labels if label != HIDDEN]
    assert (cut, len(sample.ids)) == (1, 60)
    assert learnt == [*piece_ids(base.tokenizer, OUTPUT), base.tokenizer.eos_token_id]
    assert base.tokenizer.decode(sample.ids).count("assistant") == 1


def test_an_output_that_alone_is_too_long_is_refused(base):
    with pytest.raises(ValueError, match="output alone"):
        tokenise(base.tokenizer, [Example(MESSAGES, OUTPUT)], 5)


def test_samples_that_would_be_cut_or_teach_nothing_never_reach_the_trainer(base, tmp_path):
    recipe = Recipe(1, 1e-3, 1, 4, seed=1)
    with pytest.raises(ValueError, match="5 tokens"):
        train(base, [Tokenised([1] * 5, [1] * 5)], recipe, tmp_path)
    with pytest.raises(ValueError, match="no token to learn"):
        train(base, [Tokenised([1], [HIDDEN])], recipe, tmp_path)


def test_pretraining_learns_every_token_of_a_whole_text(base):
    (sample,), cut = language_model.tokenise(base.tokenizer, [language_model.Text("red and old")], 64)
    assert (sample.ids, cut) == (sample.labels, 0)
    assert sample.ids[-1] == base.tokenizer.eos_token_id


def test_the_loss_of_the_fast_trainer_is_that_of_trl(base, tmp_path):
    from trl import SFTTrainer

    samples, _ = tokenise(base.tokenizer, [Example(MESSAGES, OUTPUT), Example(MESSAGES, ("Defect Type: Incomplete",))], 512)
    inputs = _batch(samples, base.tokenizer.pad_token_id)
    losses = [
        make(
            model=base.model,
            args=arguments(Recipe(1, 1e-3, 2, 512, seed=1), tmp_path),
            train_dataset=_rows(samples),
            processing_class=base.tokenizer,
        )
        .compute_loss(base.model, dict(inputs))
        .item()
        for make in (trainer_class(base.model), SFTTrainer)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_only_small_models_on_a_cpu_take_the_fast_trainer(base, monkeypatch):
    assert trainer_class(base.model).__name__ == "LabelledOnly"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert trainer_class(base.model).__name__ == "Silent"


def test_pieces_give_the_tokens_of_the_whole_text(base):
    assert piece_ids(base.tokenizer, OUTPUT) == piece_ids(base.tokenizer, ["".join(OUTPUT)])


def test_thinking_is_disabled_where_the_template_knows_it(base):
    from copy import deepcopy

    tokenizer = deepcopy(base.tokenizer)
    tokenizer.chat_template = (
        "{% if enable_thinking is defined and not enable_thinking %}no thoughts{% else %}thoughts{% endif %}"
    )
    assert tokenizer.decode(chat_ids(tokenizer, MESSAGES)) == "no thoughts"


def _rows(samples):
    from datasets import Dataset

    return Dataset.from_dict({"input_ids": [s.ids for s in samples], "labels": [s.labels for s in samples]})


def _batch(samples, pad):
    longest = max(len(sample.ids) for sample in samples)
    fill = lambda row, value: row + [value] * (longest - len(row))  # noqa: E731
    return {
        "input_ids": torch.tensor([fill(sample.ids, pad) for sample in samples]),
        "labels": torch.tensor([fill(sample.labels, HIDDEN) for sample in samples]),
        "attention_mask": torch.tensor([fill([1] * len(sample.ids), 0) for sample in samples]),
    }
