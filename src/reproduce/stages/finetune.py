"""Stage `finetune`: defect-specific fine-tuning of a diagnosis model (DGDPO, Eq. 2)."""

from __future__ import annotations

from reproduce.project import Project
from reproduce.spec import Finetuning


def run(project: Project, key: str) -> None:
    """Write model, `task.json`, `training.json` to build/<mode>/models/<key>. Raises MissingInput, DataError, EngineError."""
    from reproduce.training.fitting import finetune

    spec = project.spec(key, Finetuning)
    finetune(
        corpus=project.build / "corpora" / spec.corpus,
        base=project.build / "pretrained" / spec.base if spec.base else None,
        knobs=project.params.here.diagnoser,
        seed=project.params.seed,
        out=project.build / "models" / key,
        scratch=project.build / ".training" / key,
        scale=spec.scale,
    )
