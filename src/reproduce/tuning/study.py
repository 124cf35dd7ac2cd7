"""The search for hyper-parameters by Optuna's TPE (DGDPO, Table 6), which can be killed and gives the same bytes in the end.

Each trial asks a fresh sampler, seeded by the trial's number, that is told all trials before: so a suggestion depends on
(seed, study, number, earlier trials) and not on when the process started. What was trained is in a journal and is not trained
again, neither by a resumed study nor where a setting is suggested twice.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reproduce import seeds
from reproduce.tuning.journal import Journal, Outcome, Params, Trained

Space = Mapping[str, tuple[float, ...]]
"""A hyper-parameter's printed name -> the values that are searched."""


@dataclass(frozen=True)
class Trial:
    """One trial of a study."""

    number: int
    params: Params
    outcome: Outcome
    repeats: int | None
    """The earlier trial that had the same setting."""


def search(
    space: Space, objective: Callable[[Params], Outcome], trials: int, seed: int, name: str, journal: Journal
) -> list[Trial]:
    """All trials of the study `name`, in order; `objective` trains one setting."""
    known = {_key(trained.params): trained.outcome for trained in journal.read()}
    done: list[Trial] = []
    for number in range(trials):
        params = suggest(space, done, seeds.number(seed, "tune", name, number) % 2**32)
        repeats = next((trial.number for trial in done if trial.params == params), None)
        if (key := _key(params)) not in known:
            known[key] = objective(params)
            journal.add(Trained(params, known[key]))
        done.append(Trial(number, params, known[key], repeats))
        print(f"{name}: trial {number + 1} of {trials}: {known[key].value}", file=sys.stderr)
    return done


def best(trials: list[Trial]) -> Trial | None:
    """The trial with the highest value, the earliest of equals; None where every training diverged."""
    ended = [trial for trial in trials if trial.outcome.value is not None]
    return max(ended, key=lambda trial: (trial.outcome.value, -trial.number), default=None)


def suggest(space: Space, done: list[Trial], seed: int) -> Params:
    """The setting that TPE tries next, having seen the trials that are done."""
    import optuna
    from optuna.distributions import BaseDistribution, CategoricalDistribution
    from optuna.trial import TrialState, create_trial

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    choices: dict[str, BaseDistribution] = {name: CategoricalDistribution(values) for name, values in space.items()}
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        for trial in done:
            value = trial.outcome.value
            state = TrialState.FAIL if value is None else TrialState.COMPLETE
            study.add_trial(create_trial(state=state, value=value, params=trial.params, distributions=choices))
        return study.ask(choices).params


def _key(params: Params) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(params.items()))
