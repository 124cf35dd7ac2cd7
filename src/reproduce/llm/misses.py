"""Requests that no recording answers: how many, what they would cost, how they differ from the nearest recorded ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reproduce.errors import MissingInput, ReplayMiss
from reproduce.files import read_jsonl, write_jsonl
from reproduce.llm.recordings import Recordings, fields
from reproduce.llm.request import Asked
from reproduce.llm.tokens import dollars, prompt_tokens
from reproduce.params import Price

_PLANNED = 100
"""Tokens of a reply, where no reply to the prompt was recorded."""
_EXAMPLES = 20
"""Misses per prompt that `why` compares with all recorded requests."""


@dataclass(frozen=True)
class Miss:
    """A request without a recorded answer."""

    key: str
    prompt: str
    """Id with version."""
    fields: Mapping[str, object]
    """As `recordings.fields`."""
    tokens: int
    """Estimated tokens of the prompt."""

    @classmethod
    def of(cls, asked: Asked) -> Miss:
        """What is remembered of a request that missed."""
        return cls(asked.request.key, asked.prompt, fields(asked), prompt_tokens(asked.request.messages))


@dataclass(frozen=True)
class Nearest:
    """The recorded request that differs least from a missing one."""

    key: str
    prompt: str
    differs: tuple[str, ...]
    """One phrase per field, such as "`sampling.temperature` (0.7, recorded 0.0)"."""

    def __str__(self) -> str:
        return f"the nearest recorded one ({self.key[:12]}) differs in {', '.join(self.differs)}"


def nearest(store: Recordings, miss: Miss) -> Nearest | None:
    """The recorded request of the same prompt with the fewest other fields, or None when there is no request of this prompt."""
    best: tuple[int, bytes, str, Mapping[str, object]] | None = None
    for key, prompt, recorded in store.recorded_for(miss.prompt.rpartition(".v")[0]):
        distance = len(_differing(miss, prompt, recorded))
        if best is None or distance < best[0]:
            best = (distance, key, prompt, recorded)
    if best is None:
        return None
    _, key, prompt, recorded = best
    return Nearest(key.hex(), prompt, tuple(_differing(miss, prompt, recorded)))


def _differing(miss: Miss, prompt: str, recorded: Mapping[str, object]) -> list[str]:
    """The fields that differ, or what else it must be: two requests of equal fields have other words."""
    names = sorted({*miss.fields, *recorded})
    found = [
        _phrase(name, miss.fields.get(name), recorded.get(name)) for name in names if miss.fields.get(name) != recorded.get(name)
    ]
    if prompt != miss.prompt:
        found.append(f"the prompt (`{miss.prompt}`, recorded `{prompt}`)")
    if not found:
        found.append("the words of the prompt" if miss.fields["turns"] in (1, 2) else "the faulty answer that it repairs")
    return found


def _phrase(name: str, wanted: object, recorded: object) -> str:
    kind, _, rest = name.partition(" ")
    if kind == "input":
        return f"input `{rest}`"
    return f"`{name}` ({_said(wanted)}, recorded {_said(recorded)})"


def _said(value: object) -> str:
    return "not sent" if value is None else f"`{value}`" if isinstance(value, str) else f"{value}"


def report(store: Recordings, missed: Sequence[Miss], asked: int, model: str, price: Price | None) -> ReplayMiss:
    """One line about all misses of a stage."""
    first = min(missed, key=lambda miss: miss.key)
    near = nearest(store, first)
    cost = f", at least {estimate(store, missed, price):.2f} US dollars" if price else ""
    why = str(near) if near else "no request of this prompt is recorded"
    return ReplayMiss(
        f"no recorded answer of `{model}` for {len(missed)} of the {asked} requests that could be reached{cost};"
        f" request {first.key[:12]} (`{first.prompt}`): {why}; fetch recordings (`dvc pull recordings.dvc`),"
        " or set REPRODUCE_LIVE=1 to ask the model (`reproduce why` says more)"
    )


def estimate(store: Recordings, missed: Sequence[Miss], price: Price) -> float:
    """US dollars for the missing answers, a reply taken to be as long as those recorded for the same prompt."""
    lengths = {prompt: store.mean_reply_tokens(prompt) or _PLANNED for prompt in {miss.prompt for miss in missed}}
    return sum(dollars(price, miss.tokens, lengths[miss.prompt]) for miss in missed)


def remember(path: Path, missed: Sequence[Miss]) -> None:
    """Write the misses of a stage down, for `why`. Raises StorageError."""
    rows = ({"key": miss.key, "prompt": miss.prompt, "fields": miss.fields, "tokens": miss.tokens} for miss in missed)
    write_jsonl(path, sorted(rows, key=lambda row: str(row["key"])))


def why(store: Recordings, path: Path, key: str = "") -> list[str]:
    """What kept the last failed replay from being answered, one line per cause; with the beginning of a `key`, of that request.

    Raises MissingInput when no replay failed or no such request was missing.
    """
    missed = [Miss(**row) for row in read_jsonl(path)] if path.is_file() else []
    chosen = [miss for miss in missed if miss.key.startswith(key)]
    if not chosen:
        raise MissingInput(
            f"no replay missed a request `{key}`" if key else "no replay has failed here: there is nothing to explain"
        )
    causes: Counter[str] = Counter()
    for prompt in sorted({miss.prompt for miss in chosen}):
        of_prompt = [miss for miss in chosen if miss.prompt == prompt]
        examples = of_prompt[:_EXAMPLES]
        for miss in examples:
            near = nearest(store, miss)
            causes[f"`{prompt}`: {_cause(near) if near else 'no request of this prompt is recorded'}"] += 1
        if len(of_prompt) > len(examples):
            causes[f"`{prompt}`: not looked at"] += len(of_prompt) - len(examples)
    if len(chosen) == 1:
        near = nearest(store, chosen[0])
        return [f"{chosen[0].key} (`{chosen[0].prompt}`): {near or 'no request of this prompt is recorded'}"]
    return [f"{count} x {cause}" for cause, count in causes.most_common()]


def _cause(near: Nearest) -> str:
    return f"the nearest recorded request differs in {', '.join(near.differs)}"
