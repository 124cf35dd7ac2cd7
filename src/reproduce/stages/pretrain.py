"""Stage `pretrain`: domain-adaptive pre-training of a diagnosis model (DGDPO, Eq. 1)."""

from __future__ import annotations

from reproduce.project import Project
from reproduce.spec import Pretraining


def run(project: Project, key: str) -> None:
    """Write model, `task.json`, `training.json` to build/<mode>/pretrained/<key>. Raises MissingInput, DataError, EngineError."""
    from reproduce.training.fitting import pretrain

    spec = project.spec(key, Pretraining)
    pretrain(
        corpus=project.build / "corpora" / spec.corpus,
        knobs=project.params.here.diagnoser,
        seed=project.params.seed,
        out=project.build / "pretrained" / key,
        scratch=project.build / ".training" / key,
        scale=spec.scale,
    )
