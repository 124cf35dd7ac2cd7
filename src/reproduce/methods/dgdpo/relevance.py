"""Encoders for DG-D6: how near a description is to an item when they share no word."""

from __future__ import annotations

from collections.abc import Sequence

from reproduce.methods.dgdpo.synthesis import Similarity

TFIDF = "tfidf"


def similarity(encoder: str) -> Similarity:
    """Cosine under the named encoder: `tfidf` (character n-grams, no model), or a sentence encoder of the Hugging Face hub."""
    return _tfidf if encoder == TFIDF else _Sentences(encoder)


def _tfidf(descriptions: Sequence[str], item: str) -> list[float]:
    """Of character 3- to 5-grams within words, so that `romantic` is near `Romance`."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)).fit_transform([*descriptions, item])
    cosines: list[float] = (vectors[:-1] @ vectors[-1].T).toarray().ravel().round(6).tolist()
    return cosines


class _Sentences:
    """Mean-pooled token embeddings of a transformer, such as `sentence-transformers/all-MiniLM-L6-v2`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, list[float]] = {}

    def __call__(self, descriptions: Sequence[str], item: str) -> list[float]:
        wanted = [text for text in (*descriptions, item) if text not in self._known]
        if wanted:
            self._known.update(zip(wanted, self._encoded(wanted), strict=True))
        target = self._known[item]
        return [round(sum(a * b for a, b in zip(self._known[text], target, strict=True)), 6) for text in descriptions]

    def _encoded(self, texts: Sequence[str]) -> list[list[float]]:
        import torch
        from transformers import AutoModel, AutoTokenizer

        tokenizer, model = AutoTokenizer.from_pretrained(self._name), AutoModel.from_pretrained(self._name)
        batch = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            states = model(**batch).last_hidden_state
        mask = batch["attention_mask"][:, :, None]
        vectors = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
        found: list[list[float]] = vectors.tolist()
        return found
