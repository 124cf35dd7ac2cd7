"""Makes `reproduce/Ensemble-v1` known to Gymnasium, which calls this when it is imported (`gymnasium.envs` in pyproject.toml)."""

from __future__ import annotations

ID = "reproduce/Ensemble-v1"


def register() -> None:
    """Register the environment, single and vectorised, once."""
    from gymnasium.envs import registration

    if ID not in registration.registry:
        places = {name: f"reproduce.methods.ensemble.opening:{name}" for name in ("environment", "vector_environment")}
        registration.register(id=ID, entry_point=places["environment"], vector_entry_point=places["vector_environment"])
