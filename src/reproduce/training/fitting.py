"""The two trainings of a diagnosis model from a corpus folder to a model folder (DGDPO, "training strategy")."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from reproduce.files import dumps, write_json
from reproduce.params import DiagnoserKnobs
from reproduce.spec import Scale
from reproduce.training import language_model, selection, sft
from reproduce.training.checkpoint import Checkpoint, load, replacing, save
from reproduce.training.material import Material
from reproduce.training.progress import progress
from reproduce.training.recipe import Recipe
from reproduce.training.trainer import Trained, train

VALIDATED = 400
"""Most validation samples that an epoch is scored on."""


def pretrain(corpus: Path, knobs: DiagnoserKnobs, seed: int, out: Path, scratch: Path, scale: Scale = "base") -> None:
    """Pre-train the knobs' checkpoint of that scale on the corpus' texts, into `out`."""
    material = Material.read(corpus)
    texts = material.texts()
    base = material.base(_checkpoint(knobs, scale), seed)
    recipe = _recipe(knobs, seed, knobs.pretrain_epochs, knobs.pretrain_lr, knobs.pretrain_batch, knobs.pretrain_length)
    _begin(scratch, recipe, [_checkpoint(knobs, scale), *(text.text for text in texts)])
    tokens, cut = language_model.tokenise(base.tokenizer, texts, recipe.length)
    trained = train(base, tokens, recipe, scratch, [progress(out.name)])
    _end(material, Checkpoint(trained.model, base.tokenizer), out, scratch, _report(recipe, trained, len(texts), cut))


def finetune(
    corpus: Path, base: Path | None, knobs: DiagnoserKnobs, seed: int, out: Path, scratch: Path, scale: Scale = "base"
) -> None:
    """Fine-tune a pre-trained model (or, without one, the knobs' checkpoint of that scale) on the labelled defects, into `out`.

    The epoch with the best validation accuracy is kept (DG-D16), the last one where a small corpus has nothing to validate on.
    """
    material = Material.read(corpus)
    examples = [material.example(row) for row in material.samples("train")[: knobs.finetune_samples]]
    valid = [(material.example(row), row) for row in material.samples("valid")[:VALIDATED]]
    start = load(base) if base else material.base(_checkpoint(knobs, scale), seed)
    recipe = _recipe(knobs, seed, knobs.finetune_epochs, knobs.finetune_lr, knobs.finetune_batch, knobs.finetune_length)
    _begin(
        scratch,
        recipe,
        [str(base or _checkpoint(knobs, scale)), *(dumps([example.messages, example.output]) for example in examples)],
    )
    tokens, cut = sft.tokenise(start.tokenizer, examples, recipe.length)
    best = selection.BestEpoch(scratch, lambda model: selection.accuracy(Checkpoint(model, start.tokenizer), valid))
    callbacks = [best.callback(-(-len(tokens) // recipe.batch)), progress(out.name)] if valid else [progress(out.name)]
    trained = train(start, tokens, recipe, scratch, callbacks)
    report = _report(recipe, trained, len(examples), cut) | {"validation": best.scores, "validated_on": len(valid)}
    _end(material, Checkpoint(trained.model, start.tokenizer), out, scratch, report)


def _checkpoint(knobs: DiagnoserKnobs, scale: Scale) -> str:
    return knobs.checkpoint if scale == "base" else knobs.large_checkpoint


def _recipe(knobs: DiagnoserKnobs, seed: int, epochs: float, rate: float, batch: int, length: int) -> Recipe:
    return Recipe(
        epochs=epochs,
        learning_rate=rate,
        batch=batch,
        length=length,
        seed=seed,
        beta2=knobs.adam_beta2,
        lora=knobs.lora,
        checkpoint_steps=knobs.checkpoint_steps,
    )


def _begin(scratch: Path, recipe: Recipe, material: Sequence[str]) -> None:
    """Keep what a killed training left only when it was this one: same recipe, same samples."""
    this = hashlib.sha256("\n".join((dumps(recipe.described()), *material)).encode()).hexdigest()
    known = scratch / "training"
    if not known.is_file() or known.read_text(encoding="utf-8") != this:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        known.write_text(this, encoding="utf-8")


def _report(recipe: Recipe, trained: Trained, samples: int, cut: int) -> dict[str, object]:
    """No times in it, so that equal trainings are equal bytes."""
    parameters = sum(weights.numel() for weights in trained.model.parameters())
    return {
        "recipe": recipe.described(),
        "samples": samples,
        "cut": cut,
        "steps": trained.steps,
        "losses": trained.losses,
        "parameters": parameters,
    }


def _end(material: Material, checkpoint: Checkpoint, out: Path, scratch: Path, report: Mapping[str, object]) -> None:
    with replacing(out) as folder:
        save(checkpoint, folder)
        write_json(folder / "task.json", dict(material.task))
        write_json(folder / "training.json", dict(report))
    shutil.rmtree(scratch, ignore_errors=True)
