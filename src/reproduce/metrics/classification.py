"""How often a predictor names the right class (DGDPO, Figure 1 and Appendix D: accuracy = N_correct / N_total)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reproduce.metrics.stats import Draws, Floats, Resamples, divide


@dataclass(frozen=True)
class Predictions:
    """Truth and prediction of every test sample of one predictor. A prediction that is no class is unreadable, hence wrong."""

    classes: tuple[str, ...]
    truth: tuple[str, ...]
    predicted: tuple[str | None, ...]
    unit: tuple[Hashable, ...]
    """What is resampled: samples of one user, or of one profile, stand or fall together."""

    def __post_init__(self) -> None:
        if not len(self.truth) == len(self.predicted) == len(self.unit):
            raise ValueError("truth, predictions and units differ in number")
        unknown = sorted(set(self.truth) - set(self.classes))
        if unknown:
            raise ValueError(f"truth {unknown} is none of {list(self.classes)}")

    @property
    def units(self) -> int:
        """How many units there are to resample."""
        return len(set(self.unit))

    def confusion(self) -> NDArray[np.int64]:
        """Shape (classes, classes + 1): truth by prediction, the last column counts unreadable predictions."""
        return np.asarray(self._per_unit().sum(axis=0), dtype=np.int64)

    def _per_unit(self) -> Floats:
        """Confusion of every unit: shape (units, classes, classes + 1)."""
        place = {unit: number for number, unit in enumerate(dict.fromkeys(self.unit))}
        code = {label: number for number, label in enumerate(self.classes)}
        counts = np.zeros((len(place), len(code), len(code) + 1))
        for unit, truth, predicted in zip(self.unit, self.truth, self.predicted, strict=True):
            counts[place[unit], code[truth], code.get(predicted or "", len(code))] += 1
        return counts


def scores(predictions: Predictions, resamples: Resamples) -> dict[str, Draws]:
    """`accuracy`, `macro_f1` and `recall:<class>` (the accuracy per defect), on the sample and its resamples.

    Macro-F1 is the mean of the classes' F1; an unreadable prediction is a miss of its class and a false alarm of none.
    """
    units = predictions._per_unit()
    drawn = np.tensordot(resamples.weights, units, axes=1)  # (1 + resamples, classes, classes + 1)
    hits = np.diagonal(drawn[:, :, :-1], axis1=1, axis2=2)
    of_class, named = drawn.sum(axis=2), drawn[:, :, :-1].sum(axis=1)
    recall = divide(hits, of_class)
    return {
        "accuracy": divide(hits.sum(axis=1), of_class.sum(axis=1)),
        "macro_f1": divide(2 * hits, of_class + named).mean(axis=1),
        **{f"recall:{label}": recall[:, number] for number, label in enumerate(predictions.classes)},
    }
