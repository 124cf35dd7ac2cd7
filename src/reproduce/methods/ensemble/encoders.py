"""Embeddings of keywords and of items (ensemble.md 1.5, Eqs. 4 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from reproduce.errors import Problem, SpecError
from reproduce.llm.sentences import Sentences
from reproduce.seeds import number

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

FloatArray = npt.NDArray[np.float32]
TFIDF = "tfidf"
KNOB = "ensemble.encoder"
_DECIMALS = 6


def embedded(encoder: str, sides: Sequence[Sequence[Sequence[str]]], dimensions: int, seed: int) -> list[FloatArray]:
    """E_x of every item for each side x: the mean of its keywords' vectors, zero without keywords.

    Every distinct keyword is encoded once; memory grows with the keywords that items have, not with pairs of items.
    Raises SpecError when a vector is not finite, EngineError when there is no such encoder, MissingExtra.
    """
    keywords = sorted({keyword for side in sides for own in side for keyword in own})
    vectors = encode(encoder, keywords, dimensions, seed)
    at = {keyword: k for k, keyword in enumerate(keywords)}
    return [means(side, at, vectors) for side in sides]


def encode(encoder: str, keywords: Sequence[str], dimensions: int, seed: int) -> FloatArray:
    """LG-D5: one vector per keyword, by `tfidf` or by the mean-pooled states of a transformer."""
    if not keywords:
        return np.zeros((0, dimensions), dtype=np.float32)
    vectors: FloatArray = _tfidf(keywords, dimensions, seed) if encoder == TFIDF else Sentences(encoder, KNOB).encode(keywords)
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if bad.size:
        fact = (
            f"`{encoder}` gives keyword `{keywords[bad[0]]}` a vector that is not finite ({bad.size} of {len(keywords)} keywords)"
        )
        raise SpecError(Problem(KNOB, f"{fact}; name another encoder"))
    return _rounded(vectors)


def means(side: Sequence[Sequence[str]], at: dict[str, int], vectors: FloatArray) -> FloatArray:
    """The mean vector of every item's keywords."""
    from scipy.sparse import csr_matrix

    lengths = [len(own) for own in side]
    ptr = np.concatenate([[0], np.cumsum(lengths)])
    idx = np.fromiter((at[keyword] for own in side for keyword in own), dtype=np.int64, count=int(ptr[-1]))
    shares = np.repeat([1 / max(1, n) for n in lengths], lengths)
    incidence: csr_matrix = csr_matrix((shares, idx, ptr), shape=(len(side), len(vectors)))
    return _rounded(np.asarray(incidence @ vectors))


def _rounded(vectors: npt.NDArray[np.floating]) -> FloatArray:
    """To six decimals; what is next to nothing is 0 and not -0."""
    rounded: FloatArray = vectors.round(_DECIMALS).astype(np.float32) + np.float32(0)
    return rounded


def _tfidf(keywords: Sequence[str], dimensions: int, seed: int) -> FloatArray:
    """Latent semantic analysis of words and of character 3- to 5-grams within words, so that `acted well` is near `good acting`.

    Fewer keywords than dimensions leave the last ones zero.
    """
    from sklearn.decomposition import TruncatedSVD  # type: ignore[import-untyped]
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
    from sklearn.pipeline import FeatureUnion  # type: ignore[import-untyped]

    union = FeatureUnion(
        [
            ("words", TfidfVectorizer(token_pattern=r"(?u)\S+")),
            ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5))),
        ]
    )
    table = union.fit_transform(keywords)
    found = np.zeros((len(keywords), dimensions), dtype=np.float32)
    kept = min(dimensions, len(keywords), table.shape[1])
    svd = TruncatedSVD(n_components=kept, n_iter=7, random_state=number(seed, "keywords") % 2**32)
    with np.errstate(divide="ignore", invalid="ignore"):  # its shares of a variance that is 0 where there is one keyword
        found[:, :kept] = svd.fit_transform(table)
    return found
