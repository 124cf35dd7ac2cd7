"""The corpus folder: who is asked what, which texts and samples come of it, and what the constant parts are."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from village import GENRES, ScriptedLlm, village

from reproduce.data.splits import ini_opt
from reproduce.llm.prompts import Prompts
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.agent4rec.traits import traits
from reproduce.methods.dgdpo.annotation import annotate, recurring
from reproduce.methods.dgdpo.corpus import collect
from reproduce.methods.dgdpo.evidence import read_label
from reproduce.params import CorpusKnobs, DiagnoserKnobs

PROMPT = Prompts(Path(__file__).parents[3] / "prompts")["dgdpo/diag"]
USERS = 30
TOWN = village(users=USERS, train=(30, 40, 24, 36))
SCRIPT = {
    "dgdpo/init": lambda inputs: "PROFILE: Comedy fan, Drama lover, Averse to Horror, Engaging plots",
    "dgdpo/decide": lambda inputs: (
        f"DECISION: {'no' if 'Horror' in inputs['item']['genres'] else 'yes'}\nREASON: {inputs['item']['title']} fits."
    ),
    "dgdpo/opposite": lambda inputs: f"Cannot stand {inputs['description'].split()[0].lower()}",
}


def knobs(**changes: object) -> DiagnoserKnobs:
    sizes: dict[str, object] = {
        "checkpoint": "tiny",
        "large_checkpoint": "tiny-large",
        "form": "contrastive",
        "rationale": "stance",
        "output": "evidence_label",
        "corpus_users": USERS,
        "pretrain_samples": 120,
        "finetune_samples": 150,
        "test_samples": 30,
        "pretrain_epochs": 1,
        "finetune_epochs": 1,
        "pretrain_lr": 1e-3,
        "finetune_lr": 1e-3,
        "pretrain_batch": 8,
        "finetune_batch": 8,
    }
    return DiagnoserKnobs.model_validate(sizes | changes)


EIGHT_ITEMS = CorpusKnobs(items_per_user=8)


def annotated(llm: ScriptedLlm, corpus: CorpusKnobs = EIGHT_ITEMS, **changes: object):
    simulator = Agent4Rec(TOWN, traits(TOWN, 1), llm)
    return asyncio.run(annotate(llm, simulator, TOWN, PROMPT, 0.6, corpus, knobs(**changes), seed=42))


@pytest.fixture(scope="module")
def paper():
    llm = ScriptedLlm(SCRIPT)
    return llm, annotated(llm, form="literal", rationale="reason", output="label")


@pytest.fixture(scope="module")
def rehearsal():
    llm = ScriptedLlm(SCRIPT)
    return llm, annotated(llm)


def test_the_simulator_is_asked_about_at_most_m_items_of_d_ini(paper):
    llm, found = paper
    assert len(llm.calls("dgdpo/init")) == USERS
    assert [row["asked"] for row in found.profiles] == [8] * USERS
    seen = {TOWN.item(row.item).title for user in range(USERS) for row in ini_opt(TOWN.train(user), 0.6)[0]}
    assert {inputs["item"]["title"] for inputs in llm.calls("dgdpo/decide")} <= seen


def test_only_pairs_that_the_simulator_accepts_and_the_user_rated_high_are_kept():
    simulator = Agent4Rec(TOWN, traits(TOWN, 1), ScriptedLlm(SCRIPT))
    portraits = asyncio.run(collect(simulator, TOWN, [3, 5], 0.6, 99, seed=1))
    assert [portrait.user for portrait in portraits] == [3, 5]
    for portrait in portraits:
        D_ini = ini_opt(TOWN.train(portrait.user), 0.6)[0]
        real = {row.item: row.rating for row in D_ini}
        kept = {pair.item.item for pair in portrait.pairs}
        assert kept == {i for i, rating in real.items() if rating >= 3 and "Horror" not in TOWN.item(i).genres}
        assert [(item.item, rating) for item, rating in portrait.liked] == [(i, r) for i, r, _ in D_ini if r >= 3]


def test_the_paper_s_texts_hold_the_simulator_s_reason(paper):
    _, found = paper
    assert found.pretrain
    for row in found.pretrain:
        title = re.search(r"Item recommended: <- (.+?) -> <-", row["text"])[1]
        assert row["text"].endswith(f"- Rationale: {title} fits.")


def test_texts_of_stances_tell_the_truth_about_the_item_and_fill_the_corpus(rehearsal):
    _, found = rehearsal
    assert len(found.pretrain) == 120
    for row in found.pretrain:
        told = dict(line.split(" is ") for line in row["text"].rpartition("Rationale: ")[2].split("; "))
        assert {told[genre] for genre in TOWN.item(row["item"]).genres} == {"liked"}
        assert set(told) <= set(GENRES)


def test_held_out_users_and_items_are_in_no_training_text_or_sample(rehearsal):
    _, found = rehearsal
    tested = [row for row in found.defects if row["split"] in ("unseen", "unseen_phrasing")]
    trained = [row for row in found.defects if row["split"] in ("train", "valid")]
    assert tested
    users, items = {row["user"] for row in tested}, {row["item"]["item"] for row in tested}
    assert users.isdisjoint({row["user"] for row in [*trained, *found.pretrain]})
    assert items.isdisjoint({row["item"]["item"] for row in trained} | {row["item"] for row in found.pretrain})


def test_the_paper_s_split_is_eight_to_two_and_every_split_is_balanced(paper):
    _, found = paper
    splits = {split: [row["label"] for row in found.defects if row["split"] == split] for split in ("train", "valid", "random")}
    total = sum(map(len, splits.values()))
    assert len(splits["random"]) == pytest.approx(0.2 * total, abs=1)
    assert len(splits["valid"]) == pytest.approx(0.08 * total, abs=1)
    labels = [label for found_ in splits.values() for label in found_]
    assert len({labels.count(label) for label in set(labels)}) == 1 or total == 150 * 10 // 7


def test_contrastive_corpora_hold_the_paper_s_form_beside_for_its_shortcuts(rehearsal):
    _, found = rehearsal
    kinds = {(row["form"], row["split"]) for row in found.defects}
    assert kinds == {("contrastive", s) for s in ("train", "valid", "random", "unseen", "unseen_phrasing", "new_words")} | {
        ("literal", "train"),
        ("literal", "literal"),
    }


def test_every_literal_profile_differs_from_the_one_it_was_made_from(paper):
    _, found = paper
    before = {row["user"]: row["profile"] for row in found.profiles}
    assert all(row["profile"] != before[row["user"]] for row in found.defects if row["split"] != "unseen_phrasing")
    flipped = [row for row in found.defects if row["split"] == "train" and row["label"] == "inaccurate"]
    assert flipped
    assert all("Cannot stand" in row["profile"] for row in flipped)


def test_opposites_come_from_the_template_without_a_call():
    llm = ScriptedLlm(SCRIPT)
    found = annotated(llm, CorpusKnobs(items_per_user=8, opposite="template"), form="literal")
    assert llm.calls("dgdpo/opposite") == []
    assert any("Averse to comedy fan" in row["profile"] for row in found.defects)


def test_each_user_s_description_is_turned_round_once(rehearsal):
    llm, _ = rehearsal
    assert len(llm.calls("dgdpo/opposite")) <= 2 * USERS


def test_the_constant_parts_and_a_row_make_up_the_whole_prompt(rehearsal):
    _, found = rehearsal
    row = next(row for row in found.defects if row["split"] == "train")
    shown = {"title": row["item"]["title"], "mean": row["item"]["mean"], "genres": row["item"]["genres"]}
    system, user = PROMPT.render({"profile": row["profile"], "item": shown, "rating": row["rating"]})
    assert (found.task["system"], found.task["instruction"] + row["input"]) == (system.content, user.content)
    assert read_label("".join(row["output"])) == row["label"]
    assert row["input"].startswith("Simulated User Profile: [PROFILE_START]")
    assert all(len(row) <= len(system.content) for row in found.task["constant"])


def test_validation_rows_say_where_the_answer_is(rehearsal):
    _, found = rehearsal
    rows = [row for row in found.defects if row["split"] == "valid"]
    assert rows
    assert all(row["steps"][-1][row["answer"]] == row["output"][-1] for row in rows)


def test_annotation_does_not_depend_on_what_it_was_called_before(rehearsal):
    again = annotated(ScriptedLlm(SCRIPT))
    assert (again.defects, again.pretrain, again.task) == (rehearsal[1].defects, rehearsal[1].pretrain, rehearsal[1].task)


def test_parts_that_two_renderings_share_are_found_without_their_last_spaces():
    assert recurring("Title: A -> rating 1.5 out of 5", "Title: Bee -> rating 2.0 out of 5") == [
        "Title:",
        " -> rating",
        " out of 5",
    ]
