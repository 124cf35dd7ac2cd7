"""Models and tokenizers on disk: loaded with one dtype, saved whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reproduce.errors import EngineError, MissingExtra, MissingInput, StorageError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class Checkpoint(NamedTuple):
    """A causal language model with its tokenizer."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase


def require() -> None:
    """Raises MissingExtra unless the training packages are installed."""
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtra(f"`{error.name}` is not installed; `pip install reproduce[train]` brings it") from error


def load(source: Path | str) -> Checkpoint:
    """A checkpoint folder, or a model of the Hugging Face hub, in float32 (a mixed-precision trainer keeps float32 weights, too).

    Raises MissingInput for an absent folder and EngineError when the hub cannot give the model.
    """
    require()
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers
    if isinstance(source, Path) and not (source / "config.json").is_file():
        raise MissingInput(f"{source}: holds no model; `dvc repro` builds it")
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
    except OSError as error:
        raise EngineError(
            f"`{source}` cannot be loaded ({str(error).splitlines()[0]}); check the name, the network or HF_HOME"
        ) from error
    return Checkpoint(model, tokenizer)


def save(checkpoint: Checkpoint, folder: Path) -> None:
    """Write model and tokenizer so that generation uses its cache again (TRL leaves `use_cache` off)."""
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers
    checkpoint.model.config.use_cache = True
    checkpoint.model.config.name_or_path = ""
    checkpoint.model.save_pretrained(folder)
    checkpoint.tokenizer.save_pretrained(folder)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A draft folder that takes the place of `folder` when the block ends well; a kill leaves the old one, or none."""
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    for stale in folder.parent.glob(f".{folder.name}.*.draft"):
        shutil.rmtree(stale, ignore_errors=True)
    try:
        draft.mkdir(parents=True)
        yield draft
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be written ({error.strerror}); free space or permit writing, then run again"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def chat_ids(tokenizer: PreTrainedTokenizerBase, messages: Sequence[tuple[str, str]]) -> list[int]:
    """The tokens of a conversation up to where the assistant speaks, thinking disabled (DG-D17). Messages are (role, content)."""
    text = tokenizer.apply_chat_template(
        [{"role": role, "content": content} for role, content in messages],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def piece_ids(tokenizer: PreTrainedTokenizerBase, pieces: Sequence[str]) -> list[int]:
    """The tokens of a text in pieces, each tokenised for itself, so that scoring a piece meets the tokens of training."""
    return [token for piece in pieces for token in tokenizer(piece, add_special_tokens=False)["input_ids"]]
