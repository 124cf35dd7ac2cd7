"""A small Qwen3 and its tokenizer, made on the spot: the rehearsal's stand-in for a downloaded checkpoint.

Same class, same chat format and same code as `Qwen/Qwen3-0.6B`; only width, depth and vocabulary differ. The tokenizer is
lower-cased, so that a genre is the same tokens in a profile as in an item, and the constant parts of its texts are one token
each, so that a sample is half as long (a pretrained model needs neither).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reproduce.training.checkpoint import Checkpoint, require

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, Qwen3Config

END = "<|im_end|>"
PAD = "<|endoftext|>"
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""ChatML, as Qwen3 has it without thinking."""


@dataclass(frozen=True)
class Shape:
    """Width and depth of a tiny model."""

    vocabulary: int = 1000
    hidden: int = 64
    intermediate: int = 128
    layers: int = 3
    heads: int = 4
    head_dim: int = 32
    positions: int = 1024


SHAPES = {"tiny": Shape(), "tiny-large": Shape(hidden=128, intermediate=256)}
"""By checkpoint name. The large one has 2.6 times the parameters (Qwen3-1.7B has 2.9 times those of 0.6B; Table 5).

Four narrow heads learn the task on every seed that was tried, two wide ones on some (bench/README.md).
"""


def build(texts: Iterable[str], seed: int, constant: Sequence[str] = (), shape: Shape = SHAPES["tiny"]) -> Checkpoint:
    """An untrained model whose tokenizer is learnt from `texts`. The same arguments give the same bytes.

    `constant` are parts that recur in every text; each is one token.
    """
    require()
    import torch
    from transformers import Qwen3ForCausalLM

    tokenizer = learn_tokenizer(texts, shape.vocabulary, constant)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen3ForCausalLM(config(shape, tokenizer))
    return Checkpoint(model, tokenizer)


def config(shape: Shape, tokenizer: PreTrainedTokenizerBase) -> Qwen3Config:
    """The architecture; `head_dim` is decoupled from the width and rope theta is 1e6, as in Qwen3."""
    from transformers import Qwen3Config

    return Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        head_dim=shape.head_dim,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        max_position_embeddings=shape.positions,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )


def learn_tokenizer(texts: Iterable[str], vocabulary: int, constant: Sequence[str] = ()) -> PreTrainedTokenizerBase:
    """A lower-cased byte-level BPE with Qwen's special tokens and chat format, and `constant` parts as added tokens."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.normalizer = normalizers.Lowercase()
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, "<|im_start|>", END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    parts = re.compile("|".join(map(re.escape, sorted(constant, key=len, reverse=True))) or "(?!)")
    bpe.train_from_iterator((piece for text in texts for piece in parts.split(text)), trainer)
    bpe.add_tokens([AddedToken(part, normalized=True) for part in constant])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=END, pad_token=PAD)  # type: ignore[no-untyped-call]
    tokenizer.chat_template = CHAT
    return tokenizer
