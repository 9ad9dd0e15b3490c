#!/usr/bin/env python3
"""Draws what was measured, as an SVG: a bar for each median, and a line from the least to the most.

    plot.py FILE... >FILE.svg    from the JSON files that `compare.py` and `scale.py` write

Every scale begins at zero, so that the lengths of bars are to each other as the times are. It is
readable in the light and in the dark, also where it is shown as an image and the page has no say.
"""

import html
import json
import math
import statistics
import sys

from report import base_of

STYLE = """
.ground { fill: #ffffff } .text { fill: #1f2328 } .faint { fill: #59636e }
.grid { stroke: #d1d9e0 } .whisker { stroke: #1f2328; stroke-width: 1.5 }
.ours { fill: #2a78d6 } .other { fill: #a3acb5 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } .text { fill: #f0f6fc } .faint { fill: #9198a1 }
.grid { stroke: #3d444d } .whisker { stroke: #f0f6fc }
.ours { fill: #4493f8 } .other { fill: #656c76 }
}
text { font: 13px system-ui, sans-serif } .title { font-weight: 600; font-size: 15px }
.small { font-size: 11px }
"""

WIDTH, LABELS, NUMBERS, MARGIN = 1000, 455, 90, 20
ROW, BAR = 24, 14
# Groups of cases: a heading, and what of a case is drawn.
PANELS = {
    "nothing to install": ("Nothing to install, ms", 1),
    "no bytecode": ("pip without bytecode, ms", 1),
    "with bytecode": ("pip with bytecode, ms", 1),
    "files": ("Wheels of many files, microseconds a file beyond the first 10", 1000),
    "roots": ("pip into many roots, without bytecode, ms a root", 1),
}


def main():
    panels, told = [], []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
        panels += panels_of(result)
        told.append(result["facts"])
    if not panels:
        sys.exit("usage: plot.py FILE...")
    print(draw(panels, told[0]))


def panels_of(result):
    """Headings, each with its bars: a name, whether it is ours, and the three numbers."""
    panels = []
    for group, (title, unit) in PANELS.items():
        bars = []
        wall, count = base_of(result, group)
        for case in result["cases"]:
            if case["group"] == group and (case["count"] or 1) > count:
                walls = [sample["wall_ms"] for sample in result["samples"][case["name"]]]
                numbers = min(walls), statistics.median(walls), max(walls)
                each = unit / ((case["count"] or 1) - count)
                is_ours = case["count"] or case["name"].startswith("ensurepip-host")
                bars.append((case["name"], is_ours, [(number - wall) * each for number in numbers]))
        if bars:
            panels.append((title, bars))
    return panels


def draw(panels, facts):
    """The whole drawing."""
    parts, top = [], MARGIN
    for title, bars in panels:
        parts.append(label(MARGIN, top + 14, title, "text title"))
        top = draw_panel(parts, bars, top + 26) + MARGIN
    told = "; ".join(facts[name] for name in ("machine", "runs") if name in facts)
    note = f"Medians, and lines from the least to the most. {told}"
    parts.append(label(MARGIN, top, note, "faint small"))
    height = top + MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img">',
        "<title>How long it takes to install pip</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
        *parts,
        "</svg>",
    ])


def draw_panel(parts, bars, top):
    """Draws bars below one another, and returns where they end."""
    most = max(numbers[2] for _, _, numbers in bars)
    step = step_for(most)
    steps = math.ceil(most / step)
    space = WIDTH - LABELS - NUMBERS - MARGIN

    def place(number):
        return LABELS + space * number / (steps * step)

    bottom = top + ROW * len(bars)
    for tick in range(steps + 1):
        x = place(tick * step)
        parts.append(f'<path class="grid" d="M{x:.1f} {top}V{bottom}"/>')
        parts.append(label(x, bottom + 13, f"{tick * step:g}", "faint small", "middle"))
    for index, (name, is_ours, (least, median, most)) in enumerate(bars):
        middle = top + ROW * index + ROW / 2
        kind = "ours" if is_ours else "other"
        parts.append(label(LABELS - 8, middle + 4, name, "text", "end", LABELS - MARGIN - 8))
        parts.append(f'<rect class="{kind}" x="{LABELS}" y="{middle - BAR / 2:.1f}" '
                     f'width="{place(median) - LABELS:.1f}" height="{BAR}"/>')
        parts.append(f'<path class="whisker" d="M{place(least):.1f} {middle:.1f}'
                     f'H{place(most):.1f}"/>')
        parts.append(label(place(most) + 8, middle + 4, f"{median:.4g}", "text"))
    return bottom + 20


def step_for(most):
    """The distance of the lines of a grid: one, two or five, with zeros; there are up to ten."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(power * part for part in (0.1, 0.2, 0.5, 1) if most <= 10 * power * part)


def label(x, y, text, kind, anchor="start", space=None):
    """A line of text; where it is too long for the space, its letters come closer."""
    # No letter is wider in the mean than this.
    is_long = space and len(text) * 6.6 > space
    fit = f' textLength="{space}" lengthAdjust="spacingAndGlyphs"' if is_long else ""
    text = html.escape(text)
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{fit}>{text}</text>'


if __name__ == "__main__":
    main()
