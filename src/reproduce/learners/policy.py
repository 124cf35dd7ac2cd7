"""What a learner has learnt: scores, probabilities and actions, the same however many episodes are asked for at once."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from reproduce import files
from reproduce.errors import Diverged, MissingInput
from reproduce.learners.networks import ActorCritic, Values
from reproduce.learners.playing import Observations
from reproduce.learners.settings import LearnerName
from reproduce.wording import shown

Floats = NDArray[np.float64]
Act = Literal["mode", "sample"]
"""How a trained policy recommends: always its best item (`mode`), or an item drawn from its probabilities (`sample`)."""
_DECIMALS = 6
"""Scores are rounded before they are compared, so that the size of a batch, which may change last bits, changes no action."""


@dataclass(frozen=True)
class Policy:
    """A learner's policy. Double precision: a network's float32 sums depend on how many rows are summed at once."""

    learner: LearnerName
    n_users: int
    n_actions: int
    mask: bool
    epsilon: float = 0.0
    """DQN's share of random actions at the end of training."""
    network: ActorCritic | Values | None = None
    """None: chance."""

    @classmethod
    def of(cls, learner: LearnerName, network: nn.Module, epsilon: float) -> Policy:
        """A copy of a network in training. Raises Diverged when its weights are no numbers any more."""
        assert isinstance(network, ActorCritic | Values)
        if not all(bool(torch.isfinite(weights).all()) for weights in network.parameters()):
            raise Diverged(f"{learner}: weights are not finite; lower its learning rate in params.yaml, block `learning`")
        outputs = network.items if isinstance(network, ActorCritic) else network.layers[-1]
        assert isinstance(outputs, nn.Linear)
        frozen = copy.deepcopy(network).double().requires_grad_(False)
        return cls(learner, network.user.num_embeddings, outputs.out_features, network.mask, epsilon, frozen)

    def allowed(self, observed: Observations) -> NDArray[np.bool_]:
        """Items that may be recommended: with the mask on the unseen ones, or all where none is left."""
        items = observed["items"]
        free = items == 0 if self.mask else np.ones(items.shape, bool)
        return np.where(free.any(axis=1, keepdims=True), free, True)

    def scores(self, observed: Observations) -> Floats:
        """(n, actions) logits or values, rounded; minus infinity where an item may not be recommended."""
        if self.network is None:
            found = np.zeros(observed["items"].shape)
        else:
            users = torch.as_tensor(np.asarray(observed["user"], np.int64).reshape(-1))
            with torch.no_grad():
                found = self.network(users, torch.as_tensor(np.asarray(observed["items"]))).numpy()
        return np.where(self.allowed(observed), np.round(found, _DECIMALS), -np.inf)

    def probabilities(self, observed: Observations) -> Floats:
        """(n, actions): softmax; for DQN epsilon-greedy with the final epsilon; for chance uniform."""
        scores = self.scores(observed)
        allowed = np.isfinite(scores)
        if isinstance(self.network, Values):
            shares = np.where(allowed, self.epsilon / allowed.sum(axis=1, keepdims=True), 0.0)
            shares[np.arange(len(scores)), scores.argmax(axis=1)] += 1 - self.epsilon
            return shares
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        softmax: Floats = weights / weights.sum(axis=1, keepdims=True)
        return softmax

    def ranks(self, observed: Observations) -> NDArray[np.int64]:
        """(n, actions): each item's place by score, from 1; of equal scores the smaller index comes first."""
        order = np.argsort(-self.scores(observed), axis=1, kind="stable")
        ranks = np.empty(order.shape, np.int64)
        np.put_along_axis(ranks, order, np.arange(1, order.shape[1] + 1)[None, :], axis=1)
        return ranks

    def act(self, observed: Observations, draws: Floats, act: Act = "mode") -> NDArray[np.int64]:
        """(n,) actions. `draws` (n,) from [0, 1) decide where something is drawn: for `sample`, and always for chance."""
        if act == "mode" and self.network is not None:
            best: NDArray[np.int64] = self.scores(observed).argmax(axis=1)
            return best
        shares = self.probabilities(observed)
        bounds = np.cumsum(shares, axis=1)
        chosen = (bounds <= draws[:, None] * bounds[:, -1:]).sum(axis=1)
        last = shares.shape[1] - 1 - (shares[:, ::-1] > 0).argmax(axis=1)  # a draw that rounds up to the whole
        drawn: NDArray[np.int64] = np.minimum(chosen, last)
        return drawn

    def save(self, folder: Path) -> None:
        """Write `policy.json` and, for what has learnt, `policy.pt`."""
        about = {"learner": self.learner, "n_users": self.n_users, "n_actions": self.n_actions, "mask": self.mask}
        sizes: dict[str, object] = {"epsilon": self.epsilon}
        if self.network is not None:
            sizes |= {"embedding": self.network.user.embedding_dim, "hidden": _hidden(self.network)}
            folder.mkdir(parents=True, exist_ok=True)
            torch.save({name: weights.float() for name, weights in self.network.state_dict().items()}, folder / "policy.pt")
        files.write_json(folder / "policy.json", about | sizes)

    @classmethod
    def load(cls, folder: Path) -> Policy:
        """What `save` wrote. Raises MissingInput."""
        about = files.read_json(folder / "policy.json")
        learner, n_users, n_actions, mask = (about[key] for key in ("learner", "n_users", "n_actions", "mask"))
        if learner not in get_args(LearnerName):
            raise MissingInput(f"{shown(folder / 'policy.json')}: no learner `{learner}`; `dvc repro` builds it anew")
        if "hidden" not in about:
            return cls(learner, n_users, n_actions, mask)
        kind = Values if learner == "dqn" else ActorCritic
        network = kind(n_users, n_actions, mask, about["embedding"], about["hidden"])
        try:
            network.load_state_dict(torch.load(folder / "policy.pt", weights_only=True))
        except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
            raise MissingInput(f"{shown(folder / 'policy.pt')}: holds no policy of this size; `dvc repro` builds it") from error
        return cls(learner, n_users, n_actions, mask, about["epsilon"], network.double().requires_grad_(False))


def chance(n_users: int, n_actions: int, mask: bool) -> Policy:
    """Any item that may be recommended, all alike likely."""
    return Policy("random", n_users, n_actions, mask)


def _hidden(network: ActorCritic | Values) -> list[int]:
    layers = network.value if isinstance(network, ActorCritic) else network.layers
    return [layer.out_features for layer in layers if isinstance(layer, nn.Linear)][:-1]
