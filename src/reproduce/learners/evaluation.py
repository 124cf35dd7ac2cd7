"""A policy among the users of a panel: every recommendation of every episode, in the form of `episodes.jsonl`."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np

from reproduce import seeds
from reproduce.interaction.coins import uniforms
from reproduce.learners.playing import Core, Ints, Response
from reproduce.learners.policy import Act, Policy


class Recommended(TypedDict):
    """One step of an episode."""

    item: int
    liked: int
    p: float
    votes: list[int] | None
    coins: list[int] | None


class Episode(TypedDict):
    """One line of `episodes.jsonl`."""

    seed: int
    episode: int
    user: int
    steps: list[Recommended]


class Tally(TypedDict):
    """One line of `curve.jsonl`."""

    seed: int
    steps: int
    return_mean: float
    liking: float
    episodes: int


def evaluate(policy: Policy, core: Core, episodes: int, items: Ints, seed: int, number: int, act: Act = "mode") -> list[Episode]:
    """Episodes 0, 1, ... of an evaluation core, played side by side in its slots.

    `items` are the catalogue's ids by action. What a policy draws depends on `seed` (the master seed of this training), the
    episode and the step; the number of slots changes nothing. `number` is the training's place among its seeds, as it is written.
    """
    core.reset()
    played: dict[int, Episode] = {}
    lengths = np.zeros(core.n, np.int64)
    keys = np.array([_key(seed, int(episode)) for episode in core.episode], np.uint64)
    live = np.asarray(core.episode) < episodes
    while live.any():
        actions = policy.act(core.observe(), uniforms(keys, lengths, 1)[:, 0], act)
        step = core.step(actions)
        for slot in np.flatnonzero(live):
            episode = int(core.episode[slot])
            record = played.setdefault(episode, Episode(seed=number, episode=episode, user=int(core.user[slot]), steps=[]))
            record["steps"].append(_recommended(step.responses, int(slot), int(items[actions[slot]])))
        lengths += 1
        ended = np.asarray(step.terminated | step.truncated)
        if ended.any():
            core.restart(np.flatnonzero(ended))
            lengths[ended] = 0
            for slot in np.flatnonzero(ended):
                keys[slot] = _key(seed, int(core.episode[slot]))
            live = np.asarray(core.episode) < episodes
    return [played[episode] for episode in range(episodes)]


def tally(played: list[Episode], steps: int, first: int = 10) -> Tally:
    """What a learning curve shows: mean return, and per cent of the `first` recommendations of an episode that were liked."""
    returns = [sum(step["liked"] for step in episode["steps"]) for episode in played]
    liking = [np.mean([step["liked"] for step in episode["steps"][:first]]) for episode in played]
    return Tally(
        seed=played[0]["seed"],
        steps=steps,
        return_mean=round(float(np.mean(returns)), 6),
        liking=round(100 * float(np.mean(liking)), 6),
        episodes=len(played),
    )


def _recommended(responses: Response, slot: int, item: int) -> Recommended:
    return Recommended(
        item=item,
        liked=int(responses.liked[slot]),
        p=round(float(responses.probability[slot]), 6),
        votes=_listed(responses.votes, slot),
        coins=_listed(responses.coins, slot),
    )


def _listed(rows: Any, slot: int) -> list[int] | None:
    return None if rows is None else [int(value) for value in rows[slot]]


def _key(seed: int, episode: int) -> int:
    return seeds.number(seed, "policy", episode) & 0xFFFFFFFFFFFFFFFF
