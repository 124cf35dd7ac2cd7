"""What a user can mend: every error here is printed as one line (place, fact, remedy) and ends with exit code 2.

One class per reaction of the user, not per place. Anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations

from dataclasses import dataclass


class ReproduceError(Exception):
    """A failure that the user can mend. `str()` is one line: lower case, no full stop, identifiers in backticks."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a file."""

    place: str
    """`path:line` as far as it is known."""
    fact: str
    """What is wrong and, where there is one, the remedy."""

    def __str__(self) -> str:
        return f"{self.place}: {self.fact}"


class SpecError(ReproduceError):
    """A spec, a knob, a prompt or the index is wrong: mend the file. Holds all problems of a file at once."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class DataError(ReproduceError):
    """Raw data are absent, unreadable or not the ones that were pinned: fetch or mend them."""


class Diverged(ReproduceError):
    """A training came to numbers that are not finite: lower its learning rate."""


class MissingInput(ReproduceError):
    """What an earlier stage makes is not there: run that stage."""


class MissingExtra(ReproduceError):
    """An optional package is not installed: the message holds the `pip install` line."""


class ReplayMiss(ReproduceError):
    """Recorded answers are missing: fetch them (`dvc pull`) or ask the model (`REPRODUCE_LIVE=1`)."""


class BudgetSpent(ReproduceError):
    """The budget of this run is used up; all answers so far are kept: raise it and run again."""


class EngineError(ReproduceError):
    """The endpoint is absent, refuses the key or the request, or keeps failing; all answers so far are kept."""


class TooManyFallbacks(ReproduceError):
    """Too many replies could not be read to trust the result (above `llm.max_fallback`)."""


class StorageError(ReproduceError):
    """An answer or artifact could not be written (disk full, no permission): nothing that was acknowledged is lost."""
