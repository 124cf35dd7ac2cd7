"""Prompts: every word that is sent to a model, in `prompts/<method>/<name>.v<N>.j2`.

A file has a head (source, inputs, replies, optional sampling) between `---` lines and one Jinja block per role. Roles come from
blocks and inputs are never rendered twice, so a review text that holds `system:` or `{{ }}` stays data. Versions are immutable: a
better wording is a new file, and the SHA-256 of every prompt that was used is part of every result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import get_args

from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.runtime import Context

from reproduce.errors import Problem, SpecError
from reproduce.llm.request import Message, Role, Sampling
from reproduce.spec import Closed, FrozenDict
from reproduce.wording import remedy, shown
from reproduce.yaml_files import load

_ROLES: tuple[Role, ...] = get_args(Role)
_FILE = re.compile(r"(?P<name>[a-z0-9_]+)\.v(?P<version>[1-9][0-9]*)\.j2")
_HEAD = re.compile(r"\A---\n(?P<head>.*?)^---\n", re.DOTALL | re.MULTILINE)


class Head(Closed):
    """The head of a prompt file."""

    source: str
    """Where the wording comes from: paper and figure, or `ours`."""
    inputs: tuple[str, ...]
    """Every name that the template uses, and no other."""
    replies: str
    """The reply format; a question that reads this prompt names the same."""
    sampling: Sampling = Sampling()
    """Only what this prompt needs; what is not written here comes from `params.yaml`."""


def _environment() -> Environment:
    made = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    del made.filters["random"], made.globals["lipsum"]  # a prompt never depends on chance
    return made


_JINJA = _environment()


@dataclass(frozen=True)
class Prompt:
    """One version of one prompt."""

    path: Path
    id: str
    """Name with version, such as `dgdpo/decide.v1`."""
    head: Head
    body: str
    sha256: str
    """Of the file's bytes."""

    def render(self, inputs: Mapping[str, object]) -> tuple[Message, ...]:
        """One message per block, in the order of the file. Raises SpecError when the inputs are not the declared ones."""
        if inputs.keys() != self._declared:
            raise SpecError(Problem(shown(self.path), f"declares {sorted(self._declared)} but is given {sorted(inputs)}"))
        context = self._template.new_context(dict(inputs))
        try:
            return tuple(Message(role=role, content="".join(block(context)).strip()) for role, block in self._roles)
        except UndefinedError as error:
            raise SpecError(Problem(shown(self.path), f"uses what its inputs do not have: {error.message}")) from None

    @cached_property
    def _declared(self) -> frozenset[str]:
        return frozenset(self.head.inputs)

    @cached_property
    def _template(self) -> Template:
        return _JINJA.from_string(self.body)

    @cached_property
    def _roles(self) -> list[tuple[Role, Callable[[Context], Iterator[str]]]]:
        return [(role, block) for name, block in self._template.blocks.items() for role in _ROLES if role == name]


def read_prompt(path: Path) -> Prompt:
    """The prompt in a file `<method>/<name>.v<N>.j2`. Raises SpecError with all its problems."""
    named = _FILE.fullmatch(path.name)
    if not named:
        raise SpecError(Problem(shown(path), "should be named `<name>.v<N>.j2`, lower case, versions from 1"))
    text = _text(path)
    found = _HEAD.match(text)
    if not found:
        raise SpecError(Problem(f"{shown(path)}:1", "has no head; begin with `---`, `source`, `inputs`, `replies`, `---`"))
    head: Head = load(path, Head, found[0].removesuffix("---\n")).value
    body = "\n" * found[0].count("\n") + text[found.end() :]  # line numbers stay those of the file
    if problems := list(_problems(path, head, body)):
        raise SpecError(*problems)
    prompt_id = f"{path.parent.name}/{named['name']}.v{named['version']}"
    return Prompt(path, prompt_id, head, body, sha256(text.encode()).hexdigest())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError(Problem(shown(path), "is not there")) from None
    except OSError as error:
        raise SpecError(Problem(shown(path), f"cannot be read ({error.strerror})")) from None
    except UnicodeDecodeError:
        raise SpecError(Problem(shown(path), "is not UTF-8; save the file as UTF-8")) from None


