"""What pre-training and fine-tuning share: TRL's trainer on tokens that are ready, on whatever machine there is."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reproduce.training.checkpoint import Checkpoint, threads
from reproduce.training.recipe import Recipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel, TrainerCallback
    from trl import SFTConfig, SFTTrainer

HIDDEN = -100
"""The label of a token without loss."""


class Tokenised(NamedTuple):
    """Tokens of one sample, and the label of each: itself, or HIDDEN."""

    ids: list[int]
    labels: list[int]


class Trained(NamedTuple):
    """A trained model, and the mean loss of each tenth of the training."""

    model: PreTrainedModel
    losses: list[float]
    steps: int


def train(
    base: Checkpoint, samples: Sequence[Tokenised], recipe: Recipe, scratch: Path, callbacks: Sequence[TrainerCallback] = ()
) -> Trained:
    """Next-token loss on the tokens that have a label; samples are whole and padded, never packed or cut.

    Packing cuts most texts between the profile and what is said of it, and then nothing can be learnt from them. `scratch`
    holds checkpoints while training lasts (recipe.checkpoint_steps).
    """
    from datasets import Dataset, disable_progress_bars
    from transformers import set_seed

    longest = max(len(sample.ids) for sample in samples)
    if longest > recipe.length:
        raise ValueError(f"a sample has {longest} tokens; the recipe has room for {recipe.length}")
    if not all(any(label != HIDDEN for label in sample.labels) for sample in samples):
        raise ValueError("a sample has no token to learn from")
    disable_progress_bars()
    rows = Dataset.from_dict({"input_ids": [sample.ids for sample in samples], "labels": [sample.labels for sample in samples]})
    losses = _Losses()
    with threads(recipe.threads), _quiet():
        set_seed(recipe.seed)
        trainer = _trainer_class(base.model)(
            model=base.model,
            args=_arguments(recipe, scratch, base.model),
            train_dataset=rows,
            processing_class=base.tokenizer,
            peft_config=_adapters() if recipe.lora else None,
            callbacks=[losses.callback(), *callbacks],
        )
        trainer.train(resume_from_checkpoint=_latest(scratch))
    model: Any = trainer.accelerator.unwrap_model(trainer.model)
    return Trained(model.merge_and_unload() if recipe.lora else model, losses.tenths(), trainer.state.global_step)


def _arguments(recipe: Recipe, scratch: Path, model: PreTrainedModel) -> SFTConfig:
    """bf16 where the GPU has it, fp16 on an older one (a V100), float32 on a CPU."""
    import torch
    from trl import SFTConfig

    gpu = torch.cuda.is_available()
    half = gpu and torch.cuda.is_bf16_supported(including_emulation=False)
    return SFTConfig(
        output_dir=str(scratch),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=recipe.warmup,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.clip,
        optim="adamw_torch_fused",
        adam_beta2=0.95,
        max_length=recipe.length,
        packing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        train_sampling_strategy="group_by_length",
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
        logging_strategy="steps",
        logging_steps=10,
        report_to="none",
        disable_tqdm=True,
    )


def _adapters() -> Any:  # peft is optional: its type cannot be named here
    from peft import LoraConfig

    return LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")


def _trainer_class(model: PreTrainedModel) -> type[SFTTrainer]:
    """TRL's trainer; for a tiny model on a CPU one that computes logits only where there is a label (a third less time)."""
    import torch
    from torch.nn.functional import cross_entropy
    from trl import SFTTrainer

    class LabelledOnly(SFTTrainer):  # type: ignore[misc]  # trl has no types
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

    small = sum(weights.numel() for weights in model.parameters()) < 20_000_000
    return LabelledOnly if small and not torch.cuda.is_available() else SFTTrainer


def _latest(scratch: Path) -> str | None:
    """The newest complete checkpoint of a killed training."""
    steps = sorted(
        (int(found.parent.name.rpartition("-")[2]), found.parent) for found in scratch.glob("checkpoint-*/trainer_state.json")
    )
    return str(steps[-1][1]) if steps else None


class _Losses:
    """The loss as it was logged."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def callback(self) -> TrainerCallback:
        from transformers import TrainerCallback

        seen = self.seen

        class Log(TrainerCallback):  # type: ignore[misc]  # transformers' callback is untyped
            def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                seen.extend(entry["loss"] for entry in state.log_history if "loss" in entry)

        return Log()

    def tenths(self) -> list[float]:
        """At most ten means, oldest first."""
        n = min(10, len(self.seen))
        bounds = [round(part * len(self.seen) / n) for part in range(n + 1)] if n else []
        return [round(sum(self.seen[a:b]) / (b - a), 4) for a, b in zip(bounds, bounds[1:], strict=False)]


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
