"""The words of errors in YAML files: what is wrong with a value and how to mend it, from pydantic's error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails


def fact(error: ErrorDetails, place: tuple[str | int, ...], model: Any) -> str:
    """One line about one error at `place` of a file that should hold `model` (a class or a union)."""
    name, context = path_of(place), error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return f"unknown key `{name}`" + remedy(str(place[-1]), _fields(_model(model, place[:-1], error)))
        case "missing":
            return f"`{name}` is missing" + _purpose(_model(model, place[:-1], error), place[-1])
        case "union_tag_invalid":
            return f"no {_noun(place)} of kind `{context['tag']}`" + remedy(context["tag"], _quoted(context["expected_tags"]))
        case "union_tag_not_found":
            return f"{f'`{name}`' if name else 'the file'} says no `kind`" + remedy("", _kinds(model, place))
        case "literal_error" | "enum":
            given = json.dumps(error["input"], default=str).strip('"')
            return f"`{name}`: no `{given}`" + remedy(given, _quoted(context["expected"]))
        case "model_type" | "dict_type" | "mapping_type" | "model_attributes_type":
            return f"{f'`{name}`' if name else 'the file'} should hold keys and values, got {_shown(error['input'])}"
        case "string_type":
            quotes = "" if isinstance(error["input"], dict | list) else "; write it in quotes"
            return f"`{name}` should be text, got {_shown(error['input'])}{quotes}"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"`{name}` should be a whole number, got {_shown(error['input'])}"
        case "float_type" | "float_parsing":
            return f"`{name}` should be a number, got {_shown(error['input'])}"
        case "bool_type" | "bool_parsing":
            return f"`{name}` should be true or false, got {_shown(error['input'])}"
        case "tuple_type" | "list_type":
            return f"`{name}` should be a list, got {_shown(error['input'])}"
        case "too_short":
            return f"`{name}` should hold at least {context['min_length']}, not {context['actual_length']}"
        case "inconsistent":
            return str(context["fact"])
        case "value_error":
            return f"`{name}`: {context['error']}" if name else str(context["error"])
        case _:
            message = error["msg"][0].lower() + error["msg"][1:]
            return f"`{name}`: {message}, got {_shown(error['input'])}"


def path_of(place: tuple[str | int, ...]) -> str:
    """`simulator.items[3].name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


def remedy(given: str, known: Iterable[str]) -> str:
    """`, did you mean ...? (known: ...)` for a name that is not among the known ones; of many, only those most like it."""
    known = list(known)
    near = get_close_matches(given.lower(), [name.lower() for name in known], n=1, cutoff=0.6)
    meant = next((name for name in known if near and name.lower() == near[0]), None)
    return (f", did you mean `{meant}`?" if meant else "") + (f" (known: {_listed(given, known)})" if known else "")


MOST_LISTED = 12
"""Names that one line can bear."""


def _listed(given: str, known: list[str]) -> str:
    if len(known) <= MOST_LISTED:
        return ", ".join(known)
    alike = get_close_matches(given, known, n=MOST_LISTED // 2, cutoff=0.0) if given else known[: MOST_LISTED // 2]
    return f"{', '.join(sorted(alike))} and {len(known) - len(alike)} more"


def shown(path: Path) -> str:
    """The path as a user would type it: relative to the working directory where it lies in there."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "keys and values"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _quoted(expected: str) -> list[str]:
    return re.findall(r"'([^']*)'", expected)


def _noun(place: tuple[str | int, ...]) -> str:
    words = [step for step in place if isinstance(step, str)]
    return (words[-1].removesuffix("s") if isinstance(place[-1], int) else words[-1]) if words else "spec"


def _purpose(model: type[BaseModel] | None, key: str | int) -> str:
    """The first sentence of the missing field's docstring."""
    field = model.model_fields.get(str(key)) if model else None
    if not field or not field.description:
        return ""
    sentence = re.split(r"(?<=[^.])\.(?:\s|$)", " ".join(field.description.split()))[0]
    return f" ({sentence[0].lower()}{sentence[1:]})"


def _fields(model: type[BaseModel] | None) -> Iterable[str]:
    return model.model_fields if model else ()


def _kinds(model: Any, place: tuple[str | int, ...]) -> list[str]:
    found = [kind for each in _models(_annotation(model, place)) for kind in _literal(each)]
    return sorted(found)


def _literal(model: type[BaseModel]) -> tuple[str, ...]:
    return get_args(model.model_fields["kind"].annotation) if "kind" in model.model_fields else ()


def _model(model: Any, place: tuple[str | int, ...], error: ErrorDetails) -> type[BaseModel] | None:
    """The class that should be at `place`; in a union the one whose `kind` is among the error's steps."""
    found = list(_models(_annotation(model, place, error["loc"])))
    if len(found) > 1:
        found = [each for each in found if set(_literal(each)) & set(map(str, error["loc"]))] or found
    return found[0] if found else None


def _annotation(model: Any, place: tuple[str | int, ...], loc: tuple[str | int, ...] = ()) -> Any:
    """The type that is declared at `place`."""
    for step in place:
        element = _element(model)
        if element is not None:
            model = element
            continue
        classes = [each for each in _models(model) if step in each.model_fields]
        classes = [each for each in classes if set(_literal(each)) & set(map(str, loc))] or classes
        model = classes[0].model_fields[str(step)].annotation if classes else None
    return model


def _element(annotation: Any) -> Any:
    """What a list or a mapping holds; None for anything else."""
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    if get_origin(annotation) is Annotated:
        return _element(arguments[0])
    if get_origin(annotation) in (tuple, list, dict, Mapping):
        return arguments[-1]
    return None


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    """The classes of a union, or the class itself."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from _models(get_args(annotation)[0])
    elif get_origin(annotation) not in (None, Literal):
        for argument in get_args(annotation):
            yield from _models(argument)
