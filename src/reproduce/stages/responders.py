"""Composes what stands behind the environment of LUS: the one place that knows every simulator that responds item by item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from reproduce import spec
from reproduce.project import Project

if TYPE_CHECKING:
    from reproduce.data.prepared import Dataset
    from reproduce.interaction.responding import Responding
    from reproduce.llm.ask import Asker
    from reproduce.llm.background import Background


@dataclass(frozen=True)
class Behind:
    """Simulators in the order in which they were wanted, and the LLM that some of them ask."""

    simulators: tuple[Responding, ...]
    llm: Asker | None

    def replies(self) -> dict[str, object]:
        """The content of `replies.json`, with what the simulators counted."""
        from reproduce.llm.meter import Meter

        counted: dict[str, int] = {}
        for each in self.simulators:
            for name, count in getattr(each, "counters", {}).items():
                counted[name] = counted.get(name, 0) + count
        return (self.llm.meter if self.llm else Meter()).replies(counted)

    @property
    def prompts(self) -> dict[str, str]:
        """Hashes of the prompts that were asked."""
        return dict(self.llm.used) if self.llm else {}


@contextmanager
def behind(project: Project, dataset: Dataset, wanted: Sequence[spec.Simulator], corpus: str | None) -> Iterator[Behind]:
    """Simulators of one data set, ready to respond. Raises MissingInput before what they need is built.

    On leaving it, whatever asked an LLM is closed. Raises what asking one raises.
    """
    with ExitStack() as stack:
        asked = _asked(project, stack) if any(isinstance(each, spec.Suber) for each in wanted) else None
        yield Behind(tuple(_built(project, dataset, each, corpus, asked) for each in wanted), asked[0] if asked else None)


def _asked(project: Project, stack: ExitStack) -> tuple[Asker, Background]:
    """An LLM, and the loop to which it belongs and on which it is asked."""
    from reproduce.llm.background import Background
    from reproduce.methods.suber import rehearsal
    from reproduce.stages.llm import open_llm

    background = stack.enter_context(Background())
    return background.enter(open_llm(project, rehearsal.RULES)), background


def _built(
    project: Project, dataset: Dataset, wanted: spec.Simulator, corpus: str | None, asked: tuple[Asker, Background] | None
) -> Responding:
    params, responses = project.params, project.build / "responses" / dataset.name
    match wanted:
        case spec.Ensemble():
            from reproduce.methods.ensemble.descriptions import Descriptions
            from reproduce.methods.ensemble.simulator import Ensemble
            from reproduce.responses.clicks import ClickModel

            assert corpus is not None  # `reproduce validate`
            descriptions = Descriptions.load(project.build / "corpora" / corpus)
            return Ensemble(dataset, descriptions, ClickModel.load(responses / "clicks"), params.ensemble, wanted.wrong)
        case spec.Suber():
            from reproduce.methods.suber.simulator import Suber

            assert asked is not None
            return Suber(dataset, asked[0], params.suber, asked[1])
        case spec.Responding():
            from reproduce.methods.kuaisim.responding import KuaiSimResponding

            return KuaiSimResponding.load(responses / "kuaisim-labels", wanted.deterministic)
        case _:
            assert_never(wanted)
