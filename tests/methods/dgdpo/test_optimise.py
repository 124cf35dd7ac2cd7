"""Algorithm 1 as a worked example, and what holds for it with any simulator (dgdpo.md 1.10, 5.10, 9.2)."""

from __future__ import annotations

import asyncio

import pytest

from reproduce.data.prepared import Interaction, Item
from reproduce.interaction.transcript import Profile, Verdict
from reproduce.methods.dgdpo.cases import Diagnosed
from reproduce.methods.dgdpo.optimise import optimise
from reproduce.methods.dgdpo.treatment import Treatment, replaced
from reproduce.params import DgdpoKnobs


def items(n: int, rating: float = 4.0) -> list[tuple[Item, Interaction]]:
    return [(Item(i, f"Film {i}", ("Drama",), 3.5), Interaction(i, rating, i)) for i in range(n)]


class Script:
    """Declines the items it is told to; a treatment appends its number to the profile."""

    def __init__(self, declines) -> None:
        self.declines = declines
        self.log: list[str] = []

    async def simulate(self, P: str, i: Item) -> Verdict:
        self.log.append(f"{P}?{i.item}")
        return Verdict(yes=not self.declines(i.item), reason=f"no to {i.item}")

    async def diagnose(self, P: str, C) -> list[Diagnosed]:
        self.log.append(f"{P}!{[c.item.item for c in C]}")
        return [Diagnosed("incomplete") for _ in C]

    async def treat(self, P: Profile, C, L) -> Treatment:
        after = replaced(P, P.text + "+", by="treatment", why="script")
        return Treatment(tuple(C), tuple(L), tuple(c.reason for c in C), ("script",), P, after, None)


def run(script: Script, D_opt, iterate=True, **knobs):
    knobs = DgdpoKnobs(**knobs)
    return asyncio.run(optimise(Profile(text="P"), D_opt, script.simulate, script.diagnose, script.treat, knobs, iterate))


def test_a_worked_example_of_algorithm_1():
    script = Script(declines=lambda item: item in (0, 2, 3, 5, 6))
    found = run(script, items(7), n1=2)
    assert script.log == [
        *("P?0", "P?1", "P?2"),  # 0 and 2 are declined: the first batch
        "P![0, 2]",
        *("P+?3", "P+?4", "P+?5"),  # the simulator goes on with the refined profile
        "P+![3, 5]",  # and so does the diagnosis
        "P++?6",  # a case that fills no batch
    ]
    assert found.profile.text == "P++"
    assert [change.text for change in found.profile.earlier] == ["P", "P+"]
    assert [[case.reason for case in treatment.cases] for treatment in found.treatments] == [
        ["no to 0", "no to 2"],
        ["no to 3", "no to 5"],
    ]
    assert found.unused == 1


@pytest.mark.parametrize("n", [0, 1, 3, 4, 7, 8, 13])
def test_a_simulator_that_always_declines_leads_to_a_refinement_per_four_items(n):
    found = run(Script(declines=lambda _: True), items(n))
    assert (len(found.treatments), found.unused) == (n // 4, n % 4)


def test_the_last_cases_are_treated_on_request():
    found = run(Script(declines=lambda _: True), items(7), flush_last=True)
    assert [len(treatment.cases) for treatment in found.treatments] == [4, 3]
    assert found.unused == 0


def test_the_last_cases_are_treated_though_the_last_item_was_accepted():
    found = run(Script(declines=lambda item: item == 0), items(3), flush_last=True)
    assert [len(treatment.cases) for treatment in found.treatments] == [1]


def test_without_a_complete_batch_the_profile_stays():
    found = run(Script(declines=lambda item: item < 3), items(9))
    assert (found.profile, found.treatments) == (Profile(text="P"), ())


def test_items_that_were_rated_too_low_are_no_cases():
    low = [(item, real._replace(rating=2.0)) for item, real in items(4)]
    script = Script(declines=lambda _: True)
    found = run(script, low + items(3), n1=3, min_real_rating=3)
    assert (len(found.treatments), found.unused) == (1, 0)
    assert len(run(Script(declines=lambda _: True), low, n1=4).treatments) == 1, "by default every real interaction counts"


def test_without_iteration_the_first_batch_is_treated_and_nothing_is_asked_after_it():
    script = Script(declines=lambda item: item in (0, 2, 3, 5, 6))
    found = run(script, items(7), iterate=False, n1=2)
    assert script.log == ["P?0", "P?1", "P?2", "P![0, 2]"]
    assert (found.profile.text, len(found.treatments), found.unused) == ("P+", 1, 0)


def test_without_iteration_too_few_cases_leave_the_initial_profile():
    found = run(Script(declines=lambda item: item < 3), items(9), iterate=False)
    assert (found.profile, found.treatments, found.unused) == (Profile(text="P"), (), 3)


def test_an_unseen_item_is_a_case_when_it_is_accepted_and_the_model_is_not_asked_about_it():
    unseen = {1, 3, 4}
    D_opt = [(item, None if item.item in unseen else real) for item, real in items(6)]
    script = Script(declines=lambda item: item in (0, 4, 5))  # 1 and 3 are accepted, 4 is rightly declined
    found = run(script, D_opt, n1=4)
    assert script.log[-1] == "P![0, 5]", "one batch of the cases with a real interaction"
    (treatment,) = found.treatments
    assert [(case.item.item, case.rating) for case in treatment.cases] == [(0, 4.0), (1, None), (3, None), (5, 4.0)]
    assert [found.label for found in treatment.diagnoses] == ["incomplete", "inaccurate", "inaccurate", "incomplete"]
    assert [found.status for found in treatment.diagnoses] == ["strict", "given", "given", "strict"]


def test_a_batch_of_unseen_items_alone_asks_no_model():
    script = Script(declines=lambda _: False)
    found = run(script, [(item, None) for item, _ in items(2)], n1=2)
    assert script.log == ["P?0", "P?1"]
    assert [found.status for found in found.treatments[0].diagnoses] == ["given", "given"]
