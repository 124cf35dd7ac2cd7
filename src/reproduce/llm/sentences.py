"""Sentence embeddings of a transformer: what both DGDPO's relevance and the ensemble's keywords are encoded with."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reproduce.errors import EngineError, MissingExtra

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch

BATCH = 64
"""Texts that are encoded at once."""


class Sentences:
    """Pooled token states of a folder with a checkpoint or of a model of the Hugging Face hub, `name` or `name@revision`.

    Pooled as the checkpoint says where it says it (`1_Pooling/config.json` of sentence-transformers: mean or first token), else
    the mean over all tokens that are not padding. `knob` is where the name stands, for errors.
    """

    def __init__(self, name: str, knob: str) -> None:
        self._name = name
        self._knob = knob

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One row per text, not normalised. Raises EngineError when there is no such model, MissingExtra without transformers.

        Texts of like length are encoded together, so that little is padded; the rows come in the order given.
        """
        import numpy as np

        order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), texts[at]))
        found = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            found[batch] = self._pooled([texts[at] for at in batch])
        return found

    @property
    def dimensions(self) -> int:
        """Of one vector."""
        return int(self._loaded[0].config.hidden_size)

    def _pooled(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        import torch

        model, tokenizer, first = self._loaded
        longest = min(int(getattr(model.config, "max_position_embeddings", None) or 512), 512)
        batch = tokenizer(list(texts), padding=True, truncation=True, max_length=longest, return_tensors="pt").to(model.device)
        with torch.inference_mode():
            states = model(**batch).last_hidden_state.float()
        mask = batch["attention_mask"][:, :, None]
        pooled: torch.Tensor = states[:, 0] if first else (states * mask).sum(1) / mask.sum(1).clamp(min=1)
        vectors: npt.NDArray[np.float32] = pooled.cpu().numpy()
        return vectors

    @cached_property
    def _loaded(self) -> tuple[Any, Any, bool]:  # transformers' types differ from version to version
        """Model, tokenizer, and whether the first token's state stands for the text."""
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer
        except ImportError:
            raise MissingExtra(f"`{self._knob}` needs torch and transformers: pip install 'reproduce[train]'") from None
        name, _, revision = self._name.partition("@") if not os.path.isdir(self._name) else (self._name, "", "")
        try:
            tokenizer = AutoTokenizer.from_pretrained(name, revision=revision or "main")
            model: Any = AutoModel.from_pretrained(name, revision=revision or "main", dtype=torch.float32)  # as above
            first = self._first(name, revision or "main")
        except (OSError, ValueError) as error:
            why = str(error).strip().splitlines()[0]
            fact = f"no encoder `{self._name}`: neither a folder with a checkpoint nor a name that can be fetched"
            raise EngineError(f"{fact} ({why}); mend `{self._knob}` in params.yaml") from None
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return model.to("cuda" if torch.cuda.is_available() else "cpu").eval(), tokenizer, first

    def _first(self, name: str, revision: str) -> bool:
        from transformers.utils.hub import cached_file

        missing = {"_raise_exceptions_for_missing_entries": False, "_raise_exceptions_for_connection_errors": False}
        path = cached_file(name, "1_Pooling/config.json", revision=revision, **missing)
        if path is None:
            return False
        with open(path, encoding="utf-8") as file:
            modes = {mode for mode, on in json.load(file).items() if mode.startswith("pooling_mode_") and on is True}
        if not modes <= {"pooling_mode_mean_tokens", "pooling_mode_cls_token"} or len(modes) != 1:
            raise ValueError(f"its pooling is {', '.join(sorted(modes)) or 'not told'}, not one of mean and first token")
        return modes == {"pooling_mode_cls_token"}
