"""What the paper says should hold between its numbers, and whether ours say so too.

A claim on two lines holds when the 95 % interval of their difference lies above 0, does not hold when it lies below, and cannot
be said otherwise. The difference is paired over users where both lines have the same users; between trainings under several
seeds there are no pairs, and the interval is Welch's. A claim on many pairs holds when all of them hold, and fails with the first
that fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from reproduce.claims import Above, Better, Order, Trend
from reproduce.claims import Relation as Claim
from reproduce.metrics.repeats import difference
from reproduce.metrics.stats import paired_test
from reproduce.paper import Paper
from reproduce.results import shapes
from reproduce.results.cells import Answered, Filled, Seeded
from reproduce.results.document import Answer, Comparison, Relation
from reproduce.results.gains import significant
from reproduce.results.runs import Run
from reproduce.results.shapes import compared, sign

Cells = Mapping[tuple[str, str, str, str], Answered]


def judge(paper: Paper, filled: Iterable[Answered], runs: Mapping[str, Run], seed: int) -> tuple[Relation, ...]:
    """Our answer to every relation of the paper."""
    cells = {cell.place: cell for cell in filled}
    return tuple(
        concluded(
            claim.says,
            claim.table if isinstance(claim, (Better, Order)) else claim.figure,
            list(_comparisons(paper, claim, cells, runs, seed)),
        )
        for claim in paper.relations
    )


def _comparisons(paper: Paper, claim: Claim, cells: Cells, runs: Mapping[str, Run], seed: int) -> Iterator[Comparison]:
    match claim:
        case Better():
            pairs = [(claim.better, other) for other in claim.than]
            yield from _of_table(paper, claim, pairs, cells, claim.p_below)
        case Order():
            yield from _of_table(paper, claim, list(pairwise(claim.order)), cells)
        case Trend():
            yield from shapes.of_trend(paper, claim, runs, seed)
        case Above():
            yield from shapes.of_curves(paper, claim, runs, seed)


def _of_table(
    paper: Paper, claim: Better | Order, pairs: Sequence[tuple[str, str]], cells: Cells, p_below: float | None = None
) -> Iterator[Comparison]:
    table = paper.table(claim.table)
    datasets = claim.datasets if isinstance(claim, Better) else ()
    for block in (block for block in table.blocks if not datasets or block.dataset in datasets):
        for metric in claim.metrics or table.metrics:
            for better, than in pairs:
                of = f"{paper.label(block.dataset)} {paper.metric(metric).label}"
                first, second = (cells.get((table.id, block.dataset, row, metric)) for row in (better, than))
                yield _compared(of, better, than, first, second, p_below)


def _compared(
    of: str, better: str, than: str, first: Answered | None, second: Answered | None, p_below: float | None
) -> Comparison:
    """Paired over the users of both, or between the seeds of both; otherwise nothing can be said."""
    if isinstance(first, Filled) and isinstance(second, Filled) and first.units == second.units:
        return _paired(of, better, than, first, second, p_below)
    if isinstance(first, Seeded) and isinstance(second, Seeded):
        found = difference(first.values, second.values)
        if found is not None:
            return compared(of, better, than, found, sign(found))
    return Comparison(of=of, better=better, than=than, answer="cannot say")


def _paired(of: str, better: str, than: str, first: Filled, second: Filled, p_below: float | None) -> Comparison:
    difference = first.resamples.estimate(first.draws - second.draws)
    answer = sign(difference)
    if first.per_unit is None or second.per_unit is None:
        return compared(of, better, than, difference, answer)
    tested = paired_test(first.per_unit, second.per_unit)
    if answer == "holds" and p_below is not None and (tested.t_p is None or tested.t_p >= p_below):
        answer = "cannot say"
    return compared(of, better, than, difference, answer, significant(tested.t_p), significant(tested.wilcoxon_p))


def concluded(says: str, where: str, comparisons: list[Comparison]) -> Relation:
    """The answer to a claim that all of these comparisons must bear out."""
    said = tuple(comparison for comparison in comparisons if comparison.difference is not None)
    count = Counter(comparison.answer for comparison in said)
    answer: Answer = "cannot say"
    if count["does not hold"]:
        answer = "does not hold"
    elif said and count["holds"] == len(comparisons):
        answer = "holds"
    why = "no run of ours fills both sides"
    if said:
        made = f"{len(said)} of {len(comparisons)} comparisons can be made"
        why = f"{made}: {count['holds']} hold, {count['does not hold']} do not, {count['cannot say']} cannot be told apart"
    return Relation(says=says, where=where, answer=answer, why=why, comparisons=said)
