"""Charts as SVG without scripts, styles or fonts of their own: their colours are variables of the page's style sheet.

What a chart shows stands beside it as a table; to a screen reader it is one image with a name.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import altair as alt
import vl_convert

from registry.vocabularies import codes
from trials.screen import inert

_WIDTH = 440  # pixels: fits a telephone held upright without its texts becoming small
_STEP = 18  # pixels a bar takes
_MOST_BARS = 30
_COLORS = tuple(f"var(--c{number})" for number in range(1, 8))
_SHADES = tuple(f"var(--s{number})" for number in range(6))
_INK, _GRID = "var(--ink)", "var(--grid)"
_NOISE = re.compile(r' (?:role|aria-[a-z]+|pointer-events|class)="[^"]*"| xmlns:xlink="[^"]*"')
_SIZE = re.compile(r'^<svg [^>]*?width="([0-9.]+)" height="([0-9.]+)"[^>]*>')


def bars(counts: Sequence[tuple[str, float]], name: str, unit: str, most: float | None = None) -> str:
    """Return horizontal bars, one for each text, in the order given; `most` is where the axis ends."""
    rows = [{"what": what[:60], "count": number} for what, number in counts[:_MOST_BARS]]
    scale = alt.Undefined if most is None else alt.Scale(domain=[0, most])
    chart = alt.Chart(_values(rows)).mark_bar(color=_COLORS[0]).encode(
        y=alt.Y("what:N", sort=None, title=None, axis=alt.Axis(labelLimit=190)),
        x=alt.X("count:Q", title=unit, axis=alt.Axis(format=_format(rows), tickCount=4), scale=scale),
    )  # fmt: skip
    return _svg(chart.properties(height=alt.Step(_STEP)), name)


def columns(counts: Sequence[tuple[int, float]], name: str, title: str, unit: str) -> str:
    """Return vertical bars over whole numbers, such as years."""
    rows = [{"at": at, "to": at + 1, "count": number} for at, number in counts]
    years = alt.Axis(format="d", tickCount=8, grid=False)
    chart = alt.Chart(_values(rows)).mark_bar(color=_COLORS[0]).encode(
        x=alt.X("at:Q", bin="binned", title=title, axis=years, scale=alt.Scale(zero=False)),
        x2="to:Q",
        y=alt.Y("count:Q", title=unit, axis=alt.Axis(format=_format(rows), tickCount=4)),
    )  # fmt: skip
    return _svg(chart.properties(height=180), name)


def stacked(rows: Sequence[tuple[str, Mapping[str, float]]], parts: Sequence[str], name: str, unit: str) -> str:
    """Return a horizontal bar for each text, of parts in their order; `legend_of` says their colours."""
    flat = _flat(rows[:_MOST_BARS], parts)
    chart = alt.Chart(_values(flat)).mark_bar().encode(
        y=alt.Y("what:N", sort=None, title=None, axis=alt.Axis(labelLimit=190)),
        x=alt.X("count:Q", title=unit, axis=alt.Axis(format=_format(flat), tickCount=4)),
        color=_colored(parts),
        order="order:Q",
    )  # fmt: skip
    return _svg(chart.properties(height=alt.Step(_STEP)), name)


def over_nights(rows: Sequence[tuple[str, Mapping[str, float]]], parts: Sequence[str], name: str, unit: str) -> str:
    """Return a vertical bar for each night, in the order given, of parts; `legend_of` says their colours."""
    days = [day for day, _ in rows]
    some = alt.Axis(labelAngle=-90, values=days[:: len(days) // 12 + 1])
    flat = _flat(rows, parts)
    chart = alt.Chart(_values(flat)).mark_bar().encode(
        x=alt.X("what:O", sort=None, title=None, axis=some),
        y=alt.Y("count:Q", title=unit, axis=alt.Axis(format=_format(flat), tickCount=4)),
        color=_colored(parts),
        order="order:Q",
    )  # fmt: skip
    return _svg(chart.properties(height=160), name)


def world(counts: Mapping[str, int], name: str) -> str:
    """Return a map of the countries, shaded by their numbers in steps of ten; keys are ISO 3166-1 alpha-2 codes."""
    shades = [{"id": code, "shade": str(min(len(str(number)), len(_SHADES) - 1))} for code, number in counts.items()]
    domain = [str(step) for step in range(len(_SHADES))]
    shapes = alt.InlineData(values=_shapes(), format=alt.TopoDataFormat(feature="countries", type="topojson"))
    looked_up = alt.LookupData(_values(shades or [{"id": "", "shade": "0"}]), "id", ["shade"])
    chart = alt.Chart(shapes).mark_geoshape(stroke="var(--paper)", strokeWidth=0.4).transform_lookup(
        lookup="id", from_=looked_up, default="0",
    ).encode(
        fill=alt.Fill("shade:N", scale=alt.Scale(domain=domain, range=list(_SHADES)), legend=None)
    ).project("equalEarth")  # fmt: skip
    return _svg(chart.properties(width=640, height=310), name)


def is_on_map(code: str) -> bool:
    """Whether the map shows a country; those that are too small for its scale are in the table only."""
    return code in _drawn()


def legend_of(parts: Sequence[str]) -> list[tuple[str, str]]:
    """Return the parts of bars, each with the class of the style sheet that has its colour."""
    return [(part, f"c{number}") for number, part in enumerate(parts, start=1)]


def legend_of_world() -> list[tuple[str, str]]:
    """Return what the shades of the map stand for, each with the class of the style sheet that has it."""
    steps = ["0", "1–9", "10–99", "100–999", "1,000–9,999", "10,000 and more"]
    return [(step, f"s{number}") for number, step in enumerate(steps)]


@cache
def _shapes() -> dict[str, Any]:
    """Return the outlines of the countries: Natural Earth 1:110m, which is in the public domain, as TopoJSON."""
    shapes: dict[str, Any] = json.loads((files("trials.morning") / "world.json").read_text(encoding="utf-8"))
    return shapes


@cache
def _drawn() -> frozenset[str]:
    drawn = {shape.get("id") for shape in _shapes()["objects"]["countries"]["geometries"]}
    return codes("countries") & drawn


def _values(rows: Sequence[Mapping[str, object]]) -> alt.InlineData:
    """Return rows with inert texts: a NUL in one would end the program, without an error."""
    return alt.InlineData(values=[{name: _inert(value) for name, value in row.items()} for row in rows])


def _inert(value: object) -> object:
    return inert(value) if isinstance(value, str) else value


def _format(rows: Sequence[Mapping[str, object]]) -> str:
    """Return how numbers stand at an axis: whole up to ten thousand, then as 12k."""
    most = max((float(str(row["count"])) for row in rows), default=0)
    return ",~g" if most < 10_000 else "~s"


def _flat(rows: Sequence[tuple[str, Mapping[str, float]]], parts: Sequence[str]) -> list[dict[str, object]]:
    return [
        {"what": what[:60], "part": part, "order": order, "count": counts.get(part, 0)}
        for what, counts in rows
        for order, part in enumerate(parts)
    ]


def _colored(parts: Sequence[str]) -> alt.Color:
    return alt.Color(
        "part:N",
        scale=alt.Scale(domain=[*map(inert, parts)], range=list(_COLORS[: len(parts)])),
        legend=None,
    )


def _svg(chart: alt.Chart, name: str) -> str:
    """Return a chart as an element of SVG that takes the colours of the page around it."""
    if chart.width is alt.Undefined:
        chart = chart.properties(width=_WIDTH, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    chart = chart.properties(background="transparent").configure(font="Arial, sans-serif").configure_view(stroke=None)
    chart = chart.configure_axis(
        labelColor=_INK, titleColor=_INK, gridColor=_GRID, domainColor=_GRID, tickColor=_GRID, labelFontSize=11,
        titleFontSize=11, titleFontWeight="normal",
    )  # fmt: skip
    svg = _NOISE.sub("", vl_convert.vegalite_to_svg(chart.to_dict(validate=False)))
    shown = name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return _SIZE.sub(
        lambda size: (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{shown}" width="{size[1]}" '
            f'height="{size[2]}" viewBox="0 0 {size[1]} {size[2]}">'
        ),
        svg,
    )
