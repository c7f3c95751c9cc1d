"""The plot of `benchmarks/freshness.py`."""

from pathlib import Path
from typing import Any

import altair as alt

_COLORS = {
    "oldest first": "#8c510a",
    "plan": "#1f78b4",
    "plan with sightings": "#08306b",
    "true rates": "#4d9221",
    "every change": "#7a7a7a",
}


def draw(stale: dict[str, list[float]], counted: int, path: Path) -> None:
    """Write a plot of the percentage of stale pages by night, one line a policy; the last nights are those counted."""
    nights = len(next(iter(stale.values())))
    rows: list[dict[str, Any]] = [
        {"night": night + 1, "stale": each, "policy": name}
        for name, shares in stale.items()
        for night, each in enumerate(shares)
    ]
    night = alt.X("night:Q", title="night", scale=alt.Scale(domain=[0, nights * 1.2], nice=False), axis=alt.Axis(
        values=list(range(0, nights + 1, 30)), grid=False))  # fmt: skip
    share = alt.Y("stale:Q", title="stale pages, %", scale=alt.Scale(zero=True))
    color = alt.Color("policy:N", legend=None, scale=alt.Scale(domain=[*_COLORS], range=[*_COLORS.values()]))
    lines = alt.Chart(alt.InlineData(values=rows)).mark_line(strokeWidth=2).encode(x=night, y=share, color=color)
    places = _apart({name: shares[-1] for name, shares in stale.items()}, max(each["stale"] for each in rows) / 20)
    ends = [{"night": nights + 2, "stale": place, "policy": name} for name, place in places.items()]
    labels = alt.Chart(alt.InlineData(values=ends)).mark_text(align="left", fontSize=13)
    labels = labels.encode(x=night, y=share, text="policy:N", color=color)
    since = alt.Chart(alt.InlineData(values=[{"night": nights - counted}])).mark_rule(
        strokeDash=[4, 4], color="#999999"
    )
    note = alt.Chart(alt.InlineData(values=[{"night": nights - counted + 2, "text": "counted from here"}]))
    note = note.mark_text(align="left", baseline="top", fontSize=12, color="#666666").encode(
        x=night, y=alt.value(2), text="text:N"
    )
    chart = (since.encode(x=night) + note + lines + labels).properties(width=680, height=360, background="white")
    path.parent.mkdir(exist_ok=True)
    chart.configure_axis(labelFontSize=12, titleFontSize=13).configure_view(stroke=None).save(str(path))


def _apart(ends: dict[str, float], least: float) -> dict[str, float]:
    """Return where labels stand: at the ends of their lines, moved up where they would touch the one below."""
    places: dict[str, float] = {}
    below = float("-inf")
    for name, end in sorted(ends.items(), key=lambda each: each[1]):
        below = places[name] = max(end, below + least)
    return places
