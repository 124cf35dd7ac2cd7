"""Panels of a figure's SVG file as elements of the page, which its CSS colours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from xml.etree import ElementTree

from reproduce.report.marks import COLOURS, INK, MUTED, RULE, WHITE
from reproduce.report.panels import Panel

VARIABLES = {INK: "ink", MUTED: "muted", RULE: "rule", WHITE: "paper", **{colour: f"s{n}" for n, colour in enumerate(COLOURS)}}
"""What the page's CSS calls these colours; dark mode gives them other values."""


def cut(svg: str, id: str, cells: Sequence[tuple[Panel, tuple[float, float]]]) -> Iterator[str]:
    """Every panel of a figure as an SVG element of its own, with words for a screen reader."""
    for number, ((group, used), (panel, (x, y))) in enumerate(zip(parts(svg, id), cells, strict=True)):
        width, height = panel.size
        name = f"{id}-{number}"
        box = " ".join(f"{72 * inches:g}" for inches in (x, y, width, height))
        named = f'role="img" aria-labelledby="{name}-t {name}-d"'
        words = f'<title id="{name}-t">{escape(panel.title)}</title><desc id="{name}-d">{escape(panel.spoken)}</desc>'
        yield f'<svg viewBox="{box}" {named}>{words}{used}{group}</svg>'


def parts(svg: str, id: str) -> list[tuple[str, str]]:
    """The groups `panel-0`, `panel-1`, ... of an SVG file, each with the definitions that it uses; `id` makes ids unique."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
        element.attrib = {name.split("}")[-1]: value for name, value in element.attrib.items()}
    groups = [each for each in root.iter("g") if each.get("id", "").startswith("panel-")]
    defined = {each.attrib["id"]: each for defs in root.iter("defs") for each in defs if "id" in each.attrib}
    for parent in list(root.iter()):
        for defs in parent.findall("defs"):
            parent.remove(defs)
    found = []
    for number, group in enumerate(groups):
        for element in group.iter("g"):
            element.attrib.pop("id", None)
        text = ElementTree.tostring(group, encoding="unicode")
        used = sorted(set(re.findall(r"#([mph][0-9a-f]{8,})", text)))
        marks = "".join(ElementTree.tostring(defined[each], encoding="unicode") for each in used)
        shown, needed = (_tidy(re.sub(r"\b([mph][0-9a-f]{8,})", rf"{id}-{number}-\1", part)) for part in (text, marks))
        found.append((shown, f"<defs>{needed}</defs>" if marks else ""))
    return found


def _tidy(svg: str) -> str:
    """Short numbers, the page's own font, and colours as the page's CSS names them."""
    svg = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", svg)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r'="[^"]*"', lambda found: re.sub(r"(\d\.\d{2})\d+", r"\1", found[0]), svg)  # coordinates, never words
    svg = re.sub("|".join(VARIABLES), lambda found: f"var(--{VARIABLES[found[0]]})", svg)
    return re.sub(r"\s+", " ", svg).replace("> <", "><").strip()
