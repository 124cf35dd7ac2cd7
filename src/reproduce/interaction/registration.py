"""Makes `reproduce/Ensemble-v1` known to Gymnasium, which has had no plugins since version 1.0: importing this module is enough.

`gymnasium.make("reproduce.interaction.registration:reproduce/Ensemble-v1", ...)` imports it by the way.
"""

from __future__ import annotations

from gymnasium.envs import registration

ID = "reproduce/Ensemble-v1"


def register() -> None:
    """Register the environment, single and vectorised, once."""
    if ID not in registration.registry:
        places = {name: f"reproduce.methods.ensemble.opening:{name}" for name in ("environment", "vector_environment")}
        registration.register(id=ID, entry_point=places["environment"], vector_entry_point=places["vector_environment"])


register()
