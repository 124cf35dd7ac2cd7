"""SUBER and the ensemble's annotation with a real HTTP endpoint, and replayed from the store without it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from loopback import Server, serve
from reviewed import KNOBS, dataset
from village import village

from reproduce.errors import ReplayMiss
from reproduce.interaction.responding import Histories
from reproduce.llm.background import Background
from reproduce.methods.ensemble.annotation import annotate
from reproduce.methods.suber.simulator import Suber
from reproduce.params import Params, SuberKnobs
from reproduce.project import Project
from reproduce.stages.llm import open_llm
from reproduce.yaml_files import read

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as running:
        running.script(style="formats", latency=0.01)
        yield running


@pytest.fixture
def project(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A checkout that may ask the endpoint."""
    for name in ("REPRODUCE_BUDGET", "REPRODUCE_ANSWERS", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REPRODUCE_LIVE", "1")
    shutil.copytree(ROOT / "prompts", tmp_path / "prompts")
    whole = read(ROOT / "params.yaml", Params).model_dump()
    whole["rehearsal"]["llm"].update({"engine": "openai", "model": "m", "base_url": (server.url,)})
    return Project(tmp_path, Params.model_validate({**whole, "mode": "rehearsal"}))


def rated(project: Project) -> tuple[list[float], dict[str, object]]:
    """40 steps of four users, one after the other, as an environment takes them."""
    data = village()
    with Background() as background:
        llm = background.enter(open_llm(project, {}))
        suber = Suber(data, llm, SuberKnobs(), background)
        found: list[float] = []
        for step in range(10):
            users = np.arange(4, dtype=np.int32)
            seen = np.array([[row.item for row in data.train(user)[:3]] for user in range(4)], dtype=np.int32)
            three = np.full(4, 3, dtype=np.int32)
            asked = Histories(users, seen, np.ones((4, 3), dtype=np.int8), three, three)
            found += suber.respond(asked, np.full(4, 70 + step, dtype=np.int32), np.zeros((4, 3))).probability.tolist()
        return found, llm.meter.replies(suber.counters)


def test_ratings_come_over_http_and_are_replayed_without_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    live = rated(project)
    assert len(set(live[0])) > 3
    assert live[1]["counters"]["ratings"] == 40  # type: ignore[index]
    monkeypatch.delenv("REPRODUCE_LIVE")
    assert rated(project) == live


def test_what_was_not_recorded_is_told_in_one_line(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPRODUCE_LIVE")
    with pytest.raises(ReplayMiss) as raised:
        rated(project)
    assert "\n" not in str(raised.value)


def test_an_annotation_comes_over_http_and_is_replayed_byte_by_byte(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stage(folder: Path) -> dict[str, object]:
        async with open_llm(project, {}) as llm:
            found = await annotate(llm, dataset(tmp_path), KNOBS, 1)
            found.save(folder)
            return llm.meter.replies(found.counters)

    live = asyncio.run(stage(tmp_path / "live"))
    monkeypatch.delenv("REPRODUCE_LIVE")
    assert asyncio.run(stage(tmp_path / "replayed")) == live
    for path in sorted((tmp_path / "live").iterdir()):
        assert path.read_bytes() == (tmp_path / "replayed" / path.name).read_bytes()
