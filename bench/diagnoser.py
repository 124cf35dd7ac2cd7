"""The diagnosis model in rehearsal: accuracy of every predictor on every split, and what the training costs.

    python bench/diagnoser.py             # annotate, pretrain, finetune (with and without pre-training), diagnose; a few minutes
    python bench/diagnoser.py speed       # only scoring speed, of a model that was built before

Everything is built in a temporary copy of the checkout, by the stages themselves, from the embedded data. CPU seconds (user +
system) of one thread per stage; accuracy in percent with a 95 % interval (bootstrap over users).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

import numpy as np
import yaml

ROOT = Path(__file__).parents[1]
DATASET, CORPUS = "ml-1m", "dgdpo/ml-1m-corpus"
STAGES = (
    ("preprocess", DATASET),
    ("annotate", CORPUS),
    ("pretrain", "dgdpo/ml-1m-pretrained"),
    ("finetune", "dgdpo/ml-1m-diagnoser"),
    ("finetune", "dgdpo/ml-1m-diagnoser-without-pretraining"),
    ("simulate", "dgdpo/ml-1m-diagnosis"),
)
SPLITS = ("random", "unseen", "unseen_phrasing", "new_words", "literal")


def main() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory(prefix="diagnoser-") as folder:
        root = Path(sys.argv[sys.argv.index("in") + 1]) if "in" in sys.argv else checkout(Path(folder))
        if "speed" not in sys.argv:
            costs(root)
            accuracies(root / "build/rehearsal/runs" / STAGES[-1][1] / "predictions.jsonl")
        speed(root)


def checkout(root: Path) -> Path:
    """A folder that shares specs, prompts and data with this checkout, with its own build."""
    for name in ("specs", "prompts", "data"):
        (root / name).symlink_to(ROOT / name)
    knobs = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (root / "params.yaml").write_text(yaml.safe_dump(knobs | {"mode": "rehearsal"}), encoding="utf-8")
    return root


def costs(root: Path) -> None:
    print(f"\n{'stage':<12}{'key':<46}{'CPU s':>8}{'peak MB':>9}")
    for stage, key in STAGES:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "reproduce", "stage", stage, key], cwd=root, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{stage:<12}{key:<46}{seconds:>8.1f}{after.ru_maxrss / 1024:>9.0f}", flush=True)


def accuracies(path: Path) -> None:
    from reproduce.files import read_jsonl

    right: dict[tuple[str, str], dict[int, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row in read_jsonl(path):
        right[row["predictor"], row["split"]][row["user"]].append(row["predicted"] == row["truth"])
    predictors = list(dict.fromkeys(predictor for predictor, _ in right))
    print(f"\n{'accuracy, %':<22}" + "".join(f"{split:>22}" for split in SPLITS))
    for predictor in predictors:
        cells = [interval(list(right[predictor, split].values())) for split in SPLITS if (predictor, split) in right]
        print(f"{predictor:<22}" + "".join(f"{cell:>22}" for cell in cells))
    sizes = [sum(map(len, right[predictors[0], split].values())) for split in SPLITS if (predictors[0], split) in right]
    print(f"{'samples':<22}" + "".join(f"{size:>22}" for size in sizes))


def interval(users: list[list[bool]]) -> str:
    """Accuracy with its interval; users are resampled, since samples of one user are alike."""
    random = np.random.default_rng(0)
    hits, sizes = np.array([sum(user) for user in users]), np.array([len(user) for user in users])
    drawn = random.integers(len(users), size=(2000, len(users)))
    shares = hits[drawn].sum(1) / sizes[drawn].sum(1)
    low, high = np.percentile(100 * shares, [2.5, 97.5])
    return f"{100 * hits.sum() / sizes.sum():.1f} [{low:.1f}, {high:.1f}]"


def speed(root: Path) -> None:
    """CPU milliseconds of one call with the N1 = 4 cases of a user, and samples a second in batches of 32."""
    import torch

    from reproduce.files import read_jsonl
    from reproduce.llm.prompts import Prompts
    from reproduce.methods.dgdpo.diagnoser import SpecialisedDiagnoser
    from reproduce.methods.dgdpo.diagnosis import read_sample, specialised

    torch.set_num_threads(1)
    build, prompts = root / "build/rehearsal", Prompts(ROOT / "prompts")
    rows = [read_sample(row) for row in read_jsonl(build / "corpora" / CORPUS / "defects.jsonl") if row["split"] == "unseen"]
    print(f"\n{'mode':<12}{'ms CPU per batch of 4':>24}{'samples per CPU s':>20}")
    for mode in ("score", "generate"):
        model = SpecialisedDiagnoser.load(build / "models/dgdpo/ml-1m-diagnoser", prompts, mode)
        times = []
        for start in range(0, 200, 4):
            begun = time.process_time()
            model.diagnose([row.asked for row in rows[start : start + 4]])
            times.append(time.process_time() - begun)
        begun = time.process_time()
        specialised(model, rows[:320])
        print(f"{mode:<12}{1000 * median(times):>24.1f}{320 / (time.process_time() - begun):>20.0f}")


if __name__ == "__main__":
    main()