def _problems(path: Path, head: Head, body: str) -> Iterator[Problem]:
    """What is wrong with a template: syntax, names that the head does not declare, text that would be sent under no role."""
    try:
        parsed = _JINJA.parse(body)
        _JINJA.from_string(body)
    except TemplateSyntaxError as error:  # its subclasses tell of unknown filters and of blocks that occur twice
        yield Problem(f"{shown(path)}:{error.lineno}", f"is no template: {(error.message or '').split('. ')[0].rstrip('.')}")
        return
    used = meta.find_undeclared_variables(parsed) - set(_JINJA.globals)
    if used != set(head.inputs):
        yield Problem(shown(path), f"declares {sorted(set(head.inputs))} but uses {sorted(used)}")
    if list(head.inputs) != list(dict.fromkeys(head.inputs)):
        yield Problem(shown(path), "declares an input twice")
    blocks = list(parsed.find_all(nodes.Block))
    for block in blocks:
        if block.name not in _ROLES:
            yield Problem(f"{shown(path)}:{block.lineno}", f"no role `{block.name}`" + remedy(block.name, _ROLES))
    if not blocks:
        yield Problem(shown(path), f"has no block; put the text into `{{% block user %}}` (known: {', '.join(_ROLES)})")
    for line in sorted(set(_stray(parsed))):
        yield Problem(f"{shown(path)}:{line}", "stands outside of the blocks and would be sent under no role")
    for other in parsed.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        yield Problem(f"{shown(path)}:{other.lineno}", "reads another file; a prompt is one file, so that its hash says all")


def _stray(parsed: nodes.Template) -> Iterator[int]:
    """The lines of what stands outside of the blocks."""
    for node in parsed.body:
        for part in node.nodes if isinstance(node, nodes.Output) else [node]:
            text = part.data if isinstance(part, nodes.TemplateData) else ""
            if not isinstance(part, nodes.Block) and (text.strip() or not isinstance(part, nodes.TemplateData)):
                yield part.lineno + text[: len(text) - len(text.lstrip())].count("\n")


class Prompts:
    """All prompts below a folder, read when first asked for."""

    def __init__(self, folder: Path, pins: Mapping[str, int] = FrozenDict()) -> None:
        self.folder = folder
        self.pins = pins
        """Name without version -> version."""
        self._read: dict[str, Prompt] = {}

    def pinned(self, pins: Mapping[str, int]) -> Prompts:
        """The same prompts with more, or other, pins."""
        return Prompts(self.folder, {**self.pins, **pins})

    def __getitem__(self, name: str) -> Prompt:
        """The pinned version of `dgdpo/decide`, else its newest; or the named one of `dgdpo/decide.v1`. Raises SpecError."""
        if name not in self._read:
            self._read[name] = read_prompt(self._find(f"{name}.v{self.pins[name]}" if name in self.pins else name))
        return self._read[name]

    def _find(self, name: str) -> Path:
        versions = {f"{path.parent.name}/{path.name[:-3]}": path for path in sorted(self.folder.glob("*/*.v*.j2"))}
        if name in versions:
            return versions[name]
        own = [known for known in versions if known.rpartition(".v")[0] == name and known.rpartition(".v")[2].isdigit()]
        if not own:
            names = sorted({known.rpartition(".v")[0] for known in versions})
            raise SpecError(Problem(shown(self.folder), f"no prompt `{name}`" + remedy(name, names)))
        return versions[max(own, key=lambda known: int(known.rpartition(".v")[2]))]


def check_prompts(folder: Path) -> list[Prompt]:
    """Every prompt below a folder. Raises SpecError with the problems of all files."""
    prompts: list[Prompt] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*/*.j2")):
        try:
            prompts.append(read_prompt(path))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(*problems)
    return prompts
