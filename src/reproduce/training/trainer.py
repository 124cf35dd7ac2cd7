"""What pre-training and fine-tuning share: TRL's trainer on tokens that are ready, on whatever machine there is."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reproduce.training.batches import sampler
from reproduce.training.checkpoint import Checkpoint
from reproduce.training.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, TrainerCallback
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

HIDDEN = -100
"""The label of a token without loss."""
SMALL = 20_000_000
"""Parameters below which a model on a CPU is trained without TRL's statistics of all positions."""


class Tokenised(NamedTuple):
    """Tokens of one sample, and the label of each: itself, or HIDDEN."""

    ids: list[int]
    labels: list[int]
    phase: int = 0
    """Samples of an earlier phase come first."""


class Trained(NamedTuple):
    """A trained model, the mean loss of each tenth of the training, and the number of steps."""

    model: PreTrainedModel
    losses: list[float]
    steps: int


def train(
    base: Checkpoint,
    samples: Sequence[Tokenised],
    recipe: Recipe,
    scratch: Path,
    callbacks: Sequence[TrainerCallback] = (),
    trainer: type[SFTTrainer] | None = None,
) -> Trained:
    """Next-token loss on the tokens that have a label; samples are whole and padded, never packed or cut.

    Packing cuts most texts between the profile and what is said of it, and then nothing can be learnt from them. `scratch` holds
    checkpoints while training lasts (recipe.checkpoint_steps); one that is there is gone on from. Raises ValueError for a sample
    that is longer than the recipe allows or has nothing to learn.
    """
    from datasets import Dataset, disable_progress_bars  # type: ignore[import-untyped]
    from transformers import set_seed

    longest = max(len(sample.ids) for sample in samples)
    if longest > recipe.length:
        raise ValueError(f"a sample has {longest} tokens; the recipe has room for {recipe.length}")
    if not all(any(label != HIDDEN for label in sample.labels) for sample in samples):
        raise ValueError("a sample has no token to learn from")
    disable_progress_bars()
    with _quiet():
        set_seed(recipe.seed)
        running: Any = (trainer or trainer_class(base.model))(
            model=base.model,
            args=arguments(recipe, scratch),
            train_dataset=Dataset.from_dict({"input_ids": [s.ids for s in samples], "labels": [s.labels for s in samples]}),
            processing_class=base.tokenizer,
            peft_config=_adapters() if recipe.lora else None,
            callbacks=list(callbacks),
        )
        lengths, phases = [len(sample.ids) for sample in samples], [sample.phase for sample in samples]
        running._get_train_sampler = lambda *_: sampler(lengths, phases, recipe.batch, recipe.seed)
        running.train(resume_from_checkpoint=_latest(scratch))
    model: Any = running.accelerator.unwrap_model(running.model)
    losses = [entry["loss"] for entry in running.state.log_history if "loss" in entry]
    return Trained(model.merge_and_unload() if recipe.lora else model, _tenths(losses), running.state.global_step)


def arguments(recipe: Recipe, scratch: Path) -> SFTConfig:
    """The trainer's settings: bf16 where the GPU has it, fp16 on an older one (a V100), float32 on a CPU."""
    import torch
    from trl.trainer.sft_config import SFTConfig

    gpu = torch.cuda.is_available()
    half = gpu and torch.cuda.is_bf16_supported(including_emulation=False)
    return SFTConfig(
        output_dir=str(scratch),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=recipe.warmup,  # below 1: a share of all steps
        weight_decay=recipe.weight_decay,
        adam_beta2=recipe.beta2,
        max_grad_norm=recipe.clip,
        optim="adamw_torch_fused",
        max_length=recipe.length,
        packing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        seed=recipe.seed,
        data_seed=recipe.seed,
        use_cpu=not gpu,
        bf16=half,
        fp16=gpu and not half,
        activation_checkpointing=gpu,
        dataloader_pin_memory=gpu,
        save_strategy="steps" if recipe.checkpoint_steps else "no",
        save_steps=recipe.checkpoint_steps or 500,
        save_total_limit=1,
        logging_steps=1,  # so that a training that goes on after a kill logs what an undisturbed one does
        report_to="none",
        disable_tqdm=True,
    )


def _adapters() -> Any:  # peft is optional: its type cannot be named here
    from peft import LoraConfig

    return LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")


def trainer_class(model: PreTrainedModel) -> type[SFTTrainer]:
    """TRL's trainer; for a small model on a CPU one that computes logits only where there is a label (a third less time)."""
    import torch
    from torch.nn.functional import cross_entropy
    from transformers import PrinterCallback
    from trl.trainer.sft_trainer import SFTTrainer

    class Silent(SFTTrainer):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.remove_callback(PrinterCallback)

    class LabelledOnly(Silent):
        def compute_loss(
            self, model: Any, inputs: dict[str, torch.Tensor], return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> torch.Tensor:
            labels = inputs["labels"][:, 1:]
            keep = labels != HIDDEN
            inner = self.accelerator.unwrap_model(model)
            inner = inner.get_base_model() if hasattr(inner, "get_base_model") else inner
            read = inner.model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False)
            logits = inner.lm_head(read.last_hidden_state[:, :-1][keep]).float()
            total = cross_entropy(logits, labels[keep], reduction="sum")
            return total / (keep.sum() if num_items_in_batch is None else num_items_in_batch)

    small = sum(weights.numel() for weights in model.parameters()) < SMALL
    return LabelledOnly if small and not torch.cuda.is_available() else Silent


def _latest(scratch: Path) -> str | None:
    """The newest complete checkpoint of a killed training."""
    found = sorted(
        (int(state.parent.name.rpartition("-")[2]), state.parent) for state in scratch.glob("checkpoint-*/trainer_state.json")
    )
    return str(found[-1][1]) if found else None


def _tenths(losses: Sequence[float]) -> list[float]:
    """At most ten means, oldest first."""
    n = min(10, len(losses))
    bounds = [round(part * len(losses) / n) for part in range(n + 1)] if n else []
    return [round(sum(losses[a:b]) / (b - a), 4) for a, b in pairwise(bounds)]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the trainers' warnings on tokens and devices that are as they should be."""
    names = ("transformers", "trl", "accelerate")
    levels = [logging.getLogger(name).level for name in names]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            yield
        finally:
            for name, level in zip(names, levels, strict=True):
                logging.getLogger(name).setLevel(level)
