"""Composes what answers a stage's prompts from `params.yaml`: engine, prompts, recordings, meter."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from reproduce.llm.ask import Asker
from reproduce.llm.engines.heuristic import Heuristic, Rule
from reproduce.llm.meter import Meter
from reproduce.llm.prompts import Prompts
from reproduce.llm.request import Engine
from reproduce.project import Project


@asynccontextmanager
async def open_llm(project: Project, rules: Mapping[str, Rule]) -> AsyncIterator[Asker]:
    """The `Llm` of a stage. `rules` serve the heuristic engine: prompt name without version -> rule.

    On leaving it, calls in flight are awaited and recorded, what happened on the wire goes to the side log
    `.reproduce/calls.json`, and TooManyFallbacks is raised above `llm.max_fallback`.
    """
    knobs = project.params.here.llm
    engine = _engine(project, rules)
    llm = Asker(engine, Prompts(project.root / "prompts"), knobs.model, knobs.temperature, Meter())
    try:
        yield llm
    finally:
        await engine.close()
    for flag in llm.meter.flags():
        print(f"warning: {flag}", file=sys.stderr)
    llm.meter.check(knobs.max_fallback)


def _engine(project: Project, rules: Mapping[str, Rule]) -> Engine:
    knobs = project.params.here.llm
    match knobs.engine:
        case "heuristic":
            return Heuristic(rules, knobs.error_rate, project.params.seed)
        case _:
            raise NotImplementedError(knobs.engine)
