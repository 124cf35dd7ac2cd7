"""Predictors that must not do well: they show what of a data set can be known without relating profile and item.

Trained on the same samples as the diagnosis model. Standing beside its accuracy they tell what that accuracy is worth: on the
paper's synthesis, words alone go a long way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from reproduce.llm.lexical import speaks_of, stance
from reproduce.methods.agent4rec.profile import bare, parse
from reproduce.methods.dgdpo.cases import Case, Label
from reproduce.methods.dgdpo.evidence import label_of
from reproduce.methods.dgdpo.phrases import Stance

WORD = r"[^\W_]+"
FEW = 100
"""Samples from which on a word has to occur three times."""

Asked = tuple[str, Case]
"""A profile and a case."""
Predict = Callable[[Sequence[Asked]], list[Label]]
Fit = Callable[[Sequence[Asked], Sequence[Label], int], Predict]
"""From training samples, their labels and a seed to a predictor."""


def majority(asked: Sequence[Asked], labels: Sequence[Label], seed: int) -> Predict:
    """Always the most frequent label (ties: the first in the alphabet)."""
    counts = Counter(labels)
    most = min(counts, key=lambda label: (-counts[label], label))
    return lambda asked: [most] * len(asked)


def keyword_rule(asked: Sequence[Asked], labels: Sequence[Label], seed: int) -> Predict:
    """Reads the profile's stance towards each genre by shared words and a list of words of dislike; learns the majority alone.

    The list was written with the phrase lexicon in view, so this is what a rule can reach at best, not what one would reach on
    texts that nobody has seen.
    """
    otherwise = majority(asked, labels, seed)(asked[:1])[0]

    def predict(asked: Sequence[Asked]) -> list[Label]:
        return [label_of([(genre, said(profile, genre)) for genre in case.item.genres]) or otherwise for profile, case in asked]

    return predict


def said(profile: str, genre: str) -> Stance:
    """What the profile says of a genre, by keywords; a dislike wins over a like."""
    signs = [stance(bare(description)).sign for description in parse(profile) if speaks_of(description, genre)]
    return "unmentioned" if not signs else "disliked" if min(signs) < 0 else "liked"


def profile_words(asked: Sequence[Asked], labels: Sequence[Label], seed: int) -> Predict:
    """Logistic regression on 1- to 3-grams of the profile alone."""
    return _linear([profile for profile, _ in asked], labels, lambda profile, _: profile)


def item_words(asked: Sequence[Asked], labels: Sequence[Label], seed: int) -> Predict:
    """Logistic regression on 1- to 3-grams of the item's title and genres alone."""
    return _linear([_item(case) for _, case in asked], labels, lambda _, case: _item(case))


def bag_of_words(asked: Sequence[Asked], labels: Sequence[Label], seed: int) -> Predict:
    """Boosted trees on the words of profile and genres, marked by where they stand: interactions, neither order nor phrases."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]  # here and below
    from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]

    if len(set(labels)) < 2:
        return majority((), labels, seed)
    words = CountVectorizer(analyzer=str.split, binary=True, max_features=400, dtype="uint8")
    model = HistGradientBoostingClassifier(max_iter=150, early_stopping=False, random_state=seed)
    model.fit(words.fit_transform([_bag(*each) for each in asked]).toarray(), list(labels))
    return lambda asked: model.predict(words.transform([_bag(*each) for each in asked]).toarray()).tolist()


SHORTCUTS: dict[str, Fit] = {
    "majority": majority,
    "profile_words": profile_words,
    "item_words": item_words,
    "bag_of_words": bag_of_words,
    "keyword_rule": keyword_rule,
}
"""By name in `predictions.jsonl`."""


def _linear(texts: Sequence[str], labels: Sequence[Label], view: Callable[[str, Case], str]) -> Predict:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]

    if len(set(labels)) < 2:
        return majority((), labels, 0)
    words = CountVectorizer(token_pattern=WORD, ngram_range=(1, 3), min_df=3 if len(texts) > FEW else 1, binary=True)
    model: Any = make_pipeline(words, LogisticRegression(max_iter=300))  # untyped
    model.fit(list(texts), list(labels))
    return lambda asked: model.predict([view(*each) for each in asked]).tolist()


def _item(case: Case) -> str:
    return f"{case.item.title} {' '.join(case.item.genres)}"


def _bag(profile: str, case: Case) -> str:
    profile_words = (f"p_{word}" for word in re.findall(WORD, profile.lower()))
    genres = (f"i_{word}" for genre in case.item.genres for word in re.findall(WORD, genre.lower()))
    return " ".join((*profile_words, *genres, f"n_{len(case.item.genres)}"))
