"""Figure 1 as a reader sees it: every predictor of a defect on every split, and who confuses what."""

from __future__ import annotations

from dataclasses import dataclass

from reproduce.paper import Paper
from reproduce.results.document import Matrix, ResultRow, Results

NAMES = {
    "diagnoser": "Specialized module (ours)",
    "without_pretraining": "w/o pre-training",
    "without_finetuning": "w/o fine-tuning",
    "general": "General-purpose LLM, prompted",
    "majority": "Most frequent defect",
    "profile_words": "Words of the profile alone",
    "item_words": "Words of the item alone",
    "bag_of_words": "Bag of words, boosted trees",
    "keyword_rule": "Keyword rule",
}
SPLITS = {
    "random": "Random split",
    "unseen": "Unseen users and items",
    "unseen_phrasing": "Unseen phrasings",
    "new_words": "Unseen phrasings that turn on new words",
    "literal": "The paper's own synthesis",
}
DEFECTS = {"inaccurate": "Inaccurate", "incomplete": "Incomplete", "inaccurate_incomplete": "Inaccurate & Incomplete"}


@dataclass(frozen=True)
class Bar:
    """The accuracy of one predictor on one split, in percent."""

    predictor: str
    name: str
    trained: bool
    """One of the paper's own models rather than a baseline."""
    accuracy: float
    low: float
    high: float
    macro_f1: float
    n: int


@dataclass(frozen=True)
class Panel:
    """All bars of one split."""

    split: str
    name: str
    bars: tuple[Bar, ...]


def datasets(results: Results) -> tuple[str, ...]:
    """The data sets on which defects were diagnosed, in the paper's order."""
    found = (row.dataset for row in results.rows if row.metric == "diagnosis_accuracy" and row.dataset != "average")
    return tuple(dict.fromkeys(found))


def panels(paper: Paper, results: Results, dataset: str) -> tuple[Panel, ...]:
    """One panel per split, predictors in one order."""
    accuracy = [row for row in results.rows if row.metric == "diagnosis_accuracy" and row.dataset == dataset]
    predictors = {cell.row: cell.predictor for cell in paper.cells() if cell.predictor}
    named = {(row.scope, predictors.get(row.row) or row.row): row for row in accuracy}
    order = list(dict.fromkeys([*NAMES, *(predictor for _, predictor in named)]))
    f1 = {(row.scope, row.row): row.value for row in results.rows if row.metric == "macro_f1" and row.dataset == dataset}
    return tuple(
        Panel(split, name, tuple(_bar(each, named[split, each], f1) for each in order if (split, each) in named))
        for split, name in SPLITS.items()
        if any(scope == split for scope, _ in named)
    )


def _bar(predictor: str, row: ResultRow, f1: dict[tuple[str, str], float]) -> Bar:
    trained = predictor in ("diagnoser", "without_pretraining", "without_finetuning")
    return Bar(predictor, name_of(predictor), trained, row.value, row.low, row.high, f1.get((row.scope, predictor), 0.0), row.n)


def name_of(predictor: str) -> str:
    """What a predictor is called on the page."""
    return NAMES.get(predictor, predictor.replace("_", " ").capitalize())


def matrices(results: Results, dataset: str, predictor: str = "diagnoser") -> tuple[Matrix, ...]:
    """The confusion of one predictor on one data set, a matrix per split."""
    mine = (matrix for matrix in results.confusion if results.runs[matrix.run].dataset == dataset)
    found = {matrix.split: matrix for matrix in mine if matrix.predictor == predictor}
    return tuple(found[split] for split in SPLITS if split in found)
