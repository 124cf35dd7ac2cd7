"""A table as the README of this folder has them."""

from __future__ import annotations


def table(title: str, rows: list[dict[str, object]]) -> None:
    """Print it in Markdown, under its title."""
    print(f"{title}\n")
    print("|", " | ".join(rows[0]), "|")
    print("|", " | ".join("---" for _ in rows[0]), "|")
    for row in rows:
        print("|", " | ".join(map(str, row.values())), "|")
    print(flush=True)
