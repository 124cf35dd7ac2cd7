"""What answers a stage, as params.yaml and the environment say."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Server, serve
from scripted import CHOICE, PROMPT
from tiny_checkpoint import save

from reproduce.errors import BudgetSpent, EngineError, MissingInput, ReplayMiss, ReproduceError, StorageError, TooManyFallbacks
from reproduce.files import dumps
from reproduce.llm.segments import seal
from reproduce.params import Params
from reproduce.project import Project
from reproduce.stages.llm import explain_misses, open_llm, open_recordings
from reproduce.yaml_files import read

ROOT = Path(__file__).parents[2]
PRICES = {"m": {"input": 1000.0, "cached_input": 0.0, "output": 0.0}}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REPRODUCE_LIVE", "REPRODUCE_BUDGET", "REPRODUCE_ANSWERS", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def project(root: Path, **llm: object) -> Project:
    """A checkout with one prompt and these knobs of `llm`."""
    path = root / "prompts" / "test" / "choose.v1.j2"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PROMPT)
    whole = read(ROOT / "params.yaml", Params).model_dump()
    whole["rehearsal"]["llm"].update({"engine": "openai", "model": "m", **llm})
    return Project(root, Params.model_validate({**whole, "mode": "rehearsal", "prices": PRICES}))


def run(checkout: Project, users: int = 5) -> str:
    """What a stage that asks one question per user writes: values and replies.json."""

    async def stage() -> str:
        async with open_llm(checkout, {"test/choose": lambda inputs, random: "CHOICE: A"}) as llm:
            readings = await asyncio.gather(*(llm.ask(CHOICE, profile=f"user {n}") for n in range(users)))
            return dumps([[reading.value for reading in readings], llm.meter.replies(), llm.used])

    return asyncio.run(stage())


def failure(checkout: Project, kind: type[ReproduceError], users: int = 5) -> str:
    with pytest.raises(kind) as caught:
        run(checkout, users)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def live(server: Server, monkeypatch: pytest.MonkeyPatch, root: Path, **llm: object) -> Project:
    monkeypatch.setenv("REPRODUCE_LIVE", "1")
    return project(root, base_url=(server.url,), max_fallback=1.0, **llm)


def test_the_heuristic_engine_needs_nothing(tmp_path: Path) -> None:
    assert run(project(tmp_path, engine="heuristic", error_rate=0.0)).startswith('[["A", "A", "A", "A", "A"]')
    assert not (tmp_path / ".reproduce").exists()


def test_a_replay_writes_the_same_bytes_as_the_live_run(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.script()
    there = live(server, monkeypatch, tmp_path)
    bought = run(there)
    assert server.stats()["requests"] == 5 + 2 * 5  # the probe; every echo is unreadable, so that each is repaired
    monkeypatch.delenv("REPRODUCE_LIVE")
    assert run(there) == bought
    assert server.stats()["requests"] == 15


def test_shared_recordings_replay_in_another_checkout(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.script()
    bought = run(live(server, monkeypatch, tmp_path / "one"))
    monkeypatch.delenv("REPRODUCE_LIVE")
    seal(open_recordings(project(tmp_path / "one")), tmp_path / "two" / "recordings")
    assert run(project(tmp_path / "two", max_fallback=1.0)) == bought


def test_without_recordings_a_replay_says_what_is_missing(tmp_path: Path) -> None:
    told = failure(project(tmp_path), ReplayMiss)
    assert told.startswith("no recorded answer of `m` for 5 of the 5 requests that could be reached, at least 0.09 US dollars;")
    assert explain_misses(project(tmp_path)) == ["5 x `test/choose.v1`: no request of this prompt is recorded"]


def test_there_is_nothing_to_explain_before_a_replay_has_failed(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="no replay has failed here"):
        explain_misses(project(tmp_path))


def test_no_endpoint_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REPRODUCE_LIVE", "1")
    assert failure(project(tmp_path), EngineError).startswith("no endpoint: set OPENAI_API_KEY")


def test_the_endpoint_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.script()
    monkeypatch.setenv("REPRODUCE_LIVE", "1")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    run(project(tmp_path, max_fallback=1.0))
    assert set(server.stats()["keys"]) == {"Bearer sk-mine"}  # type: ignore[call-overload]


def test_a_budget_is_kept_and_all_answers_with_it(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.script()
    there = live(server, monkeypatch, tmp_path)
    monkeypatch.setenv("REPRODUCE_BUDGET", "0.1")
    assert "REPRODUCE_BUDGET=0.1 US dollars are spent" in failure(there, BudgetSpent, users=20)
    kept = open_recordings(there).count()
    assert 0 < kept == int(str(server.stats()["requests"])) - 5
    monkeypatch.setenv("REPRODUCE_BUDGET", "100")
    run(there, users=20)
    assert server.stats()["requests"] == 5 + 40 + 5  # each probe, and no call twice


@pytest.mark.parametrize(
    ("name", "value", "kind", "told"),
    [
        ("REPRODUCE_BUDGET", "much", EngineError, "REPRODUCE_BUDGET: `much` should be a number of US dollars"),
        ("REPRODUCE_LIVE", "yes", EngineError, "REPRODUCE_LIVE: `yes` should be 1"),
        ("REPRODUCE_ANSWERS", "answers.sqlite", StorageError, "REPRODUCE_ANSWERS: `answers.sqlite` should be an absolute path"),
    ],
)
def test_an_odd_environment_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, kind: type[ReproduceError], told: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk")
    monkeypatch.setenv("REPRODUCE_LIVE", "1")
    monkeypatch.setenv(name, value)
    assert told in failure(project(tmp_path), kind)


def test_a_budget_without_a_price_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk")
    monkeypatch.setenv("REPRODUCE_LIVE", "1")
    monkeypatch.setenv("REPRODUCE_BUDGET", "5")
    assert "has no price for `other`; add it under `prices`" in failure(project(tmp_path, model="other"), EngineError)


def test_the_store_can_lie_elsewhere(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.script()
    monkeypatch.setenv("REPRODUCE_ANSWERS", str(tmp_path / "mine.sqlite"))
    bought = run(live(server, monkeypatch, tmp_path / "one"))
    monkeypatch.delenv("REPRODUCE_LIVE")
    assert run(project(tmp_path / "copy", max_fallback=1.0)) == bought
    assert not (tmp_path / "one" / ".reproduce" / "answers.sqlite").exists()


def test_too_many_unreadable_replies_fail_the_run_and_few_of_them_warn(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script()
    run(live(server, monkeypatch, tmp_path))
    assert (
        "warning: `test/choose.v1`: 5 of 5 replies gave no value (5 unreadable, 0 refused), more than 2%"
        in capsys.readouterr().err
    )
    monkeypatch.delenv("REPRODUCE_LIVE")
    assert "more than `llm.max_fallback` = 0.1" in failure(project(tmp_path, max_fallback=0.1), TooManyFallbacks)


def test_what_happened_on_the_wire_goes_to_the_side_log(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    server.script()
    there = live(server, monkeypatch, tmp_path)
    run(there)
    run(there)
    first, second = (json.loads(line) for line in (tmp_path / ".reproduce" / "calls.jsonl").read_text().splitlines())
    assert first["abilities"]["temperature_zero"] is True
    assert (first["prompts"]["test/choose.v1"]["live"], first["prompts"]["test/choose.v1"]["hits"]) == (10, 0)
    assert (second["prompts"]["test/choose.v1"]["live"], second["prompts"]["test/choose.v1"]["hits"]) == (0, 10)
    assert "abilities" not in second


def test_the_local_engine_computes_once_and_is_replayed_without_its_model(tmp_path: Path) -> None:
    there = project(tmp_path, engine="local", model=str(save(tmp_path / "model")), max_fallback=1.0)
    short = PROMPT.replace("replies:", "sampling: {max_tokens: 8}\nreplies:")
    (tmp_path / "prompts" / "test" / "choose.v2.j2").write_text(short)
    computed = run(there, users=2)
    shutil.rmtree(tmp_path / "model")
    assert run(there, users=2) == computed


INTERRUPTED = """
import sys
sys.path[:0] = [{stages!r}, {llm!r}]
from pathlib import Path
from test_llm import project, run
run(project(Path(sys.argv[1]), base_url=(sys.argv[2],), max_fallback=1.0, concurrency=8), users=200)
"""


def test_ctrl_c_keeps_what_was_sent(server: Server, tmp_path: Path) -> None:
    server.script(latency=0.3)
    here = Path(__file__).parent
    code = INTERRUPTED.format(stages=str(here), llm=str(here.parent / "llm"))
    command = [sys.executable, "-c", code, str(tmp_path), server.url]
    process = subprocess.Popen(
        command,
        env={**os.environ, "REPRODUCE_LIVE": "1"},
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # ignored where tests run in the background
    )
    while int(str(server.stats()["requests"])) < 5 + 8:  # the probe, then eight in flight
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0
    sent = int(str(server.stats()["requests"])) - 5
    assert 8 <= sent <= 16
    assert open_recordings(project(tmp_path)).count() == sent
