"""What a run of DGDPO will ask: calls by the formulas of dgdpo.md 7, prompts rendered on prepared data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import comb

from reproduce.data.splits import ini_opt
from reproduce.llm.plan import Planned
from reproduce.methods.agent4rec.plan import PROFILE, REASON, Ruler
from reproduce.methods.dgdpo.cases import PRINTED
from reproduce.params import CorpusKnobs, DgdpoKnobs

DECLINED = 0.38
"""Share of D_opt that the simulator declines, from the recall of 0.62 of the printed baselines."""
ACCEPTED = 0.31
"""Share of unseen items that it accepts: the printed recall and accuracy of Agent4Rec make some 6.5 yes verdicts in 20."""
TURNED = 4
"""Descriptions of a profile that are turned round, each once."""
INFER_REPLY, GENOPT_REPLY, REFINE_REPLY, UPDATE_REPLY, OPPOSITE_REPLY, DIAG_REPLY = 60, 180, 80, 80, 15, 6
"""Tokens of a reply (dgdpo.md 7)."""


@dataclass(frozen=True)
class Calls:
    """Expected calls of Algorithm 1 for one user with T = |D_opt|."""

    decide: float
    infer: float
    genopt: float
    refine: float
    infer_accepted: float = 0.0


def algorithm_1(T: int, knobs: DgdpoKnobs, q: float = DECLINED, a: float = ACCEPTED, iterate: bool = True) -> Calls:
    """A decision per item, b batches of N1 cases; per batch N1 reasons, one set of suggestions, one refinement.

    b = floor(cases / N1), whose mean is taken over the binomial number of cases: `floor(q T / N1)` itself would be 0 for short
    histories of which many do fill a batch. Acceptance before and after (5.14) asks the first profile about the items after the
    first batch and the last profile about those before the last batch.
    """
    unseen = int((Decimal(str(knobs.opt_negatives)) * T).to_integral_value(ROUND_HALF_UP))
    shown, n1 = T + unseen, knobs.n1
    rate = (q * T + a * unseen) / max(1, shown)
    traversed, again, treated, batches = float(shown), 0.0, 0.0, 0.0
    if not iterate:  # ends where the first batch is full
        traversed = sum(1 - _at_least(n1, met, rate) for met in range(shown))
    for cases, chance in enumerate(_binomial(shown, rate)):
        full = cases // n1 if iterate else min(1, cases // n1)
        rest = cases - full * n1 if knobs.flush_last and (iterate or not full) else 0
        b, used = full + bool(rest), full * n1 + rest
        treated, batches = treated + chance * used, batches + chance * b
        if b and knobs.yes_rates:
            first, last = min(T, n1 / rate), min(T, used / rate)
            again += chance * (T - first + (last if iterate else T))
    real = q * T / max(1e-9, q * T + a * unseen)
    return Calls(traversed + again, treated * real, batches, batches, treated * (1 - real))


def _binomial(n: int, p: float) -> list[float]:
    """Chances of 0..n successes."""
    return [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


def _at_least(k: int, n: int, p: float) -> float:
    return sum(_binomial(n, p)[k:])


def construction(
    measure: Ruler, users: Sequence[int], alpha: float, knobs: DgdpoKnobs, iterate: bool = True, prompted: bool = False
) -> list[Planned]:
    """Init(D_ini) and Algorithm 1 of all users. A diagnosis model is local and asks nobody; a prompted LLM is asked."""
    each = [algorithm_1(len(ini_opt(measure.dataset.train(user), alpha)[1]), knobs, iterate=iterate) for user in users]
    infer = sum(calls.infer for calls in each)
    accepted = sum(calls.infer_accepted for calls in each)
    label = PRINTED["inaccurate_incomplete"]
    analyses = [{"defect": label, "reason": REASON}] * knobs.n1
    tokens = {
        "infer": measure.tokens("dgdpo/infer", measure.items(profile=PROFILE, rating=4.0, label=label)),
        "infer_accepted": measure.tokens("dgdpo/infer_accepted", measure.items(profile=PROFILE, label=label)),
        "genopt": measure.tokens("dgdpo/genopt", [{"profile": PROFILE, "analyses": analyses}]),
        "refine": measure.tokens("dgdpo/refine", [{"profile": PROFILE, "suggestions": [REASON] * 4}]),
    }
    return [
        measure.init(len(users), (ini_opt(measure.dataset.train(user), alpha)[0] for user in measure.users)),
        measure.decide(sum(calls.decide for calls in each)),
        *([diagnosis(measure, infer)] if prompted else []),
        Planned("dgdpo/infer", infer, tokens["infer"], INFER_REPLY),
        *([Planned("dgdpo/infer_accepted", accepted, tokens["infer_accepted"], INFER_REPLY)] if accepted else []),
        Planned("dgdpo/genopt", sum(calls.genopt for calls in each), tokens["genopt"], GENOPT_REPLY),
        Planned("dgdpo/refine", sum(calls.refine for calls in each), tokens["refine"], REFINE_REPLY),
    ]


def update(measure: Ruler, calls: int) -> list[Planned]:
    """At most one update per round of a meeting with a strategy that updates; nothing where there is none."""
    sent = measure.tokens("dgdpo/update", measure.items(profile=PROFILE, rating=4.0))
    return [Planned("dgdpo/update", calls, sent, UPDATE_REPLY)] if calls else []


def corpus(measure: Ruler, users: Sequence[int], alpha: float, knobs: CorpusKnobs) -> list[Planned]:
    """Profiles and decisions of the corpus users (1.6), and one opposite per description that is turned round (1.7)."""
    decisions = sum(min(knobs.items_per_user, len(ini_opt(measure.dataset.train(user), alpha)[0])) for user in users)
    calls = [
        measure.init(len(users), (ini_opt(measure.dataset.train(user), alpha)[0] for user in measure.users)),
        measure.decide(decisions),
    ]
    if knobs.opposite == "llm":
        sent = measure.tokens("dgdpo/opposite", measure.items(description="Crime drama with a strong plot"))
        calls.append(Planned("dgdpo/opposite", TURNED * len(users), sent, OPPOSITE_REPLY))
    return calls


def diagnosis(measure: Ruler, samples: float) -> Planned:
    """The prompted general-purpose LLM on so many samples or cases."""
    sent = measure.tokens("dgdpo/diag", measure.items(profile=PROFILE, rating=4.0))
    return Planned("dgdpo/diag", samples, sent, DIAG_REPLY)
