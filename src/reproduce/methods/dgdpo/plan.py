"""What a run of DGDPO will ask: calls by the formulas of dgdpo.md 7, prompts rendered on prepared data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from reproduce import spec
from reproduce.data.prepared import Dataset
from reproduce.data.splits import ini_opt
from reproduce.llm.plan import Planned
from reproduce.llm.prompts import Prompts
from reproduce.methods.agent4rec import plan as base
from reproduce.methods.agent4rec.plan import PROFILE, REASON, Ruler, ruler
from reproduce.methods.dgdpo.cases import PRINTED
from reproduce.params import DgdpoKnobs

if TYPE_CHECKING:
    from reproduce.project import Project

DECLINED = 0.38
"""Share of D_opt that the simulator declines, from the recall of 0.62 of the printed baselines."""
KEPT = 0.6
"""Share of the corpus items that the simulator accepts and that were rated high: two of five are lost."""
INFER_REPLY, GENOPT_REPLY, REFINE_REPLY, UPDATE_REPLY, OPPOSITE_REPLY, DIAG_REPLY = 60, 180, 80, 80, 15, 6
"""Tokens of a reply (dgdpo.md 7)."""


def planned(project: Project, wanted: spec.Simulation | spec.Corpus | spec.Diagnosis) -> list[Planned]:
    """The calls of one spec. Raises MissingInput before `preprocess` has run."""
    params = project.params
    dataset = Dataset.load(project.build / "data" / wanted.dataset)
    prompts = Prompts(project.root / "prompts")
    match wanted:
        case spec.Simulation():
            users = dataset.simulated(params.here.users)
            meetings = len([name for name in wanted.recommenders if name in params.here.recommenders.names]) * len(
                wanted.strategies
            )
            measure, loop = ruler(prompts, dataset, users), params.interaction
            pages = base.plan(measure, users, meetings, loop.rounds, loop.candidates, params.seed)
            if isinstance(wanted.method, spec.Agent4Rec):
                return pages
            updating = meetings // len(wanted.strategies) * len([name for name in wanted.strategies if name != "none"])
            updates = len(users) * updating * loop.rounds
            return [*construction(measure, users, params.data.alpha, params.dgdpo), pages[-1], *update(measure, updates)]
        case spec.Corpus():
            users = dataset.simulated(params.here.diagnoser.corpus_users)
            return corpus(
                ruler(prompts, dataset, users), users, params.data.alpha, params.corpus.items_per_user, params.corpus.opposite
            )
        case spec.Diagnosis():
            tested = params.here.diagnoser.test_samples * 4  # its splits: random, unseen, unseen phrasing, literal
            return [diagnosis(ruler(prompts, dataset, dataset.simulated(params.here.users)), tested)]
        case _:
            assert_never(wanted)


@dataclass(frozen=True)
class Calls:
    """Expected calls of Algorithm 1 for one user with T = |D_opt|."""

    decide: float
    infer: float
    genopt: float
    refine: float


def algorithm_1(T: int, knobs: DgdpoKnobs, q: float = DECLINED) -> Calls:
    """b = floor(q T / N1) batches; one decision per item, N1 reasons, one set of suggestions and one refinement per batch.

    Acceptance before and after (5.14) needs the first profile on the items after the first batch and the last profile on those
    before the last batch.
    """
    cases, n1 = q * T, knobs.n1
    batches = int(cases / n1 + 1e-9)
    treated = batches * n1
    if knobs.flush_last and cases > treated:
        batches, treated = batches + 1, int(cases)
    again = T - min(n1, treated) / q + treated / q if knobs.yes_rates and batches else 0.0
    return Calls(decide=T + again, infer=treated, genopt=batches, refine=batches)


def construction(measure: Ruler, users: Sequence[int], alpha: float, knobs: DgdpoKnobs) -> list[Planned]:
    """Init(D_ini) and Algorithm 1 of all users. The diagnosis model is local and asks nobody."""
    each = [algorithm_1(len(ini_opt(measure.dataset.train(user), alpha)[1]), knobs) for user in users]
    label = PRINTED["inaccurate_incomplete"]
    analyses = [{"defect": label, "reason": REASON}] * knobs.n1
    infer = measure.tokens("dgdpo/infer", measure.items(profile=PROFILE, rating=4.0, label=label))
    genopt = measure.tokens("dgdpo/genopt", [{"profile": PROFILE, "analyses": analyses}])
    refine = measure.tokens("dgdpo/refine", [{"profile": PROFILE, "suggestions": [REASON] * 4}])
    return [
        measure.init(len(users), (ini_opt(measure.dataset.train(user), alpha)[0] for user in measure.users)),
        measure.decide(sum(calls.decide for calls in each)),
        Planned("dgdpo/infer", sum(calls.infer for calls in each), infer, INFER_REPLY),
        Planned("dgdpo/genopt", sum(calls.genopt for calls in each), genopt, GENOPT_REPLY),
        Planned("dgdpo/refine", sum(calls.refine for calls in each), refine, REFINE_REPLY),
    ]


def update(measure: Ruler, calls: int) -> list[Planned]:
    """At most one update per round of a meeting with a strategy that updates; nothing where there is none."""
    sent = measure.tokens("dgdpo/update", measure.items(profile=PROFILE, rating=4.0))
    return [Planned("dgdpo/update", calls, sent, UPDATE_REPLY)] if calls else []


def corpus(measure: Ruler, users: Sequence[int], alpha: float, most: int, opposite: str) -> list[Planned]:
    """Profiles and decisions of the corpus users (1.6), and one opposite per description that is turned round (1.7)."""
    decisions = sum(min(most, len(ini_opt(measure.dataset.train(user), alpha)[0])) for user in users)
    calls = [
        measure.init(len(users), (ini_opt(measure.dataset.train(user), alpha)[0] for user in measure.users)),
        measure.decide(decisions),
    ]
    if opposite == "llm":
        sent = measure.tokens("dgdpo/opposite", measure.items(description="Crime drama with a strong plot"))
        calls.append(Planned("dgdpo/opposite", 2 * KEPT * decisions, sent, OPPOSITE_REPLY))
    return calls


def diagnosis(measure: Ruler, samples: int) -> Planned:
    """The prompted general-purpose LLM on every test sample."""
    sent = measure.tokens("dgdpo/diag", measure.items(profile=PROFILE, rating=4.0))
    return Planned("dgdpo/diag", samples, sent, DIAG_REPLY)
