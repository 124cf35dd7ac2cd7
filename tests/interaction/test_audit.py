"""The same pages in other orders: whose verdict stands where."""

from __future__ import annotations

import asyncio

from village import ByNumber, village

from reproduce.interaction.audit import audit
from reproduce.interaction.rounds import Encounter
from reproduce.interaction.simulator import Exposure
from reproduce.interaction.transcript import Profile, Reaction, Verdict
from reproduce.params import Interaction

VILLAGE = village()
PROFILES = {user: Profile(text=f"P{user}") for user in range(4)}


class Scripted:
    """Judges by a rule of (position, item id); selects the first yes; rates it 4."""

    def __init__(self, yes) -> None:
        self.yes = yes
        self.seen: list[tuple[int, Profile, Exposure]] = []

    async def profile(self, user: int) -> Profile:
        return PROFILES[user]

    async def react(self, user: int, profile: Profile, exposure: Exposure) -> Reaction:
        self.seen.append((user, profile, exposure))
        await asyncio.sleep(0.001 * (user % 2))  # users do not finish in order
        verdicts = tuple(Verdict(yes=self.yes(at, item.item)) for at, item in enumerate(exposure.items))
        selected = next((at for at, verdict in enumerate(verdicts) if verdict.yes), None)
        return Reaction(verdicts=verdicts, selected=selected, rating=4, missing=1, status="strict", raw="")

    async def learn(self, user: int, profile: Profile, item, rating) -> Profile:
        return Profile(text=profile.text + "+")


def audited(yes, strategy="none", seed=1):
    """Transcripts, what was shown while they were played, lines of the audit, what was shown for them."""
    simulator = Scripted(yes)
    encounter = Encounter(VILLAGE, simulator, Interaction(rounds=3, candidates=8), 1)
    transcripts = asyncio.run(encounter.play("scripted", "bynumber", ByNumber(), strategy, PROFILES))
    played, simulator.seen = simulator.seen, []
    return transcripts, played, asyncio.run(audit(VILLAGE, simulator, transcripts, seed)), simulator.seen


def test_three_lines_per_page_by_user_round_and_order():
    lines = audited(lambda at, item: item % 2 == 0)[2]
    expected = [(u, r, order) for u in range(4) for r in (1, 2, 3) for order in ("ranked", "reversed", "shuffled")]
    assert [(line.user, line.round, line.order) for line in lines] == expected


def test_who_judges_the_item_says_the_same_in_every_order():
    transcripts, _, lines, _ = audited(lambda at, item: item % 2 == 0)
    shown = {(t.user, played.round): played.shown for t in transcripts for played in t.rounds}
    for line in lines:
        assert line.verdicts == tuple(item % 2 == 0 for item in shown[line.user, line.round])
    assert {line.order for line in lines if line.positions != tuple(range(8))} == {"reversed", "shuffled"}


def test_who_judges_the_place_says_another_thing_of_every_item():
    lines = audited(lambda at, item: at < 3)[2]
    for line in lines:
        assert line.verdicts == tuple(position < 3 for position in line.positions)
        assert line.selected == line.positions.index(0)
    ranked, backwards, _ = lines[:3]
    assert ranked.positions == tuple(range(8))
    assert backwards.positions == tuple(range(7, -1, -1))


def test_profile_round_and_memory_are_those_of_the_simulation():
    _, played, _, asked = audited(lambda at, item: at == 2, strategy="without_gt")
    assert len(asked) == 2 * len(played)
    told = {(user, exposure.round): (profile.text, exposure.memory) for user, profile, exposure in played}
    assert max(len(memory) for _, memory in told.values()) == 2
    for user, profile, exposure in asked:
        assert (profile.text, exposure.memory) == told[user, exposure.round]


def test_the_shuffle_depends_on_seed_user_and_round_only():
    def shuffles(yes, seed):
        return [line.positions for line in audited(lambda at, item: yes, seed=seed)[2] if line.order == "shuffled"]

    one = shuffles(yes=True, seed=1)
    assert one == shuffles(yes=False, seed=1) != shuffles(yes=True, seed=2)
    assert len(set(one)) == len(one), "a shuffle for every page"


def test_a_user_who_left_is_asked_about_the_pages_that_were_seen():
    transcripts = audited(lambda at, item: True)[0]
    short = [transcripts[0].model_copy(update={"rounds": transcripts[0].rounds[:1]}), *transcripts[1:]]
    lines = asyncio.run(audit(VILLAGE, Scripted(lambda at, item: True), short, 1))
    assert [line.round for line in lines if line.user == 0] == [1, 1, 1]
    assert len(lines) == 3 * (1 + 3 * 3)
