"""Stage `annotate`: what an LLM writes before anything is simulated.

Training texts of a diagnosis model (DGDPO, Appendix A), or the keywords of every item (LUS, "Objective Item Description
Collection" and after).
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

from reproduce.project import Project
from reproduce.spec import Corpus

if TYPE_CHECKING:
    from reproduce.methods.dgdpo.annotation import Annotated


def run(project: Project, key: str) -> None:
    """Write build/<mode>/corpora/<key>. Raises MissingInput before `preprocess` has run, and what an engine raises."""
    wanted = project.spec(key, Corpus)
    asyncio.run((_describe if wanted.method == "ensemble" else _diagnosed)(project, key, wanted))


async def _describe(project: Project, key: str, spec: Corpus) -> None:
    """Pros and cons of every item (`methods/ensemble/descriptions.py`)."""
    from reproduce.data.prepared import Dataset
    from reproduce.files import write_json
    from reproduce.methods.ensemble.annotation import annotate
    from reproduce.methods.ensemble.rehearsal import RULES
    from reproduce.stages.llm import open_llm

    params, folder = project.params, project.build / "corpora" / key
    dataset = Dataset.load(project.build / "data" / spec.dataset)
    async with open_llm(project, RULES) as llm:
        found = await annotate(llm, dataset, params.ensemble, params.seed)
    shutil.rmtree(folder, ignore_errors=True)
    found.save(folder)
    write_json(folder / "replies.json", llm.meter.replies(found.counters))


async def _diagnosed(project: Project, key: str, spec: Corpus) -> None:
    from reproduce.data.prepared import Dataset
    from reproduce.files import write_json
    from reproduce.methods.agent4rec import rehearsal
    from reproduce.methods.agent4rec.simulator import Agent4Rec
    from reproduce.methods.agent4rec.traits import traits
    from reproduce.methods.dgdpo import rehearsal_diagnosis
    from reproduce.methods.dgdpo.annotation import annotate
    from reproduce.methods.dgdpo.evidence import PROMPT
    from reproduce.stages.llm import open_llm

    params = project.params
    dataset = Dataset.load(project.build / "data" / spec.dataset)
    async with open_llm(project, rehearsal.RULES | rehearsal_diagnosis.RULES) as llm:
        simulator = Agent4Rec(dataset, traits(dataset, params.agent4rec.single_genre_diversity), llm)
        found = await annotate(
            llm, simulator, dataset, llm.prompts[PROMPT], params.data.alpha, params.corpus, params.here.diagnoser, params.seed
        )
        folder = project.build / "corpora" / key
        shutil.rmtree(folder, ignore_errors=True)
        _write(project, key, found)
        write_json(folder / "replies.json", llm.meter.replies(found.counters))


def _write(project: Project, key: str, found: Annotated) -> None:
    from reproduce.files import write_json, write_jsonl

    folder = project.build / "corpora" / key
    write_jsonl(folder / "profiles.jsonl", found.profiles)
    write_jsonl(folder / "pretrain.jsonl", found.pretrain)
    write_jsonl(folder / "defects.jsonl", found.defects)
    write_json(folder / "task.json", found.task)
