"""Plot the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot

from benchmarks.table import Row

COLORS = {"probe-gate": "#0b6e4f", "curl + jq": "#b3541e", "requests": "#4a6fa5", "limit": "#888888"}
EARLY_COLOR = "#5fb49c"
NOISE_STYLES = (
    ("#b3541e", "-"),
    ("#b3541e", "--"),
    ("#0b6e4f", "-"),
    ("#4a6fa5", "-"),
    ("#0b6e4f", "--"),
    ("#4a6fa5", "--"),
)
"""Color and line of each way to judge a rate."""
WIDTH_INCHES, HEIGHT_INCHES = 7.0, 3.6


def draw_start(rows: Iterable[Row], path: Path) -> None:
    """Draw the instructions of a gate whose run ends immediately, as bars."""
    row = next(row for row in rows if row.what.startswith("gate, run over at once") and "instructions" in row.unit)
    values = {"probe-gate": row.gate, "requests": row.requests, "curl + jq": row.curl, "limit": row.limit}
    labels = {
        "probe-gate": "probe-gate\n3 reports",
        "requests": "a script on requests\n6 requests",
        "curl + jq": "curl and jq in bash\n4 requests",
        "limit": "a bare interpreter",
    }
    shown = [(name, value) for name, value in values.items() if value is not None]
    figure, axes = _new("A complete gate whose run ends immediately", "million instructions", "")
    axes.barh(
        [labels[name] for name, _ in shown], [value for _, value in shown], color=[COLORS[name] for name, _ in shown]
    )
    for place, (_, value) in enumerate(shown):
        axes.text(value, place, f" {value:,.0f}", va="center")
    axes.invert_yaxis()
    axes.margins(x=0.12)
    _save(figure, path)


def draw_polls(rows: Sequence[Row], path: Path) -> None:
    """Draw the CPU time of one poll by the length of the run list."""
    whole = [row for row in rows if row.what == "one poll, read whole"]
    early = [row for row in rows if row.what == "one poll, may stop early"]
    figure, axes = _new("One poll of a listing", "runs in the listing", "CPU ms")
    _line(axes, whole, "curl", "curl + jq", "curl and jq")
    _line(axes, whole, "requests", "requests", "requests, json()")
    _line(axes, whole, "limit", "limit", "json.loads alone, bytes at hand", style="--")
    _line(axes, whole, "gate", "probe-gate", "probe-gate, read whole")
    _line(axes, early, "gate", "probe-gate", "probe-gate, may stop early", color=EARLY_COLOR)
    _save_logarithmic(figure, axes, path)


def draw_fleet(rows: Sequence[Row], path: Path) -> None:
    """Draw the CPU time per target by the number of targets."""
    found = [row for row in rows if row.what == "fleet, for each target" and row.unit == "CPU ms"]
    figure, axes = _new("One gate over many targets", "targets", "CPU ms for each target")
    _line(axes, found, "curl", "curl + jq", "curl and jq")
    _line(axes, found, "requests", "requests", "a script on requests")
    _line(axes, found, "gate", "probe-gate", "probe-gate, with five reports")
    _save_logarithmic(figure, axes, path)


def draw_crowd(arrived: Mapping[str, Counter[int]], limit_per_second: int, path: Path) -> None:
    """Draw the requests in each minute."""
    figure, axes = _new("10,000 pipelines on a platform that allows 200 requests a second", "minutes", "requests/s")
    for name, seconds in arrived.items():
        minutes = range(max(seconds) // 60 + 1)
        means = [sum(seconds[60 * minute + second] for second in range(60)) / 60 for minute in minutes]
        axes.plot(minutes, means, label=name, color=COLORS["probe-gate" if "gate" in name else "curl + jq"])
    axes.axhline(limit_per_second, color=COLORS["limit"], linestyle="--", label="what the platform allows")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    _save(figure, path)


def draw_noise(
    curves: Mapping[int, Mapping[str, Mapping[float, Any]]], labels: Mapping[str, str], limit_percent: float, path: Path
) -> None:
    """Draw the probability of red by the true rate, one panel for each size of a run. `labels` has one for each curve."""
    figure, panels = _subplots(len(curves), 1.5 * WIDTH_INCHES)
    for axes, (size, by_name) in zip(panels, curves.items(), strict=True):
        for (name, label), (color, style) in zip(labels.items(), NOISE_STYLES, strict=True):
            rates = [100 * rate for rate in by_name[name]]
            axes.plot(rates, [100 * point.red for point in by_name[name].values()], style, color=color, label=label)
        axes.axvline(limit_percent, color=COLORS["limit"], linewidth=0.8)
        axes.set_title(f"{size:,} test cases")
        axes.set_xlabel("true attack success rate, percent")
    panels[0].set_ylabel("gates that are red, percent")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    _save(figure, path)


def _new(title: str, x_label: str, y_label: str) -> tuple[Any, Any]:
    figure, (axes,) = _subplots(1, WIDTH_INCHES)
    axes.set_title(title)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.set_axisbelow(True)
    return figure, axes


def _subplots(count: int, width_inches: float) -> tuple[Any, Any]:
    """Return a figure with plots side by side, which share their vertical axis."""
    mpl.rcParams.update({"svg.hashsalt": "probe-gate", "svg.fonttype": "none", "font.size": 9})
    figure, panels = pyplot.subplots(
        1, count, figsize=(width_inches, HEIGHT_INCHES), layout="constrained", sharey=True, squeeze=False
    )
    for axes in panels[0]:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    return figure, panels[0]


def _line(
    axes: Any, rows: Iterable[Row], column: str, name: str, label: str, *, style: str = "-", color: str | None = None
) -> None:
    """Draw one column of the rows by size."""
    points = [(int(row.size.split()[0].replace(",", "")), getattr(row, column)) for row in rows]
    known = [(size, value) for size, value in points if value]
    if known:
        axes.plot(*zip(*known, strict=True), style, marker="o", markersize=4, label=label, color=color or COLORS[name])


def _save_logarithmic(figure: Any, axes: Any, path: Path) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.legend(frameon=False)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    # without the date, so that the same data give the same file
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    pyplot.close(figure)
