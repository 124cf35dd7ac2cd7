"""LG-D5: vectors of keywords and their means over items."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import tiny_checkpoint

from reproduce.errors import EngineError, SpecError
from reproduce.llm.sentences import Sentences
from reproduce.methods.ensemble.encoders import embedded, encode, means

WORDS = ["friendly staff", "friendly waiters", "rude staff", "romantic dinner", "romance", "loud music"]


def cosine(one, other) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_words_of_one_root_are_nearer_than_others():
    vectors = encode("tfidf", WORDS, 64, 1)
    assert cosine(vectors[0], vectors[1]) > 0.3 > cosine(vectors[0], vectors[5])
    assert cosine(vectors[3], vectors[4]) > 0.1 > cosine(vectors[3], vectors[2])


def test_the_same_seed_gives_the_same_bytes_whatever_the_order_of_items():
    sides = [[["fun", "slow pace"], ["fun"]], [["slow pace"], []]]
    one, again = (embedded("tfidf", sides, 8, 3) for _ in range(2))
    turned = embedded("tfidf", [side[::-1] for side in sides], 8, 3)
    for first, second, third in zip(one, again, turned, strict=True):
        assert first.tobytes() == second.tobytes() == third[::-1].tobytes()


def test_an_item_is_the_mean_of_its_keywords_and_zero_without_any():
    vectors = np.array([[1.0, 0.0], [0.0, 3.0]], dtype=np.float32)
    found = means([["a", "b"], [], ["b"]], {"a": 0, "b": 1}, vectors)
    assert found.tolist() == [[0.5, 1.5], [0.0, 0.0], [0.0, 3.0]]
    assert found.dtype == np.float32


def test_both_sides_have_the_dimensions_asked_for_however_few_keywords_there_are():
    assert [each.shape for each in embedded("tfidf", [[["fun"]], [[]]], 64, 1)] == [(1, 64), (1, 64)]
    assert [each.shape for each in embedded("tfidf", [[[]], [[]]], 64, 1)] == [(1, 64), (1, 64)]
    assert np.isfinite(encode("tfidf", ["a", "b"], 64, 1)).all()


def test_a_keyword_is_encoded_once_however_many_items_have_it(monkeypatch):
    encoded = []

    def vectors(self, texts):
        encoded.extend(texts)
        return np.ones((len(texts), 2), dtype=np.float32)

    monkeypatch.setattr(Sentences, "encode", vectors)
    embedded("any", [[["fun", "slow"], ["fun"]], [["fun"], ["slow"]]], 2, 1)
    assert encoded == ["fun", "slow"]


def test_a_vector_that_is_not_finite_is_refused_by_the_name_of_its_keyword(monkeypatch):
    monkeypatch.setattr(Sentences, "encode", lambda self, texts: np.array([[1.0], [np.nan], [np.inf]], dtype=np.float32))
    with pytest.raises(SpecError) as raised:
        encode("broken", ["a", "b", "c"], 1, 1)
    assert str(raised.value) == (
        "ensemble.encoder: `broken` gives keyword `b` a vector that is not finite (2 of 3 keywords); name another encoder"
    )


def test_a_transformer_on_disk_encodes_keywords(tmp_path):
    folder = str(tiny_checkpoint.save(tmp_path / "tiny"))
    pos, neg = embedded(folder, [[["fun", "slow pace"], []], [["fun"], ["fun"]]], 64, 1)
    alone = encode(folder, ["fun", "slow pace"], 64, 1)
    assert pos.shape == neg.shape == (2, alone.shape[1])
    assert np.allclose(pos[0], alone.mean(axis=0), atol=2e-6)
    assert not pos[1].any()
    assert np.array_equal(neg[0], neg[1])


def test_an_encoder_that_is_nowhere_is_named(tmp_path):
    with pytest.raises(EngineError, match=r"no encoder `.*nowhere`: .* mend `ensemble.encoder` in params.yaml"):
        encode(str(tmp_path / "nowhere"), ["fun"], 64, 1)


def test_memory_grows_with_keywords_and_not_with_pairs_of_items():
    """20,000 items x 20,000 items would be 1.6 GB of float32."""
    side = [[f"word{(7 * item + k) % 997}" for k in range(10)] for item in range(20_000)]
    tracemalloc.start()
    embedded("tfidf", [side, side], 16, 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150e6
