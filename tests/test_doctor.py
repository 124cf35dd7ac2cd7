"""What the doctor sees."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from loopback import serve
from rich.console import Console

from reproduce import doctor
from reproduce.errors import MissingExtra
from reproduce.project import Project

ROOT = Path(__file__).parents[1]


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """The specs, knobs and prompts of this checkout, without DVC."""
    for name in ("specs", "prompts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def using(url: str) -> Project:
    """The project in the working directory with the engine `openai` at this address."""
    text = Path("params.yaml").read_text()
    assert "engine: heuristic " in text
    Path("params.yaml").write_text(
        text.replace("engine: heuristic ", f"engine: openai\n    base_url: [{url}]\n    attempts: 2 ", 1)
    )
    return Project.here()


def found(project: Project) -> dict[str, doctor.Finding]:
    return {finding.what: finding for finding in doctor.findings(project)}


def test_this_machine_can_run_the_pipeline():
    missing = [finding for finding in doctor.findings(Project.here(ROOT)) if finding.state == "missing"]
    assert not missing


def test_an_unpacked_archive_is_named_with_the_remedy(copy):
    finding = found(Project.here())["DVC"]
    assert (finding.state, finding.said) == ("missing", "no `.dvc` folder: clone the repository, an archive of it will not do")


def test_what_is_missing_ends_the_command_after_all_is_printed(copy):
    console = Console(file=io.StringIO(), width=120)
    with pytest.raises(MissingExtra, match=r"^DVC: no `\.dvc` folder"):
        doctor.examine(Project.here(), console=console)
    assert "LLM" in console.file.getvalue()


def test_a_broken_spec_is_noted(copy):
    spec = Path("specs/dgdpo/ml-1m-dgdpo.yaml")
    spec.write_text(spec.read_text().replace("kind: dgdpo", "kind: dgpdo"))
    assert found(Project.here())["specs"].said.startswith("specs/dgdpo/ml-1m-dgdpo.yaml:5: no method of kind `dgpdo`")


def test_a_paid_engine_says_whether_calls_go_out(copy, monkeypatch):
    monkeypatch.delenv("REPRODUCE_LIVE", raising=False)
    project = using("http://127.0.0.1:1/v1")
    assert "recorded answers only" in found(project)["LLM"].said
    monkeypatch.setenv("REPRODUCE_LIVE", "1")
    assert "calls go out" in found(project)["LLM"].said


def test_the_endpoint_is_asked_only_when_told_to(copy):
    with serve() as server:
        project = using(server.url)
        found(project)
        assert server.stats()["requests"] == 0
        finding = doctor.endpoint(project)
        assert finding.state == "ok"
        assert finding.said.startswith("takes temperature 0: yes, repeats itself: yes")
        assert server.stats()["requests"] > 0


def test_an_endpoint_where_nobody_listens_is_missing(copy):
    finding = doctor.endpoint(using("http://127.0.0.1:9/v1"))
    assert finding.state == "missing"
    assert "no endpoint answers at http://127.0.0.1:9/v1" in finding.said


def test_engines_without_an_endpoint_are_not_probed():
    assert doctor.endpoint(Project.here(ROOT)).said == "engine heuristic of mode rehearsal asks none"
