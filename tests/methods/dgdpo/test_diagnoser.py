"""Both diagnosers: the model in its two modes, and the prompted LLM."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import torch
from village import ScriptedLlm

from reproduce.data.prepared import Item
from reproduce.errors import MissingInput, SpecError
from reproduce.files import write_json
from reproduce.llm.parsing import read
from reproduce.llm.prompts import Prompts
from reproduce.llm.question import Unreadable
from reproduce.llm.request import Answer, Usage
from reproduce.methods.agent4rec.questions import card
from reproduce.methods.dgdpo import rehearsal_diagnosis
from reproduce.methods.dgdpo.cases import LABELS, PRINTED, Case
from reproduce.methods.dgdpo.diagnoser import DIAGNOSE, PromptedDiagnoser, SpecialisedDiagnoser
from reproduce.methods.dgdpo.evidence import output
from reproduce.methods.dgdpo.opposites import OPPOSITE
from reproduce.training import tiny
from reproduce.training.checkpoint import chat_ids, piece_ids, save

PROMPTS = Prompts(Path(__file__).parents[3] / "prompts")
PROMPT = PROMPTS["dgdpo/diag"]
PROFILE = "Averse to crime, Comedy fan"
FILMS = [Item(1, "Heat", ("Crime", "Drama"), 4.1), Item(2, "Big", ("Comedy",), None), Item(3, "Nameless", (), 2.0)]
CASES = [Case(film, 4.0, "") for film in FILMS]


def answer_of(text: str) -> Answer:
    return Answer(text=text, usage=Usage(prompt_tokens=1, completion_tokens=1))


def taught(form: str, labels) -> tuple[object, list[str]]:
    """A model that knows these answers to the three cases by heart."""
    prompts = [PROMPT.render({"profile": PROFILE, "item": card(film), "rating": 4.0}) for film in FILMS]
    stances = [[(genre, "disliked" if genre == "Crime" else "liked") for genre in film.genres] for film in FILMS]
    answers = [output(label, said, form) for label, said in zip(labels, stances, strict=True)]
    system, *_ = [message.content for message in prompts[0]]
    texts = [message.content for prompt in prompts for message in prompt] + ["".join(answer) for answer in answers]
    made = tiny.build(texts, 5, [system], tiny.Shape(vocabulary=500, layers=1, hidden=64))
    optimiser = torch.optim.AdamW(made.model.parameters(), lr=5e-3)
    rows = []
    for prompt, answer in zip(prompts, answers, strict=True):
        ids = chat_ids(made.tokenizer, [(message.role, message.content) for message in prompt])
        rows.append((ids, [*piece_ids(made.tokenizer, answer), made.tokenizer.eos_token_id]))
    for _ in range(40):
        optimiser.zero_grad()
        for ids, answer in rows:
            whole = torch.tensor([[*ids, *answer]])
            made.model(input_ids=whole, labels=torch.tensor([[-100] * len(ids) + answer])).loss.backward()
        optimiser.step()
    return made, ["".join(answer) for answer in answers]


@pytest.fixture(scope="module", params=["label", "evidence_label"])
def known(request):
    made, answers = taught(request.param, LABELS)
    return made, request.param, answers


@pytest.mark.parametrize("mode", ["score", "generate"])
def test_the_label_is_the_one_that_was_taught_with_its_evidence(known, mode):
    made, form, _ = known
    found = asyncio.run(SpecialisedDiagnoser(made, PROMPT, form, mode)(PROFILE, CASES))
    assert [each.label for each in found] == list(LABELS)
    assert {each.status for each in found} == {"strict"}
    if form == "label":
        assert [each.evidence for each in found] == [None, None, None]
    else:
        first = (found[0].evidence or "").lower()
        assert first == "crime is disliked; drama is liked"
        assert found[2].evidence is None  # an item without genres


def test_a_generated_answer_without_a_label_is_counted_and_never_passed_off_as_one(known):
    made, form, _ = known
    (found,) = [SpecialisedDiagnoser(made, PROMPT, form, "generate")._read(piece_ids(made.tokenizer, ["crime drama"]))]
    assert (found.label, found.status) == ("incomplete", "fallback")


def test_a_folder_is_loaded_with_its_task_and_refused_when_the_prompt_changed(known, tmp_path):
    made, form, _ = known
    save(made, tmp_path)
    task = {"prompt": PROMPT.id, "sha256": PROMPT.sha256, "output": form}
    write_json(tmp_path / "task.json", task)
    loaded = SpecialisedDiagnoser.load(tmp_path, PROMPTS, "score")
    assert loaded.diagnose([(PROFILE, case) for case in CASES]) == SpecialisedDiagnoser(made, PROMPT, form, "score").diagnose(
        [(PROFILE, case) for case in CASES]
    )
    write_json(tmp_path / "task.json", task | {"sha256": "0" * 64})
    with pytest.raises(SpecError, match="another text of `dgdpo/diag"):
        SpecialisedDiagnoser.load(tmp_path, PROMPTS, "score")
    with pytest.raises(MissingInput):
        SpecialisedDiagnoser.load(tmp_path / "nowhere", PROMPTS, "score")


def test_the_prompted_llm_sees_profile_item_and_rating_and_nothing_else():
    llm = ScriptedLlm({"dgdpo/diag": lambda inputs: f"Defect Type: {PRINTED[LABELS[len(inputs['item']['genres'])]]}"})
    found = asyncio.run(PromptedDiagnoser(llm)(PROFILE, CASES))
    assert [each.label for each in found] == ["inaccurate_incomplete", "incomplete", "inaccurate"]
    assert llm.calls("dgdpo/diag")[0] == {"profile": PROFILE, "item": card(FILMS[0]), "rating": 4.0}


@pytest.mark.parametrize(
    ("reply", "status", "label"),
    [
        ("Defect Type: Inaccurate", "strict", "inaccurate"),
        ("inaccurate&incomplete", "strict", "inaccurate_incomplete"),
        ("The profile lacks crime.\n**Defect Type:** Incomplete", "lenient", "incomplete"),
    ],
)
def test_prompted_answers_are_read(reply, status, label):
    assert read(DIAGNOSE, answer_of(reply), {}) == (label, status)


def test_a_prompted_answer_that_names_no_single_label_is_unreadable():
    with pytest.raises(Unreadable):
        read(DIAGNOSE, answer_of("It may be inaccurate. Or incomplete."), {})


@pytest.mark.parametrize(
    ("reply", "status", "phrase"),
    [
        ("Averse to crime", "strict", "Averse to crime"),
        ("Averse to crime.", "strict", "Averse to crime"),
        ('Opposite: "Averse to crime"', "lenient", "Averse to crime"),
        ("Here it is:\n- **Averse to crime**", "lenient", "Averse to crime"),
    ],
)
def test_opposites_are_read(reply, status, phrase):
    assert read(OPPOSITE, answer_of(reply), {"description": "Crime fan"}) == (phrase, status)


@pytest.mark.parametrize("reply", ["Crime fan", "crime fan.", "word " * 21, "Averse to crime, fond of drama", "Opposite:"])
def test_an_opposite_that_is_the_description_too_long_or_several_is_unreadable(reply):
    with pytest.raises(Unreadable):
        read(OPPOSITE, answer_of(reply), {"description": "Crime fan"})


def test_the_embedded_rules_reply_in_the_formats_of_their_prompts():
    import numpy as np

    random = np.random.default_rng(0)
    for film in FILMS:
        reply = rehearsal_diagnosis.diag({"profile": PROFILE, "item": card(film), "rating": 4.0}, random)
        assert read(DIAGNOSE, answer_of(reply), {})[1] == "strict"
        turned = rehearsal_diagnosis.opposite({"description": "Comedy fan", "item": card(film)}, random)
        assert read(OPPOSITE, answer_of(turned), {"description": "Comedy fan"})[1] == "strict"
        assert "comedy" in turned.lower()
