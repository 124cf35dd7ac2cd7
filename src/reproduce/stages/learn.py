"""Stage `learn`: a reinforcement learner recommends to simulated users, or simulators predict held-out labels (LUS)."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from reproduce import spec
from reproduce.errors import Problem, SpecError
from reproduce.files import dumps, file_hash, write_json, write_jsonl
from reproduce.project import Project
from reproduce.seeds import number, stream
from reproduce.stages.about import Row, about
from reproduce.stages.responders import behind

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.episodes import World
    from reproduce.learners.evaluation import Episode
    from reproduce.learners.policy import Policy

AT_ONCE = 256
"""Users whose held-out item is asked about side by side."""


def run(project: Project, key: str) -> None:
    """Write build/<mode>/runs/<key>. Raises SpecError, MissingInput, Diverged, and what asking a model raises."""
    wanted = project.document(key).value
    match wanted:
        case spec.Reinforcement():
            _learn(project, key, wanted)
        case spec.Prediction():
            _predict(project, key, wanted)
        case _:
            raise SpecError(
                Problem(f"specs/{key}.yaml", f"`{key}` is a `{wanted.kind}`, neither `reinforcement` nor `prediction`")
            )


# ---------------------------------------------------------------- reinforcement


def _learn(project: Project, key: str, wanted: spec.Reinforcement) -> None:
    """`episodes.jsonl`, `curve.jsonl`, `logged.jsonl`, `explained.jsonl`, and a policy per seed."""
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.episodes import Core, World, most_reviewed
    from reproduce.learners.evaluation import evaluate
    from reproduce.learners.settings import of_knobs
    from reproduce.learners.training import Panel, learn
    from reproduce.stages.llm import side

    params, knobs = project.params, project.params.here.learning
    dataset = Dataset.load(project.build / "data" / wanted.dataset)
    episodes: list[Episode] = []
    curves: list[Row] = []
    rows: list[Row] = []
    policies: list[Policy] = []
    masked = 0
    with behind(project, dataset, (wanted.simulator,), wanted.corpus) as made:
        world = World(dataset, made.simulators[0], params.episodes, most_reviewed(dataset, knobs.actions))
        users, seen = panel(world, knobs.panel), number(params.seed, "panel", wanted.dataset)
        side_by_side = 1 if made.llm else min(len(users), 16)  # slots that have played their last episode go on asking
        judge = Core(world, side_by_side, seen, users)
        mask = params.episodes.mask and params.episodes.state == "shifted"  # else a disliked item looks like an unseen one
        watched = Panel(judge, world.actions, knobs.evaluate_every, knobs.evaluate_episodes, params.episodes.liking_first)
        chosen = of_knobs(wanted.learner, knobs)
        of = _world(project, wanted, dataset)
        for place in range(knobs.seeds):
            seed = number(params.seed, "learner", wanted.dataset, place)
            core = Core(world, knobs.environments, seed)
            learnt = learn(
                wanted.learner,
                chosen,
                core,
                watched,
                steps=knobs.steps.get(wanted.learner, 0),
                seed=seed,
                number=place,
                mask=mask,
                # a model's calls are counted from the first one on; what it answered is in the store, so nothing is lost
                folder=None if made.llm else side(project) / "learning" / params.mode / key / str(place),
                checkpoint_every=knobs.checkpoint_every,
                of=of,
            )
            played = evaluate(learnt.policy, judge, knobs.panel, world.actions, seed, place)
            masked += core.counters["masked_action"] + judge.counters["masked_action"]
            episodes += played
            curves += [dict(each) for each in learnt.curve]
            rows += _logged(world, learnt.policy, place)
            policies.append(learnt.policy)
            returns = sum(step["liked"] for each in played for step in each["steps"]) / len(played)
            print(f"{key}: seed {place}: mean return {returns:.2f} over {len(played)} episodes", file=sys.stderr)
        explained = list(_explained(world, users, seen, episodes[0]))
    folder = project.build / "runs" / key
    shutil.rmtree(folder, ignore_errors=True)
    write_jsonl(folder / "episodes.jsonl", episodes)
    write_jsonl(folder / "curve.jsonl", curves)
    write_jsonl(folder / "logged.jsonl", rows)
    if explained:
        write_jsonl(folder / "explained.jsonl", explained)
    for place, policy in enumerate(policies):
        policy.save(folder / "policies" / str(place))
    replies = made.replies()
    replies["counters"] = {**world.counters, "masked_action": masked, **replies["counters"]}  # type: ignore[dict-item]  # a mapping of counts
    write_json(folder / "replies.json", replies)
    write_json(
        folder / "run.json",
        about(project, key, wanted, _knobs(project, (wanted.simulator,)), dataset, made.prompts, len(set(users))),
    )


def _world(project: Project, wanted: spec.Reinforcement, dataset: Dataset) -> str:
    """A hash of all that responds: a checkpoint of another world is not gone on from."""
    folders = [project.build / "responses" / wanted.dataset]
    folders += [project.build / "corpora" / wanted.corpus] if wanted.corpus else []
    files = {str(path): file_hash(path) for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()}
    content = [dataset.sha256, files, wanted.model_dump(mode="json"), _knobs(project, (wanted.simulator,))]
    return sha256(dumps(content).encode()).hexdigest()


def panel(world: World, episodes: int) -> list[int]:
    """Users of the evaluation: the first of the seeded order to whom something can be recommended, as many as episodes."""
    able = set(world.eligible.tolist())
    return [user for user in world.dataset.order if user in able][:episodes]


def _logged(world: World, policy: Policy, place: int) -> Iterator[Row]:
    """What the policy would have done where the log goes on after everything that a simulator was trained on."""
    import numpy as np

    from reproduce.interaction.logged import logged
    from reproduce.responses.heldout import held_out

    order = sorted(world.dataset.order)
    for start in range(0, len(order), AT_ONCE):
        held = held_out(world.dataset, "test", users=order[start : start + AT_ONCE])
        asked = logged(world, held.histories, held.items, held.labels)
        if not len(asked.users):
            continue
        at = np.arange(len(asked.users)), asked.actions
        chances, ranks = policy.probabilities(asked.observations)[at], policy.ranks(asked.observations)[at]
        for line, user in enumerate(asked.users.tolist()):
            yield {
                "seed": place,
                "user": user,
                "item": int(world.actions[asked.actions[line]]),
                "label": int(asked.labels[line]),
                "propensity": round(float(asked.propensity[line]), 9),
                "probability": round(float(chances[line]), 9),
                "rank": int(ranks[line]),
                "actions": int(asked.unseen[line]),
            }


def _explained(world: World, users: Sequence[int], seed: int, episode: Episode) -> Iterator[dict[str, Any]]:
    """The reasons for every response of an episode, which is played once more; nothing where the simulator has none."""
    from reproduce.interaction.episodes import Core

    core = Core(world, 1, seed, users)
    for step in episode["steps"]:
        responses = core.step([int(world.action_of[step["item"]])]).responses
        assert int(responses.liked[0]) == step["liked"]  # the same episode
        reasons = core.explain(0)
        if reasons is None:
            return
        yield reasons


# ---------------------------------------------------------------- prediction


def _predict(project: Project, key: str, wanted: spec.Prediction) -> None:
    """`predictions.jsonl`: what every simulator says of the held-out interaction of every user (ensemble.md 2, LG-D13)."""
    from reproduce.data.prepared import Dataset

    dataset = Dataset.load(project.build / "data" / wanted.dataset)
    with behind(project, dataset, wanted.simulators, wanted.corpus) as made:
        rows = [
            row
            for simulator, named in zip(made.simulators, wanted.simulators, strict=True)
            for row in _predicted(project, dataset, simulator, named)
        ]
    folder = project.build / "runs" / key
    shutil.rmtree(folder, ignore_errors=True)
    write_jsonl(folder / "predictions.jsonl", rows)
    write_json(folder / "replies.json", made.replies())
    users = len({row["user"] for row in rows})
    write_json(folder / "run.json", about(project, key, wanted, _knobs(project, wanted.simulators), dataset, made.prompts, users))


def _predicted(project: Project, dataset: Dataset, simulator: Any, named: spec.Simulator) -> Iterator[Row]:
    from reproduce.responses.heldout import held_out

    faults = list(named.wrong) if isinstance(named, spec.Ensemble) else []
    order = sorted(dataset.order)
    for start in range(0, len(order), AT_ONCE):
        held = held_out(dataset, "test", users=order[start : start + AT_ONCE])
        coins = _coins(project, dataset, held.users.tolist())
        said = simulator.respond(held.histories, held.items, coins)
        for line, user in enumerate(held.users.tolist()):
            yield {
                "simulator": simulator.name,
                "faults": faults,
                "user": user,
                "item": int(held.items[line]),
                "label": int(held.labels[line]),
                "liked": int(said.liked[line]),
                "p": round(float(said.probability[line]), 6),
                "votes": None if said.votes is None else said.votes[line].tolist(),
                "scores": None if said.scores is None else [_finite(score) for score in said.scores[line].tolist()],
                "coins": None if said.coins is None else said.coins[line].tolist(),
            }


def _coins(project: Project, dataset: Dataset, users: Sequence[int]) -> Any:
    import numpy as np

    return np.stack([stream(project.params.seed, "held out", dataset.name, user).random(3) for user in users])


def _finite(score: float) -> float | None:
    """JSON has no infinity: None where one side of a history is empty."""
    return round(score, 6) if abs(score) != float("inf") else None


def _knobs(project: Project, simulators: Sequence[spec.Simulator]) -> Row:
    """The values of all knobs on which a run depends."""
    params = project.params
    found: Row = {"episodes": params.episodes.model_dump(mode="json"), "learning": params.here.learning.model_dump(mode="json")}
    if any(isinstance(each, spec.Ensemble) for each in simulators):
        found["ensemble"] = params.ensemble.model_dump(mode="json")
    if any(isinstance(each, spec.Suber) for each in simulators):
        found["suber"] = params.suber.model_dump(mode="json")
    return found
