"""The line of LUS on embedded data: keywords, response models, a learner, predictions."""

from __future__ import annotations

import shutil
from pathlib import Path

import gymnasium
import numpy as np
import pytest
import yaml

from reproduce.data import embedded
from reproduce.data.prepared import Dataset
from reproduce.errors import MissingInput, SpecError
from reproduce.estimating import estimate
from reproduce.files import read_json, read_jsonl
from reproduce.interaction.episodes import World, most_reviewed
from reproduce.interaction.logged import logged
from reproduce.interaction.responding import Responses
from reproduce.params import Params
from reproduce.project import Project
from reproduce.responses.heldout import held_out
from reproduce.stages import annotate, learn, preprocess, train

ROOT = Path(__file__).parents[2]
LEARNING = {
    "steps": {"dqn": 120, "ppo": 120, "trpo": 120, "a2c": 120},
    "seeds": 2,
    "actions": 60,
    "environments": 4,
    "panel": 6,
    "evaluate_every": 60,
    "evaluate_episodes": 2,
    "checkpoint_every": 40,
    "dqn": {"learning_rate": 1e-3, "buffer": 200, "learning_starts": 20, "target_update": 40},
    "ppo": {"rollout": 40, "learning_rate": 1e-3},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A checkout in which everything that runs on Yelp need is built."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("specs", "prompts"):
        (root / name).symlink_to(ROOT / name)
    embedded.write(root)
    knobs = yaml.safe_load((ROOT / "params.yaml").read_text())
    knobs["rehearsal"]["clicks"] |= {"epochs": 2}
    knobs["rehearsal"]["learning"] = knobs["rehearsal"]["learning"] | LEARNING
    project = Project(root, Params.model_validate(knobs))
    preprocess.run(project, "yelp")
    for name in ("clicks", "kuaisim-labels"):
        train.run(project, f"yelp/{name}")
    annotate.run(project, "ensemble/yelp-descriptions")
    return project


@pytest.fixture(scope="module")
def learnt(project) -> Path:
    learn.run(project, "ensemble/yelp-dqn")
    return project.build / "runs" / "ensemble" / "yelp-dqn"


@pytest.fixture(scope="module")
def predicted(project) -> Path:
    learn.run(project, "ensemble/yelp-prediction")
    return project.build / "runs" / "ensemble" / "yelp-prediction"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_every_seed_plays_the_whole_panel_with_votes_that_give_the_reward(learnt):
    rows = read_jsonl(learnt / "episodes.jsonl")
    assert [(row["seed"], row["episode"]) for row in rows] == [(seed, episode) for seed in (0, 1) for episode in range(6)]
    steps = [step for row in rows for step in row["steps"]]
    assert {step["liked"] for step in steps} == {0, 1}
    assert all(step["liked"] == (sum(step["votes"]) >= 2) for step in steps)


def test_both_seeds_meet_the_same_users_and_no_item_twice(learnt):
    rows = read_jsonl(learnt / "episodes.jsonl")
    assert [row["user"] for row in rows[:6]] == [row["user"] for row in rows[6:]]
    for row in rows:
        items = [step["item"] for step in row["steps"]]
        assert len(set(items)) == len(items)


def test_the_first_episode_is_explained_step_by_step(learnt):
    first, reasons = read_jsonl(learnt / "episodes.jsonl")[0], read_jsonl(learnt / "explained.jsonl")
    assert len(reasons) == len(first["steps"])


def test_the_log_is_judged_where_the_item_can_be_recommended(project, learnt):
    rows = read_jsonl(learnt / "logged.jsonl")
    dataset = Dataset.load(project.build / "data" / "yelp")
    able = {user for user in dataset.order if dataset.test(user)[0].item in most_reviewed(dataset, 60)}
    assert {row["user"] for row in rows} == able
    assert all(0 < row["propensity"] < 1 and 0 < row["probability"] <= 1 and 1 <= row["rank"] <= row["actions"] for row in rows)
    truth = {user: int(dataset.test(user)[0].rating >= dataset.liked_from) for user in able}
    assert all(row["label"] == truth[row["user"]] for row in rows)


def test_a_run_gives_the_same_bytes_again(project, learnt):
    before = contents(learnt)
    learn.run(project, "ensemble/yelp-dqn")
    assert contents(learnt) == before


def test_nothing_is_left_of_the_checkpoints(project, learnt):
    assert not [path for path in (project.root / ".reproduce").rglob("*") if path.is_file()]


def test_every_simulator_predicts_every_held_out_label(project, predicted):
    rows = read_jsonl(predicted / "predictions.jsonl")
    dataset = Dataset.load(project.build / "data" / "yelp")
    wanted = [
        (each.kind, tuple(getattr(each, "wrong", ()))) for each in project.document("ensemble/yelp-prediction").value.simulators
    ]
    assert list(dict.fromkeys((row["simulator"], tuple(row["faults"])) for row in rows)) == wanted
    assert {row["user"] for row in rows} == set(dataset.order)
    assert len(rows) == len(wanted) * len(dataset.order)
    assert all(0 <= row["p"] <= 1 for row in rows)


def test_with_the_released_code_the_third_vote_is_always_yes(predicted):
    rows = [row for row in read_jsonl(predicted / "predictions.jsonl") if "double_sigmoid" in row["faults"]]
    assert {row["votes"][2] for row in rows} == {1}
    assert {row["votes"][2] for row in read_jsonl(predicted / "predictions.jsonl") if row["votes"] and not row["faults"]} == {
        0,
        1,
    }


def test_what_a_learner_met_is_counted(learnt):
    """Open items only are chosen where the mask is on; users of one or two interactions are not met."""
    counters = read_json(learnt / "replies.json")["counters"]
    assert counters["masked_action"] == 0
    assert set(counters) >= {"user_with_few_interactions", "user_without_action", "user_liking_all", "user_liking_nothing"}


def test_masked_actions_of_training_and_panel_are_counted(project, learnt):
    knobs = project.params.model_dump(mode="json")
    knobs["episodes"]["state"] = "code"  # in which a learner cannot see what is closed to it
    free = Project(project.root, Params.model_validate(knobs))
    kept = contents(learnt)
    try:
        learn.run(free, "ensemble/yelp-dqn")
        again = [(row["user"], [step["item"] for step in row["steps"]]) for row in read_jsonl(learnt / "episodes.jsonl")]
        repeated = sum(len(items) - len(set(items)) for _, items in again)
        assert read_json(learnt / "replies.json")["counters"]["masked_action"] > repeated > 0
    finally:
        for name, content in kept.items():
            (learnt / name).write_bytes(content)


def test_the_replies_of_suber_are_counted(predicted):
    replies = read_json(predicted / "replies.json")
    assert set(replies["prompts"]) == {"suber/describe.v1", "suber/rate.v1"}
    assert set(read_json(predicted / "run.json")["prompts"]) == {"suber/describe.v1", "suber/rate.v1"}


def test_an_environment_of_a_checkout_is_made_by_its_name(project, learnt, monkeypatch):
    monkeypatch.chdir(project.root)
    (project.root / "params.yaml").write_text(yaml.safe_dump(project.params.model_dump(mode="json")))
    environment = gymnasium.make("reproduce.interaction.registration:reproduce/Ensemble-v1", dataset="yelp")
    observation, _ = environment.reset(seed=1)
    allowed = np.flatnonzero(observation["items"] == 0)
    _, reward, *_ = environment.step(int(allowed[0]))
    assert reward in (0.0, 1.0)


def test_another_kind_of_spec_is_one_line(project):
    with pytest.raises(SpecError, match="is a `corpus`, neither `reinforcement` nor `prediction`"):
        learn.run(project, "ensemble/yelp-descriptions")


def test_without_keywords_the_remedy_is_named(project):
    shutil.rmtree(project.build / "corpora" / "ensemble" / "anime-descriptions", ignore_errors=True)
    preprocess.run(project, "anime")
    with pytest.raises(MissingInput, match="`dvc repro` builds it"):
        learn.run(project, "ensemble/anime-dqn")


class Silent:
    name = "silent"

    def respond(self, histories, items, coins):
        return Responses(np.zeros(len(items), np.int8), np.zeros(len(items)))


def test_the_propensities_of_all_open_items_sum_to_one(project):
    dataset = Dataset.load(project.build / "data" / "yelp")
    world = World(dataset, Silent(), project.params.episodes)
    held = held_out(dataset, "test", users=dataset.order[:1])
    total = 0.0
    seen = dataset.seen(int(held.users[0])) - {int(held.items[0])}
    for item in range(len(dataset.items)):
        found = logged(world, held.histories, np.array([item], np.int32), held.labels)
        assert len(found.users) == (item not in seen)
        total += float(found.propensity.sum())
    assert total == pytest.approx(1)


def test_only_suber_is_planned_to_ask_a_model(project):
    users = len(Dataset.load(project.build / "data" / "yelp").order)
    assert estimate(project, "ensemble/yelp-dqn").calls == ()
    asked = {each.prompt: each.calls for each in estimate(project, "ensemble/yelp-suber-dqn").calls}
    evaluations = 6 + 2 * (1 + 120 // 60)
    assert asked == {"suber/describe": users, "suber/rate": 2 * (120 + evaluations / 0.025)}


def test_what_a_corpus_asked_was_planned(project):
    planned = {each.prompt: each.calls for each in estimate(project, "ensemble/yelp-descriptions").calls}
    made = read_json(project.build / "corpora" / "ensemble" / "yelp-descriptions" / "replies.json")["prompts"]
    assert planned == {name.removesuffix(".v1"): counts["calls"] for name, counts in made.items()}
    shutil.rmtree(project.build / "corpora" / "ensemble" / "yelp-descriptions")
    assumed = {each.prompt: each.calls for each in estimate(project, "ensemble/yelp-descriptions").calls}
    assert assumed == {name.removesuffix(".v1"): sum(counts["statuses"].values()) for name, counts in made.items()}
