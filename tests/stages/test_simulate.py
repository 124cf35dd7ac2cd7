"""Stage `simulate`: the files of a run, whole and the same every time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from village import village, write

from reproduce.errors import MissingInput, SpecError
from reproduce.files import read_json, read_jsonl, write_json
from reproduce.interaction.transcript import Transcript
from reproduce.llm.prompts import Prompts
from reproduce.params import Params
from reproduce.project import Project
from reproduce.recommenders.settings import small
from reproduce.recommenders.trained import Trained
from reproduce.stages import simulate
from reproduce.training import tiny
from reproduce.training.checkpoint import save

ROOT = Path(__file__).parents[2]
NAMES = ("fpmc", "sasrec")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A checkout on the village with two recommenders and a diagnosis model that has learnt nothing."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("specs", "prompts"):
        shutil.copytree(ROOT / name, root / name)
    build, dataset = root / "build" / "rehearsal", village()
    write(dataset, build / "data" / "ml-1m")
    for name in NAMES:
        Trained.fit(dataset, name, small(name, epochs=1, patience=1), seed=1).save(build / "recommenders" / "ml-1m" / name)
    models = build / "models" / "dgdpo" / "ml-1m-diagnoser"
    save(tiny.build(["Drama, Crime, Western is liked, disliked, unmentioned. Defect Type: Incomplete"], seed=1), models)
    prompt = Prompts(root / "prompts")["dgdpo/diag"]
    write_json(models / "task.json", {"prompt": prompt.id, "sha256": prompt.sha256, "output": "label"})
    return root


def project(root: Path, **edits: object) -> Project:
    """The checkout with these knobs, and only the recommenders that were trained."""
    knobs = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    knobs["rehearsal"]["recommenders"]["names"] = list(NAMES)
    knobs["rehearsal"]["diagnoser"] |= {"mode": "score"}
    knobs["interaction"]["rounds"] = 3
    knobs["dgdpo"]["n1"] = 2
    for path, value in edits.items():
        *places, last = path.split("__")
        block = knobs
        for place in places:
            block = block[place]
        block[last] = value
    return Project(root, Params.model_validate(knobs))


def run(found: Project, key: str) -> Path:
    simulate.run(found, key)
    return found.build / "runs" / key


def test_a_run_of_agent4rec_leaves_its_files(prepared):
    folder = run(project(prepared), "dgdpo/ml-1m-agent4rec")
    assert sorted(path.name for path in folder.iterdir()) == ["profiles.jsonl", "replies.json", "run.json", "transcripts.jsonl"]
    transcripts = [Transcript.model_validate(row) for row in read_jsonl(folder / "transcripts.jsonl")]
    assert [(each.user, each.recommender, each.strategy) for each in transcripts] == [
        (u, name, "none") for u in range(4) for name in NAMES
    ]
    assert {len(each.rounds) for each in transcripts} == {3}
    profiles = {row["user"]: row for row in read_jsonl(folder / "profiles.jsonl")}
    assert all(each.profile.text == profiles[each.user]["final"] == profiles[each.user]["initial"] for each in transcripts)
    replies = read_json(folder / "replies.json")["prompts"]
    assert (sum(replies["dgdpo/init.v1"]["statuses"].values()), sum(replies["dgdpo/round.v1"]["statuses"].values())) == (4, 24)


def test_run_json_says_all_that_the_run_depends_on(prepared):
    folder = run(project(prepared), "dgdpo/ml-1m-dgdpo")
    about = read_json(folder / "run.json")
    used = ("decide", "genopt", "infer", "init", "refine", "round", *(["update"] if len(about["spec"]["strategies"]) > 1 else []))
    assert about["prompts"] == {f"dgdpo/{name}.v1": Prompts(ROOT / "prompts")[f"dgdpo/{name}.v1"].sha256 for name in used}
    assert about["spec"]["knobs"]["dgdpo"]["n1"] == 2
    assert about["spec"]["knobs"]["data"] == {"alpha": 0.6}
    plain = {name: about[name] for name in ("key", "kind", "mode", "engine", "model", "dataset", "source", "users", "seed")}
    assert plain == {
        "key": "dgdpo/ml-1m-dgdpo",
        "kind": "simulation",
        "mode": "rehearsal",
        "engine": "heuristic",
        "model": "heuristic-1",
        "dataset": "village",
        "source": "village",
        "users": 4,
        "seed": 42,
    }


def test_a_run_of_dgdpo_tells_every_treatment(prepared):
    folder = run(project(prepared), "dgdpo/ml-1m-dgdpo")
    profiles = {row["user"]: row for row in read_jsonl(folder / "profiles.jsonl")}
    treatments = read_jsonl(folder / "treatments.jsonl")
    assert treatments
    for user, row in profiles.items():
        own = [treatment for treatment in treatments if treatment["user"] == user]
        assert [treatment["batch"] for treatment in own] == list(range(1, row["batches"] + 1))
        text = row["initial"]
        for treatment in own:
            assert len(treatment["cases"]) == len(treatment["reasons"]) == 2
            assert treatment["before"] == text
            assert treatment["accepted"] == (treatment["rejected_because"] is None) == (treatment["after"] != text)
            text = treatment["after"]
        assert text == row["final"]
    counters = read_json(folder / "replies.json")["counters"]
    assert counters["refine"] == len(treatments)
    assert counters.get("refine_rejected", 0) == sum(not treatment["accepted"] for treatment in treatments)
    for row in read_jsonl(folder / "transcripts.jsonl"):
        assert row["rounds"][0]["profile"] == profiles[row["user"]]["final"]
        versions = [change["text"] for change in row["profile"]["earlier"] if change["by"] == "treatment"]
        assert versions[:1] in ([], [profiles[row["user"]]["initial"]])
        if row["strategy"] == "none":
            assert row["profile"]["text"] == profiles[row["user"]]["final"]


@pytest.mark.parametrize("key", ["dgdpo/ml-1m-agent4rec", "dgdpo/ml-1m-dgdpo"])
def test_a_second_run_leaves_the_same_bytes(prepared, key):
    first = {path.name: path.read_bytes() for path in run(project(prepared), key).iterdir()}
    second = {path.name: path.read_bytes() for path in run(project(prepared), key).iterdir()}
    assert first == second


def test_fewer_users_meet_the_same_pages(prepared):
    everybody = read_jsonl(run(project(prepared), "dgdpo/ml-1m-agent4rec") / "transcripts.jsonl")
    some = read_jsonl(run(project(prepared, rehearsal__users=2), "dgdpo/ml-1m-agent4rec") / "transcripts.jsonl")
    assert some == [row for row in everybody if row["user"] in {row["user"] for row in some}]
    assert len(some) == 2 * len(NAMES)


def test_what_cannot_be_run_is_refused_in_one_line(prepared):
    with pytest.raises(SpecError, match="is a `corpus`, not a run of stage `simulate`"):
        simulate.run(project(prepared), "dgdpo/ml-1m-corpus")
    spec = prepared / "specs" / "dgdpo" / "only-fpmc.yaml"
    spec.write_text("kind: simulation\ndataset: ml-1m\nmethod: {kind: agent4rec}\nrecommenders: [fpmc]\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"`rehearsal.recommenders.names` \(narm\) has none of the run's"):
        simulate.run(project(prepared, rehearsal__recommenders__names=["narm"]), "dgdpo/only-fpmc")
    with pytest.raises(MissingInput, match=r"narm.*is not there; `dvc repro` builds it"):
        simulate.run(project(prepared, rehearsal__recommenders__names=["narm"]), "dgdpo/ml-1m-agent4rec")


# ---------------------------------------------------------------- audit and sensitivity


def test_an_audit_asks_the_pages_of_its_run_in_two_other_orders(prepared):
    found = project(prepared, audit__recommender="sasrec")
    played = read_jsonl(run(found, "dgdpo/ml-1m-dgdpo") / "transcripts.jsonl")
    folder = run(found, "dgdpo/ml-1m-audit-dgdpo")
    assert sorted(path.name for path in folder.iterdir()) == ["orders.jsonl", "replies.json", "run.json"]
    rows = read_jsonl(folder / "orders.jsonl")
    assert len(rows) == 4 * 3 * 3
    own = {(row["user"], row["round"]): row for row in rows if row["order"] == "ranked"}
    for transcript in (row for row in played if row["recommender"] == "sasrec"):
        for page in transcript["rounds"]:
            line = own[transcript["user"], page["round"]]
            assert line["verdicts"] == [verdict["yes"] for verdict in page["reaction"]["verdicts"]]
            assert line["selected"] == page["reaction"]["selected"]
    replies = read_json(folder / "replies.json")["prompts"]
    assert {name: sum(counted["statuses"].values()) for name, counted in replies.items()} == {"dgdpo/round.v1": 2 * 12}
    about = read_json(folder / "run.json")
    assert (about["kind"], about["spec"]["of"], about["users"]) == ("audit", "dgdpo/ml-1m-dgdpo", 4)
    assert about["spec"]["knobs"]["audit"] == {"recommender": "sasrec"}


def test_an_audit_needs_no_diagnosis_model(prepared):
    found = project(prepared, audit__recommender="sasrec")
    run(found, "dgdpo/ml-1m-dgdpo")
    models = found.build / "models"
    models.rename(found.build / "hidden")
    try:
        assert run(found, "dgdpo/ml-1m-audit-dgdpo")
    finally:
        (found.build / "hidden").rename(models)


def test_an_audit_of_a_recommender_that_was_not_met_is_refused(prepared):
    run(project(prepared), "dgdpo/ml-1m-agent4rec")
    with pytest.raises(SpecError, match=r"was not played with `narm`; set `audit\.recommender`"):
        simulate.run(project(prepared, audit__recommender="narm"), "dgdpo/ml-1m-audit-agent4rec")


def test_sensitivity_repeats_a_run_for_every_seed_and_wording_on_the_same_users(prepared):
    found = project(prepared, audit__recommender="sasrec")
    transcripts = read_jsonl(run(found, "dgdpo/ml-1m-agent4rec") / "transcripts.jsonl")
    folder = run(found, "dgdpo/ml-1m-sensitivity-agent4rec")
    rows = read_jsonl(folder / "verdicts.jsonl")
    wordings = [{"dgdpo/round": 1}, {"dgdpo/round": 2}]
    cells = [(row["seed"], row["prompts"], row["user"]) for row in rows]
    assert cells == [(seed, pins, user) for pins in wordings for seed in (42, 43, 44) for user in range(4)]
    for row in rows:
        assert [sum(counts) for counts in zip(*(row[name] for name in ("tp", "fp", "fn", "tn")), strict=True)] == [20] * 3
    own = {t["user"]: t["rounds"] for t in transcripts if t["recommender"] == "sasrec"}
    for row in rows[:4]:  # the run's own seed and wording
        accepted = [sum(verdict["yes"] for verdict in page["reaction"]["verdicts"]) for page in own[row["user"]]]
        assert [tp + fp for tp, fp in zip(row["tp"], row["fp"], strict=True)] == accepted
    by_seed = [[row["fp"] for row in rows if (row["seed"], row["prompts"]) == (seed, wordings[0])] for seed in (42, 43, 44)]
    assert by_seed[0] != by_seed[1] != by_seed[2], "other negatives"
    replies = read_json(folder / "replies.json")["prompts"]
    assert set(replies) == {"dgdpo/round.v1", "dgdpo/round.v2"}, "profiles are those of the run"
    assert set(read_json(folder / "run.json")["prompts"]) == {"dgdpo/round.v1", "dgdpo/round.v2"}


def test_profiles_are_built_anew_for_a_wording_with_which_they_are_built(prepared):
    found = project(prepared, audit__recommender="sasrec")
    run(found, "dgdpo/ml-1m-agent4rec")
    other = prepared / "prompts" / "dgdpo" / "init.v2.j2"
    other.write_text((prepared / "prompts" / "dgdpo" / "init.v1.j2").read_text().replace("short phrases", "brief phrases"))
    (prepared / "specs" / "dgdpo" / "wording.yaml").write_text(
        "kind: sensitivity\nof: dgdpo/ml-1m-agent4rec\nseeds: [42, 43]\nprompts: [{dgdpo/init: 1}, {dgdpo/init: 2}]\n"
    )
    try:
        found = project(prepared, audit__recommender="sasrec", rehearsal__llm__prompts={"dgdpo/round": 1, "dgdpo/init": 1})
        replies = read_json(run(found, "dgdpo/wording") / "replies.json")["prompts"]
    finally:
        other.unlink()
    assert {name: counted["calls"] for name, counted in replies.items() if "init" in name} == {"dgdpo/init.v2": 4}


@pytest.mark.parametrize("key", ["dgdpo/ml-1m-audit-agent4rec", "dgdpo/ml-1m-sensitivity-agent4rec"])
def test_asking_again_leaves_the_same_bytes(prepared, key):
    found = project(prepared, audit__recommender="sasrec")
    run(found, "dgdpo/ml-1m-agent4rec")
    first = {path.name: path.read_bytes() for path in run(found, key).iterdir()}
    assert first == {path.name: path.read_bytes() for path in run(found, key).iterdir()}


def test_a_run_can_pin_the_version_of_a_prompt(prepared):
    spec = prepared / "specs" / "dgdpo" / "pinned.yaml"
    text = "kind: simulation\ndataset: ml-1m\nmethod: {kind: agent4rec}\nprompts: {dgdpo/round: %d}\n"
    spec.write_text(text % 2, encoding="utf-8")
    assert set(read_json(run(project(prepared), "dgdpo/pinned") / "replies.json")["prompts"]) == {
        "dgdpo/init.v1",
        "dgdpo/round.v2",
    }
    spec.write_text(text % 9, encoding="utf-8")
    with pytest.raises(SpecError, match=r"no prompt `dgdpo/round\.v9`"):
        simulate.run(project(prepared), "dgdpo/pinned")
