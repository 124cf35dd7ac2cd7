"""Small raw files, written and pinned on the spot."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping

import pytest

from reproduce.data.catalog import Layout, RawFile, Role, Source
from reproduce.data.raw import RawFiles

NAMES: dict[str, dict[Role, str]] = {
    "ml-100k": {"ratings": "u.data", "movies": "u.item", "users": "u.user"},
    "ml-1m": {"ratings": "ratings.dat", "movies": "movies.dat", "users": "users.dat"},
    "ml-1m-ranks": {"ratings": "ratings.csv.gz", "movies": "movies.dat", "users": "users.dat"},
    "ml-latest": {"ratings": "ratings.csv", "movies": "movies.csv"},
    "amazon": {"reviews": "reviews.json.gz", "meta": "meta.json"},
    "yelp": {"business": "business.json", "reviews": "reviews.json.gz"},
    "anime": {"ratings": "rating.csv", "anime": "anime.csv"},
}

Write = Callable[..., RawFiles]


@pytest.fixture
def write(tmp_path, monkeypatch) -> Write:
    """Writes files of a layout by role and gives them as a source whose checksums are right."""
    monkeypatch.setenv("REPRODUCE_DATASETS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def write(layout: Layout, contents: Mapping[Role, str | bytes], names: Mapping[Role, str] | None = None) -> RawFiles:
        (tmp_path / "here").mkdir(exist_ok=True)
        files: dict[Role, RawFile] = {}
        for role, content in contents.items():
            name = {**NAMES[layout], **(names or {})}[role]
            stored = content if isinstance(content, bytes) else content.encode("utf-8" if name.endswith("csv") else "latin-1")
            if name.endswith(".gz") and not stored.startswith(b"\x1f\x8b"):
                stored = gzip.compress(stored, mtime=0)
            (tmp_path / "here" / name).write_bytes(stored)
            files[role] = RawFile(path=name, sha256=hashlib.sha256(stored).hexdigest(), url=f"https://example.org/{name}")
        return RawFiles("small", Source(layout=layout, folder="here", files=files, terms="ours"), tmp_path)

    return write
