"""Encoders for DG-D6: how near a description is to an item when they share no word."""

from __future__ import annotations

from collections.abc import Sequence

from reproduce.llm.sentences import Sentences
from reproduce.methods.dgdpo.synthesis import Similarity

TFIDF = "tfidf"


def similarity(encoder: str) -> Similarity:
    """Cosine under the named encoder: `tfidf` (character n-grams, no model), or a sentence encoder of the Hugging Face hub."""
    return _tfidf if encoder == TFIDF else _Encoded(encoder)


def _tfidf(descriptions: Sequence[str], item: str) -> list[float]:
    """Of character 3- to 5-grams within words, so that `romantic` is near `Romance`."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)).fit_transform([*descriptions, item])
    cosines: list[float] = (vectors[:-1] @ vectors[-1].T).toarray().ravel().round(6).tolist()
    return cosines


class _Encoded:
    """Under a transformer, such as `sentence-transformers/all-MiniLM-L6-v2`; every text is encoded once."""

    def __init__(self, name: str) -> None:
        self._sentences = Sentences(name, "corpus.encoder")
        self._known: dict[str, list[float]] = {}

    def __call__(self, descriptions: Sequence[str], item: str) -> list[float]:
        wanted = list(dict.fromkeys(text for text in (*descriptions, item) if text not in self._known))
        if wanted:
            self._known.update(zip(wanted, self._unit(wanted), strict=True))
        target = self._known[item]
        return [round(sum(a * b for a, b in zip(self._known[text], target, strict=True)), 6) for text in descriptions]

    def _unit(self, texts: Sequence[str]) -> list[list[float]]:
        import numpy as np

        vectors = self._sentences.encode(texts)
        found: list[list[float]] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(min=1e-12)).tolist()
        return found
