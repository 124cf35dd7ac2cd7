"""YAML files read into closed models: every problem of a file at once, each with its line, the fact and the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from reproduce.errors import Problem, SpecError
from reproduce.wording import fact, shown

T = TypeVar("T")
Place = tuple[str | int, ...]
"""Keys and positions from the top of a file down to a value."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not allow in a file."""

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML has it: ten times as fast


class _Loader(_BASE):  # type: ignore[misc]  # its base depends on how PyYAML was built
    """Reads numbers and truth values as YAML 1.2 does, and as DVC therefore does: `no` is text, `2e-5` a number."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9][0-9_]*|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: _whole(node.value))


@dataclass(frozen=True)
class Document(Generic[T]):
    """A file that was read, and where in it everything is."""

    path: Path
    value: T
    root: yaml.Node

    def problem(self, place: Place, what: str) -> Problem:
        """A problem of the value at `place`, with its line."""
        return Problem(f"{shown(self.path)}:{_line(self.root, place)}", what)


def read(path: Path, model: Any) -> Any:  # the value's type is the model's, which may be a union
    """The file as `model` (a pydantic class or a union discriminated by `kind`). Raises SpecError with all problems."""
    return load(path, model).value


def load(path: Path, model: Any, text: str | None = None) -> Document[Any]:  # as above
    """Like `read`, with the lines, for checks across files. `text` is the part of the file to read, where it is not all of it."""
    root, data = _parse(path, text)
    try:
        return Document(path, _adapter(model).validate_python(data), root)
    except ValidationError as error:
        raise SpecError(*_problems(path, root, model, error)) from None


def refuse(title: str, problems: Iterable[tuple[Place, str]]) -> None:
    """Called by a model's validator: report every problem at its own place; nothing happens when there is none."""
    errors = [
        InitErrorDetails(type=PydanticCustomError("inconsistent", "{fact}", {"fact": text}), loc=place, input=None)
        for place, text in problems
    ]
    if errors:
        raise ValidationError.from_exception_data(title, errors)


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:  # the union aliases of spec.py have no common type
    return TypeAdapter(model)


def _whole(text: str) -> int:
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


def _parse(path: Path, text: str | None = None) -> tuple[yaml.Node, Any]:  # YAML has no static type
    loader = _Loader(_text(path) if text is None else text)
    try:
        root = loader.get_single_node()
        if root is None:
            raise SpecError(Problem(shown(path), "is empty; write at least one key or delete the file"))
        if twice := list(_duplicates(path, root, set())):
            raise SpecError(*twice)
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise SpecError(Problem(f"{shown(path)}{line}", f"is not YAML: {_syntax(path, error, mark)}")) from None
    except RecursionError:
        raise SpecError(Problem(shown(path), "is nested too deeply to be read; flatten it")) from None
    finally:
        loader.dispose()


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise SpecError(Problem(shown(path), "is not there")) from None
    except OSError as error:
        raise SpecError(Problem(shown(path), f"cannot be read ({error.strerror})")) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise SpecError(
            Problem(f"{shown(path)}:{line}", f"byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8")
        ) from None
    if control := _UNPRINTABLE.search(text):
        line = text[: control.start()].count("\n") + 1
        raise SpecError(Problem(f"{shown(path)}:{line}", f"the control character {control.group()!r} is not text; delete it"))
    return text


def _syntax(path: Path, error: yaml.MarkedYAMLError, mark: yaml.Mark | None) -> str:
    lines = _text(path).splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or (mark and line[mark.column : mark.column + 1] == "\t"):
        return "a tab stands where YAML wants spaces"
    return ", ".join(filter(None, (error.context, error.problem))) or "cannot be parsed"


def _duplicates(path: Path, node: yaml.Node, seen: set[int]) -> Iterator[Problem]:
    if id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):  # any other key is refused later
                if key.value in keys:
                    yield Problem(f"{shown(path)}:{key.start_mark.line + 1}", f"`{key.value}` is given twice")
                keys.add(key.value)
            yield from _duplicates(path, value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _duplicates(path, value, seen)


def _problems(path: Path, root: yaml.Node, model: Any, error: ValidationError) -> list[Problem]:
    found = []
    for detail in error.errors(include_url=False):
        place = _place(root, detail["loc"])
        found.append((_line(root, place), fact(detail, place, model)))
    return [Problem(f"{shown(path)}:{line}", what) for line, what in sorted(dict.fromkeys(found))]


def _place(root: yaml.Node, loc: tuple[int | str, ...]) -> Place:
    """`loc` without the tags that pydantic puts in for discriminated unions."""
    place: list[int | str] = []
    node: yaml.Node | None = root
    tagged: yaml.Node | None = None
    for step in loc:
        if step == "[key]":  # pydantic means the key itself
            continue
        if node is not None and node is not tagged and _kind(node) == step:
            tagged = node
            continue
        place.append(step)
        node = _child(node, step)
    return tuple(place)


def _kind(node: yaml.Node) -> str | None:
    kind = _child(node, "kind")
    return kind.value if isinstance(kind, yaml.ScalarNode) else None


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    return None


def _line(root: yaml.Node, place: Place) -> int:
    """The line of a key, or of the nearest thing around it that is there."""
    node: yaml.Node = root
    line = root.start_mark.line
    for step in place:
        if isinstance(node, yaml.MappingNode):
            line = next((key.start_mark.line for key, _ in node.value if key.value == str(step)), line)
        child = _child(node, step)
        if child is None:
            break
        if isinstance(node, yaml.SequenceNode):
            line = child.start_mark.line
        node = child
    return line + 1
