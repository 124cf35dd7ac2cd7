"""Composes what answers a stage's prompts, from `params.yaml` and the environment: engine, recordings, prompts, meter.

The environment says only where answers come from, never what is asked, so that no switch reruns a stage: `REPRODUCE_LIVE=1` lets
calls go out, `REPRODUCE_BUDGET` stops them in time (US dollars), `REPRODUCE_ANSWERS` moves the store of answers (an absolute
path, for `dvc exp run --queue`), `OPENAI_API_KEY` and `OPENAI_BASE_URL` are those of the `openai` package.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from reproduce.errors import EngineError, StorageError
from reproduce.llm.ask import Asker
from reproduce.llm.engines.heuristic import Heuristic, Rule
from reproduce.llm.meter import FLAGGED, Meter
from reproduce.llm.misses import why
from reproduce.llm.prompts import Prompts
from reproduce.llm.purse import Purse
from reproduce.llm.recorded import Recorded, Replayed
from reproduce.llm.recordings import Recordings
from reproduce.llm.request import Engine, Sampling
from reproduce.llm.segments import load_segments
from reproduce.project import Project
from reproduce.spec import FrozenDict

if TYPE_CHECKING:
    from reproduce.llm.engines.openai import OpenAi


@asynccontextmanager
async def open_llm(project: Project, rules: Mapping[str, Rule], pins: Mapping[str, int] = FrozenDict()) -> AsyncIterator[Asker]:
    """The `Llm` of a stage. `rules` serve the heuristic engine: prompt name without version -> rule.
    `pins` are versions of prompts; they win over `llm.prompts` of params.yaml.

    On leaving it, calls in flight are awaited and recorded, and what happened on the wire goes to the side log
    `.reproduce/calls.jsonl`. Raises EngineError, ReplayMiss, BudgetSpent, StorageError, and TooManyFallbacks at the end.
    """
    knobs = project.params.here.llm
    meter = Meter()
    engine = _engine(project, rules, meter)
    sampling = Sampling(temperature=knobs.temperature, max_tokens=knobs.max_tokens)
    llm = Asker(engine, Prompts(project.root / "prompts", {**knobs.prompts, **pins}), knobs.model, sampling, meter)
    try:
        yield llm
    finally:
        await engine.close()
        if meter.wires:
            about = {"engine": knobs.engine, "model": knobs.model, **meter.notes}
            _note(side(project) / "calls.jsonl", {**about, "prompts": meter.side_log()})
    for flag in meter.flags():
        print(f"warning: {flag}, more than {FLAGGED:.0%}", file=sys.stderr)
    meter.check(knobs.max_fallback)


def side(project: Project) -> Path:
    """Where a checkout keeps what is no artifact: answers, misses, the log of calls."""
    return project.root / ".reproduce"


def open_recordings(project: Project) -> Recordings:
    """The store of answers with all sealed segments in it. Raises StorageError, DataError."""
    place = os.environ.get("REPRODUCE_ANSWERS")
    if place and not Path(place).is_absolute():
        raise StorageError(f"REPRODUCE_ANSWERS: `{place}` should be an absolute path (DVC runs stages in copies of the checkout)")
    store = Recordings(Path(place) if place else side(project) / "answers.sqlite")
    load_segments(store, project.root / "recordings")
    return store


def explain_misses(project: Project, key: str = "") -> list[str]:
    """The lines of `reproduce why`. Raises MissingInput when no replay has failed."""
    return why(open_recordings(project), side(project) / "misses.jsonl", key)


def _engine(project: Project, rules: Mapping[str, Rule], meter: Meter) -> Engine:
    knobs = project.params.here.llm
    match knobs.engine:
        case "heuristic":
            return Heuristic(rules, knobs.error_rate, project.params.seed)
        case "local":
            from reproduce.llm.engines.local import Local

            return Recorded(Local(knobs.model), open_recordings(project), meter)
        case "openai":
            return _http(project, meter)


def _http(project: Project, meter: Meter) -> Engine:
    """Replay, unless the environment lets calls go out."""
    knobs = project.params.here.llm
    price = project.params.prices.get(knobs.model)
    live = os.environ.get("REPRODUCE_LIVE", "0")
    if live not in ("0", "1", ""):
        raise EngineError(f"REPRODUCE_LIVE: `{live}` should be 1 (ask the model) or 0 (recorded answers only)")
    if live != "1":
        return Replayed("openai", open_recordings(project), meter, side(project) / "misses.jsonl", price)
    return Recorded(endpoint(project, meter, _purse(project)), open_recordings(project), meter)


def endpoint(project: Project, meter: Meter, purse: Purse | None = None) -> OpenAi:
    """The endpoint that params.yaml and the environment name; nothing is sent yet. Raises EngineError."""
    from reproduce.llm.engines.openai import Limits, OpenAi

    knobs = project.params.here.llm
    urls = knobs.base_url or tuple(filter(None, [os.environ.get("OPENAI_BASE_URL")]))
    limits = Limits(knobs.timeout, knobs.attempts, knobs.concurrency)
    return OpenAi(urls, os.environ.get("OPENAI_API_KEY"), limits, meter, purse)


def _purse(project: Project) -> Purse | None:
    budget = os.environ.get("REPRODUCE_BUDGET")
    if not budget:
        return None
    model = project.params.here.llm.model
    price = project.params.prices.get(model)
    try:
        amount = float(budget)
    except ValueError:
        raise EngineError(f"REPRODUCE_BUDGET: `{budget}` should be a number of US dollars") from None
    if price is None:
        raise EngineError(f"REPRODUCE_BUDGET is set, but params.yaml has no price for `{model}`; add it under `prices`")
    return Purse(amount, price)


def _note(path: Path, row: Mapping[str, object]) -> None:
    """Append one line to a side log, which is no output: it may hold times."""
    line = json.dumps({"at": datetime.now(timezone.utc).isoformat(timespec="seconds"), "command": sys.argv[1:], **row})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        print(f"warning: {path}: not written ({error.strerror})", file=sys.stderr)
