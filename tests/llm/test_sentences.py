"""Sentence embeddings: pooled as the checkpoint says, whatever else is in the batch."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import tiny_checkpoint
import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, BertTokenizerFast

from reproduce.errors import EngineError
from reproduce.llm.sentences import BATCH, Sentences
from reproduce.methods.dgdpo.relevance import similarity

TEXTS = ["Drama fan", "War", "You play one user of a recommender system"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_checkpoint.save(tmp_path_factory.mktemp("encoder") / "tiny")


def states(folder, text):
    """The token states of one text by itself."""
    batch = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.inference_mode():
        return AutoModel.from_pretrained(folder, dtype=torch.float32)(**batch).last_hidden_state[0].numpy()


def test_a_text_is_the_mean_of_its_tokens_without_padding(folder):
    found = Sentences(str(folder), "knob").encode(TEXTS)
    for text, vector in zip(TEXTS, found, strict=True):
        assert np.allclose(vector, states(folder, text).mean(axis=0), atol=1e-5)


def test_the_first_token_stands_for_the_text_where_the_checkpoint_says_so(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "1_Pooling").mkdir()
    modes = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False, "word_embedding_dimension": 32}
    (copy / "1_Pooling" / "config.json").write_text(json.dumps(modes))
    found = Sentences(str(copy), "knob").encode(TEXTS)
    assert np.allclose(found[2], states(folder, TEXTS[2])[0], atol=1e-5)
    (copy / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_max_tokens": True}))
    with pytest.raises(EngineError, match="its pooling is pooling_mode_max_tokens"):
        Sentences(str(copy), "knob").encode(TEXTS)


def test_a_bert_with_its_word_pieces_is_read(tmp_path):
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "friendly", "staff", "rude", "##r"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    torch.manual_seed(1)
    config = BertConfig(vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertModel(config).save_pretrained(tmp_path)
    found = Sentences(str(tmp_path), "knob").encode(["friendly staff", "rude staff", "ruder"])
    assert found.shape == (3, 16)
    assert np.allclose(found[0], states(tmp_path, "friendly staff").mean(axis=0), atol=1e-5)


def test_rows_come_in_the_order_given_over_several_batches(folder):
    texts = [f"{'Drama fan ' * (at % 5)}{at}" for at in range(BATCH + 10)]
    sentences = Sentences(str(folder), "knob")
    found = sentences.encode(texts)
    assert np.allclose(found[[3, 70]], sentences.encode([texts[3], texts[70]]), atol=1e-5)


def test_a_name_that_is_nowhere_is_told_with_its_knob(tmp_path):
    with pytest.raises(EngineError, match=r"mend `corpus\.encoder`") as raised:
        Sentences(str(tmp_path / "nowhere"), "corpus.encoder").encode(["x"])
    assert "\n" not in str(raised.value)


def test_relevance_compares_by_cosine(folder):
    same, other = similarity(str(folder))(["War", "Drama fan"], "War")
    assert same == pytest.approx(1, abs=1e-5)
    assert other < same
