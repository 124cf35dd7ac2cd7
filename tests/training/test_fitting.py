"""From a corpus folder to a model folder: it learns, it is the same again, a kill loses nothing but time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from tiny_corpus import knobs, write

from reproduce.errors import DataError, EngineError, MissingInput
from reproduce.files import read_json, write_jsonl
from reproduce.training import selection
from reproduce.training.checkpoint import Checkpoint, load, replacing
from reproduce.training.fitting import finetune, pretrain
from reproduce.training.material import Material


def digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("build")
    corpus = write(root / "corpus")
    pretrain(corpus, knobs(), 1, root / "pretrained", root / "scratch")
    finetune(corpus, root / "pretrained", knobs(), 1, root / "model", root / "scratch")
    return root


def test_the_loss_falls_and_the_answer_is_learnt(built):
    report = read_json(built / "model/training.json")
    assert report["losses"][-1] < 0.3 * report["losses"][0]
    assert max(report["validation"]) == 100.0
    assert (report["samples"], report["cut"], report["steps"]) == (96, 0, 192)


def test_a_saved_model_scores_as_it_did_and_generates_with_its_cache(built):
    material, checkpoint = Material.read(built / "corpus"), load(built / "model")
    valid = [(material.example(row), row) for row in material.samples("valid")]
    assert selection.accuracy(checkpoint, valid) == max(read_json(built / "model/training.json")["validation"])
    assert checkpoint.model.config.use_cache is True


def test_the_same_training_gives_the_same_bytes(built, tmp_path):
    pretrain(built / "corpus", knobs(), 1, tmp_path / "pretrained", tmp_path / "scratch")
    assert digests(tmp_path / "pretrained") == digests(built / "pretrained")
    finetune(built / "corpus", tmp_path / "pretrained", knobs(), 1, tmp_path / "model", tmp_path / "scratch")
    assert digests(tmp_path / "model") == digests(built / "model")


def test_another_seed_gives_another_model_and_no_file_tells_a_time(built, tmp_path):
    pretrain(built / "corpus", knobs(), 2, tmp_path / "pretrained", tmp_path / "scratch")
    other = digests(tmp_path / "pretrained")
    assert other["model.safetensors"] != digests(built / "pretrained")["model.safetensors"]
    assert not {"training_args.bin", "optimizer.pt"} & set(other)


def test_without_pretraining_the_fine_tuning_starts_from_the_checkpoint_itself(built, tmp_path):
    finetune(built / "corpus", None, knobs(finetune_epochs=1), 1, tmp_path / "model", tmp_path / "scratch")
    assert (tmp_path / "model/tokenizer.json").read_bytes() == (built / "pretrained/tokenizer.json").read_bytes()


@pytest.mark.parametrize("pretrained", [True, False])
def test_the_larger_scale_trains_the_larger_checkpoint(built, tmp_path, pretrained):
    small = knobs(finetune_epochs=1)
    if pretrained:
        pretrain(built / "corpus", small, 1, tmp_path / "pretrained", tmp_path / "scratch", "large")
    base = tmp_path / "pretrained" if pretrained else None
    finetune(built / "corpus", base, small, 1, tmp_path / "model", tmp_path / "scratch", "large")
    sizes = [read_json(folder / "model/training.json")["parameters"] for folder in (built, tmp_path)]
    assert sizes[1] > 2.5 * sizes[0]


KILLED = """
import sys
from pathlib import Path
from tiny_corpus import knobs
from reproduce.training.fitting import finetune
root = Path(sys.argv[1])
print("ready", flush=True)
wanted = knobs(finetune_epochs=12, checkpoint_steps=int(sys.argv[2]))
finetune(root / "corpus", root / "pretrained", wanted, 1, root / "model", root / "scratch")
"""


@pytest.mark.parametrize("every", [0, 24])
def test_a_killed_training_leaves_no_half_model_and_ends_with_the_bytes_of_an_undisturbed_one(built, tmp_path, every):
    for name in ("corpus", "pretrained"):
        (tmp_path / name).symlink_to(built / name)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), str(every)], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    scratch, deadline = tmp_path / "scratch", time.monotonic() + 120
    wanted = "checkpoint-*/trainer_state.json" if every else "scores.json"
    while not list(scratch.glob(wanted)) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the training ended before it could be killed"
    assert not (tmp_path / "model").exists()
    again = knobs(finetune_epochs=12, checkpoint_steps=every)
    finetune(tmp_path / "corpus", tmp_path / "pretrained", again, 1, tmp_path / "model", scratch)
    finetune(tmp_path / "corpus", tmp_path / "pretrained", again, 1, tmp_path / "whole", tmp_path / "other")
    assert digests(tmp_path / "model") == digests(tmp_path / "whole")
    assert not scratch.exists()


def test_what_a_kill_left_is_not_gone_on_from_when_the_samples_or_knobs_changed(built, tmp_path):
    left = tmp_path / "scratch/checkpoint-7"
    left.mkdir(parents=True)
    (left / "trainer_state.json").write_text("{}")
    (tmp_path / "scratch/training").write_text("of other samples")
    pretrain(built / "corpus", knobs(), 1, tmp_path / "pretrained", tmp_path / "scratch")
    assert digests(tmp_path / "pretrained") == digests(built / "pretrained")


def test_adapters_are_merged_into_a_model_that_loads_without_them(built, tmp_path):
    finetune(
        built / "corpus", built / "pretrained", knobs(lora=True, finetune_epochs=2), 1, tmp_path / "model", tmp_path / "scratch"
    )
    report, checkpoint = read_json(tmp_path / "model/training.json"), load(tmp_path / "model")
    assert report["losses"][-1] < report["losses"][0]
    assert report["parameters"] == read_json(built / "model/training.json")["parameters"]
    material = Material.read(built / "corpus")
    valid = [(material.example(row), row) for row in material.samples("valid")]
    assert selection.accuracy(checkpoint, valid) == report["validation"][-1]


def test_the_best_epoch_is_kept_not_the_last(tmp_path):
    from reproduce.training import tiny

    base = tiny.build(["a wall"], 1, shape=tiny.Shape(vocabulary=270, layers=1))
    norm = base.model.model.norm.weight.data
    best = selection.BestEpoch(tmp_path, lambda model: norm[0].item())
    for epoch, weight in enumerate((1.0, 3.0, 2.0), start=1):
        norm.fill_(weight)
        best.ended(base.model, epoch)
    assert best.scores == [1.0, 3.0, 2.0]
    best.restore(base.model)
    assert norm[0].item() == 3.0


def test_what_is_missing_is_said_in_one_line(built, tmp_path):
    with pytest.raises(MissingInput, match="dvc repro"):
        pretrain(tmp_path / "nowhere", knobs(), 1, tmp_path / "out", tmp_path / "scratch")
    with pytest.raises(MissingInput, match="holds no model"):
        finetune(built / "corpus", tmp_path / "nowhere", knobs(), 1, tmp_path / "out", tmp_path / "scratch")
    empty = write(tmp_path / "empty")
    write_jsonl(empty / "pretrain.jsonl", [])
    with pytest.raises(DataError, match="holds no text"):
        pretrain(empty, knobs(), 1, tmp_path / "out", tmp_path / "scratch")


def test_a_model_that_the_hub_does_not_give_is_said_in_one_line(built, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EngineError, match="no-such/model"):
        finetune(built / "corpus", None, knobs(checkpoint="no-such/model"), 1, tmp_path / "out", tmp_path / "scratch")


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "model"
    with pytest.raises(RuntimeError), replacing(target) as draft:  # noqa: PT012
        (draft / "half").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_the_shape_of_the_papers_model_goes_through_the_same_class(monkeypatch):
    """Qwen/Qwen3-0.6B's configuration on the meta device: the class that tiny.py builds, with the published parameter count."""
    import torch
    from transformers import AutoModelForCausalLM, Qwen3Config

    from reproduce.training import tiny

    shape = {
        "vocab_size": 151936,
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
    }
    config = Qwen3Config(**shape, num_key_value_heads=8, head_dim=128, tie_word_embeddings=True)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    small = tiny.build(["a wall"], 1, shape=tiny.Shape(vocabulary=270, layers=1)).model
    assert type(model) is type(small)
    assert sum(weights.numel() for weights in model.parameters()) == 596_049_920
    assert Checkpoint(model, None).model is model
