"""The models of all YAML files: closed and immutable at every level, documented, and without a field that nothing reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from reproduce.data.catalog import Catalog
from reproduce.paper import Paper
from reproduce.params import Params
from reproduce.project import Project
from reproduce.spec import FrozenDict, Spec

ROOT = Path(__file__).parents[1]
SOURCES = {path: path.read_text() for path in sorted((ROOT / "src").rglob("*")) if path.suffix in (".py", ".j2")}
PROJECT = Project.here(ROOT)
READ = {
    "params.yaml": PROJECT.params,
    "specs/datasets.yaml": Catalog.load(ROOT),
    **{f"specs/{key}.yaml": PROJECT.document(key).value for key in PROJECT.spec_keys()},
    **{f"specs/{name}/paper.yaml": PROJECT.paper(name) for name in PROJECT.papers()},
}


def models(annotation: Any, seen: set[type[BaseModel]] | None = None) -> set[type[BaseModel]]:
    """Every class that can stand somewhere in a file of this type."""
    seen = set() if seen is None else seen
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation not in seen:
            seen.add(annotation)
            for field in annotation.model_fields.values():
                models(field.annotation, seen)
    else:
        for argument in get_args(annotation):
            models(argument, seen)
    return seen


MODELS = sorted(models(Spec) | models(Params) | models(Paper) | models(Catalog), key=lambda model: model.__name__)
FIELDS = [(model, name) for model in MODELS for name in model.model_fields]


def test_there_are_models_to_check():
    assert len(MODELS) >= 30
    assert len(FIELDS) >= 100


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_unknown_key_is_an_error_at_every_level(model):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        model.model_validate({"surprise": 1})


def values(value: object) -> Iterator[object]:
    """A value and everything in it."""
    yield value
    inside = vars(value).values() if isinstance(value, BaseModel) else value.values() if isinstance(value, Mapping) else ()
    for each in (*inside, *(value if isinstance(value, tuple) else ())):
        yield from values(each)


@pytest.mark.parametrize("value", READ.values(), ids=READ)
def test_a_file_that_was_read_is_immutable_at_every_level(value):
    for each in values(value):
        assert isinstance(each, BaseModel | FrozenDict | tuple | str | int | float | bool | None), type(each)
        if isinstance(each, BaseModel):
            for name in type(each).model_fields:
                with pytest.raises(ValidationError, match="frozen"):
                    setattr(each, name, None)


def test_a_frozen_mapping_refuses_every_change():
    mapping = FrozenDict({"a": 1})
    for change in (
        lambda: mapping.__setitem__("a", 2),
        lambda: mapping.__delitem__("a"),
        lambda: mapping.update(b=2),
        lambda: mapping.__ior__({"b": 2}),
        mapping.clear,
        mapping.popitem,
        lambda: mapping.pop("a"),
        lambda: mapping.setdefault("b", 2),
    ):
        with pytest.raises(TypeError, match="immutable"):
            change()
    assert mapping == {"a": 1}


def test_knobs_survive_a_copy_to_another_process():
    import copy
    import pickle

    assert copy.deepcopy(PROJECT.params) == PROJECT.params == pickle.loads(pickle.dumps(PROJECT.params))
    assert Params.model_validate(PROJECT.params.model_dump()) == PROJECT.params


@pytest.mark.parametrize(("model", "field"), FIELDS, ids=lambda part: getattr(part, "__name__", part))
def test_something_reads_every_field(model, field):
    home = Path(__import__("sys").modules[model.__module__].__file__)
    used = re.compile(rf"\b{field}\b")
    own = re.compile(rf"(\.|\()\s*{field}\b")  # in its own module: as an attribute, not its declaration
    assert any(used.search(text) for path, text in SOURCES.items() if path != home) or own.search(SOURCES[home])


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_and_every_number_is_documented(model):
    assert model.__doc__
    for name, field in model.model_fields.items():
        if field.annotation in (int, float, bool):
            assert field.description, f"{model.__name__}.{name} has no docstring"


def test_decisions_that_papers_leave_open_are_fields():
    """Ids that a docstring of a field starts with; those that are missing are fixed or belong to runs that do not exist yet."""
    described = [field.description or "" for model in MODELS for field in model.model_fields.values()]
    named = {int(number) for text in described for number in re.findall(r"\bDG-D(\d+)", text)}
    assert named >= {1, 2, 3, 5, 6, 7, 8, 10, 11, 15, 16, 17, 18, 19, 20}
