from __future__ import annotations

import numpy as np
import pytest
import torch

from reproduce.recommenders.compat import Interaction
from reproduce.recommenders.ranker import rank


def full_sort(trained, users, histories):
    """RecBole's own scores of the whole catalogue (users x items), from histories cut to the last L."""
    longest = trained.model.max_seq_length
    kept = [list(history)[-longest:] for history in histories]
    sequences = torch.zeros(len(users), longest, dtype=torch.int64)
    for row, history in enumerate(kept):
        sequences[row, : len(history)] = torch.tensor(history) + 1
    fields = {"user_id": torch.tensor(users) + 1, "item_id_list": sequences, "item_length": torch.tensor([len(h) for h in kept])}
    return trained.model.full_sort_predict(Interaction(fields)).numpy()[:, 1:]


def some(walks, users=(0, 3, 4, 50, 119)):
    """Users and their histories, of lengths below and above the windows' 12."""
    return list(users), [[step.item for step in walks.train(user)] for user in users]


EVERYTHING = list(range(40))


def test_scores_equal_recboles_full_ranking(trained, walks):
    users, histories = some(walks, range(len(walks.users)))
    ours = trained.score(users, histories, [EVERYTHING] * len(users))
    assert np.allclose(ours, full_sort(trained, users, histories), atol=1e-5, rtol=0)


def test_a_growing_history_scores_as_if_read_anew_even_beyond_the_window(trained, walks):
    users, histories = some(walks)
    histories = [history[:8] for history in histories]
    session = trained.begin(users, histories)
    draw = np.random.default_rng(1)
    for round in range(20):
        new = [None if draw.random() < 0.3 else int(draw.integers(40)) for _ in users]
        if round == 7:
            new = [None] * len(users)
        session.append(new)
        histories = [history if item is None else [*history, item] for history, item in zip(histories, new, strict=True)]
        ours = session.score([EVERYTHING] * len(users))
        assert np.allclose(ours, full_sort(trained, users, histories), atol=1e-5, rtol=0)
    assert min(len(history) for history in histories) > 12


def test_single_precision_differs_below_four_decimals(trained, walks):
    users, histories = some(walks)
    double = full_sort(trained, users, histories)
    trained.model.float()
    try:
        single = full_sort(trained, users, histories)
    finally:
        trained.model.double()
        trained.model.load_state_dict(trained.parameters)
    assert np.abs(double - single).max() < 1e-4


def test_a_users_scores_do_not_depend_on_who_else_is_scored(trained, walks):
    users, histories = some(walks, range(100))
    candidates = [[user % 40, (user + 7) % 40, 3] for user in users]
    together = trained.score(users, histories, candidates).round(6)
    for user in (0, 63, 64, 99):
        alone = trained.score([user], [histories[user]], [candidates[user]]).round(6)
        assert np.array_equal(alone[0], together[user])


def test_scoring_twice_gives_the_same_and_candidates_keep_their_order(trained, walks):
    users, histories = some(walks)
    session = trained.begin(users, histories)
    first = session.score([[5, 9, 2]] * len(users))
    assert np.array_equal(first, session.score([[5, 9, 2]] * len(users)))
    assert np.array_equal(first[:, ::-1], session.score([[2, 9, 5]] * len(users)))


def test_sessions_do_not_disturb_each_other_or_the_histories_given(trained, walks):
    users, histories = some(walks)
    before = [list(history) for history in histories]
    one, other = trained.begin(users, histories), trained.begin(users, histories)
    expected = other.score([EVERYTHING] * len(users))
    one.append([1] * len(users))
    assert np.array_equal(other.score([EVERYTHING] * len(users)), expected)
    assert histories == before


def test_later_items_do_not_change_earlier_positions(causal):
    sequence = torch.randint(1, 41, (3, 12))
    changed = sequence.clone()
    changed[:, 7:] = sequence[:, 7:].flip(0) % 40 + 1
    assert not torch.equal(sequence, changed)
    before, after = causal.model.outputs(sequence), causal.model.outputs(changed)
    assert torch.allclose(before[:, :7], after[:, :7], atol=1e-12)
    assert not torch.allclose(before[:, 7:], after[:, 7:])


def test_padding_does_not_change_what_comes_before_it(causal):
    sequence = torch.randint(1, 41, (3, 12))
    padded = sequence.clone()
    padded[:, 7:] = 0
    assert torch.allclose(causal.model.outputs(sequence)[:, :7], causal.model.outputs(padded)[:, :7], atol=1e-12)


def test_only_fpmc_looks_at_who_the_user_is(trained, walks):
    history = [[1, 2, 3]] * 2
    scores = trained.score([0, 1], history, [EVERYTHING] * 2)
    assert np.array_equal(scores[0], scores[1]) == (trained.name != "fpmc")


def test_a_user_without_history_is_refused(trained):
    with pytest.raises(ValueError, match="user 8 has no history"):
        trained.begin([7, 8], [[1], []])


def test_ranking_breaks_ties_by_item_id_at_six_decimals():
    scores = np.array([[0.5, 0.5000001, 0.7, -1.0], [0.0, -0.0, 1.0, 1.0]])
    assert rank(scores, [[9, 4, 2, 1], [3, 1, 8, 6]]) == [(2, 4, 9, 1), (6, 8, 1, 3)]
