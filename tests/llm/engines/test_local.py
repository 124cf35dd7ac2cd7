"""Engine `local` with a tiny checkpoint made on the spot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tiny_checkpoint import save

from reproduce.errors import EngineError
from reproduce.llm.engines.local import Local
from reproduce.llm.request import Answer, Asked, Message, Request, Sampling

SYSTEM = "You play one user of a recommender system. Your profile: Drama fan, Disinterest in War."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("model"))


def asked(text: str, system: str = SYSTEM, draw: int = 0, **sampling: float) -> Asked:
    messages = (Message(role="system", content=system), Message(role="user", content=text))
    if not system:
        messages = messages[1:]
    drawn = Sampling.model_validate({"temperature": 0.0, "max_tokens": 12, **sampling})
    return Asked("p.v1", {}, Request(model="tiny", messages=messages, sampling=drawn, draw=draw))


def answers(folder: Path, *questions: Asked) -> list[Answer]:
    """What a fresh engine answers, all asked at once."""

    async def run() -> list[Answer]:
        engine = Local(str(folder))
        try:
            return list(await asyncio.gather(*(engine.answer(question) for question in questions)))
        finally:
            await engine.close()

    return asyncio.run(run())


def reference(folder: Path, question: Asked) -> str:
    """Greedy decoding by transformers itself, with no cache shared between prompts."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    messages = [message.model_dump() for message in question.request.messages]
    inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    out = model.generate(**inputs, max_new_tokens=12, do_sample=False)
    return str(tokenizer.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))


@pytest.mark.parametrize("system", [SYSTEM, ""])
def test_greedy_replies_are_those_of_transformers(folder: Path, system: str) -> None:
    questions = [asked(f"Recommended item: film {n}. Do you interact with it?", system) for n in range(4)]
    assert [answer.text for answer in answers(folder, *questions)] == [reference(folder, question) for question in questions]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_what_else_is_asked_and_in_which_order_changes_no_reply(folder: Path, temperature: float) -> None:
    systems = [f"{SYSTEM} You are user {n}." for n in range(10)]  # more than the engine keeps
    questions = [asked(f"film {n}", system, temperature=temperature) for system in systems for n in range(3)]
    together = answers(folder, *questions)
    assert answers(folder, *reversed(questions)) == together[::-1]
    assert answers(folder, questions[17]) == [together[17]]


def test_draws_differ_and_repeat(folder: Path) -> None:
    draws = [asked("film", temperature=1.0, draw=draw) for draw in range(5)]
    first = answers(folder, *draws)
    assert len({answer.text for answer in first}) == 5
    assert answers(folder, *draws) == first


def test_a_nucleus_of_the_likeliest_token_is_greedy(folder: Path) -> None:
    narrow, greedy = answers(folder, asked("film", temperature=1.0, top_p=1e-6), asked("film"))
    assert narrow.text == greedy.text


def test_usage_and_finish_are_told(folder: Path) -> None:
    (answer,) = answers(folder, asked("film"))
    assert (answer.finish, answer.usage.completion_tokens, answer.served) == ("length", 12, str(folder))
    assert answer.usage.prompt_tokens > 20


def test_an_end_token_of_the_checkpoint_ends_the_reply(tmp_path: Path) -> None:
    from transformers import AutoTokenizer, GenerationConfig

    folder = save(tmp_path / "model")
    (answer,) = answers(folder, asked("film"))
    tokens = AutoTokenizer.from_pretrained(folder)(answer.text)["input_ids"]
    GenerationConfig(eos_token_id=[tokens[3], 0]).save_pretrained(folder)
    (shorter,) = answers(folder, asked("film"))
    assert shorter.finish == "stop"
    assert answer.text.startswith(shorter.text)
    assert shorter.usage.completion_tokens <= 3


def test_a_model_without_a_chat_template_reads_plain_text(tmp_path: Path) -> None:
    folder = save(tmp_path / "model")
    (folder / "chat_template.jinja").unlink()
    assert answers(folder, asked("film"))[0].usage.completion_tokens == 12


def test_a_prompt_beyond_the_models_positions_is_refused(folder: Path) -> None:
    with pytest.raises(EngineError, match=r"takes 512 tokens, a prompt has \d+; use a longer model"):
        answers(folder, asked("film " * 600))


def test_no_such_model_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for name in (str(tmp_path), "nobody/nothing"):
        with pytest.raises(EngineError) as caught:
            answers(Path(name), asked("film"))
        assert str(caught.value).startswith(
            f"no model `{name}`: neither a folder with a checkpoint nor a name that can be fetched"
        )
        assert "\n" not in str(caught.value)
