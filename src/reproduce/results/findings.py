"""What is found besides numbers and curves: tests, flipped orders, tuned values, examples.

Closed models of the result file.
"""

from __future__ import annotations

from reproduce.spec import Closed


class Significance(Closed):
    """The paper's own method against the best of the others in one metric on one data set (caption of Table 2; dgdpo.md 2.4).

    Raw p-values, and beside them those that allow for all tests of the table (`family`).
    """

    table: str
    dataset: str
    metric: str
    method: str
    runner_up: str
    difference: float
    """Mean over users of the metric's per-user values; F1 is tested by the F1 of each user."""
    low: float
    high: float
    pairs: int
    differing: int
    """Users whose two values differ."""
    t_p: float | None
    """Paired t-test."""
    t_holm: float | None
    t_bonferroni: float | None
    wilcoxon_p: float | None
    """Wilcoxon's signed-rank test."""
    wilcoxon_holm: float | None
    wilcoxon_bonferroni: float | None
    family: int
    """How many tests are adjusted together."""


class Flip(Closed):
    """Two methods whose order depends on how a metric is averaged."""

    dataset: str
    metric: str
    scope: str
    """The aggregation under which `ahead` leads."""
    other: str
    """The aggregation under which `behind` leads."""
    ahead: str
    behind: str
    lead: float
    """`ahead` minus `behind` under `scope`."""
    lead_low: float
    lead_high: float
    other_lead: float
    """`ahead` minus `behind` under `other`: negative."""
    other_low: float
    other_high: float


class Optimum(Closed):
    """A tuned hyper-parameter: the printed optimum, and ours."""

    table: str
    method: str
    dataset: str
    name: str
    searched: tuple[float, ...]
    printed: float
    ours: float | None = None
    """None where no tuning of ours was run."""
    equal: bool | None = None


class Study(Closed):
    """The search of one method's hyper-parameters on one data set."""

    table: str
    method: str
    dataset: str
    source: str
    objective: str
    """What was maximised on the validation items."""
    trials: int
    settings: int
    """Different settings among them."""
    diverged: int
    """Trials without a value."""
    best: float | None = None
    """The best objective; None where every trial diverged."""
    printed: float | None = None
    """The objective of the printed optimum; None where no trial of ours hit it."""
    printed_rank: int | None = None
    """Place of the printed optimum among the settings that were tried, from 1."""
    run: str


class Example(Closed):
    """A treatment that really happened, chosen to be drawn as the paper draws its case studies (Figures 5 and 11)."""

    figure: str
    """Id in `paper.yaml`."""
    label: str
    """The diagnosed defect."""
    dataset: str
    source: str
    run: str
    user: int
    batch: int
    """Which treatment of this user, from 1."""
    before: str
    """The profile under diagnosis."""
    item: int
    title: str
    genres: tuple[str, ...]
    mean_rating: float | None = None
    """The item's mean training rating."""
    rating: float
    """The user's real rating."""
    simulator_reason: str
    """Why the simulator declined the item."""
    evidence: str | None = None
    """What the diagnosis model wrote before its label, where it does."""
    reason: str
    """The inferred reason of the defect."""
    suggestions: tuple[str, ...]
    """Of the whole batch; the first ones are about this case where `own` says so."""
    own: tuple[int, ...] = ()
    """Places of the suggestions that name a genre of this case's item."""
    after: str
    labels: tuple[str, ...]
    """The defects of all cases of the batch."""
    accepted_later: bool | None = None
    """Whether the simulator accepts the item with the user's last profile; None where it was not asked."""
    candidates: int
    """Treated cases with this label among which it was chosen."""
