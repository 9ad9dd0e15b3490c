"""Records a terminal session with the program as an animated SVG: demo.py [--check] PROGRAM DIRECTORY FILE

DIRECTORY has `image`, a root with Debian 13 for arm64, and `app`, an OCI layout with the same image as `arm64`. Both
are changed. With `--check`, FILE is compared with what the program prints today, except for digests and sizes of
layers, which depend on the time at which an image was made, and for the version of its Python, which Debian updates.
The SVG has no script, and shows all of the session where animations are off.
"""

import argparse
import difflib
import os
import pathlib
import re
import subprocess
import sys
from html import escape

SESSION = [
    "# `image` is Debian 13 for arm64. Nothing in it is run.",
    "ensurepip-host status --root image --break-system-packages",
    "ensurepip-host --root image --break-system-packages",
    "ensurepip-host --root image --break-system-packages",
    "# The same image as a file, an OCI layout: pip becomes a layer.",
    "ensurepip-host --image app:arm64 --break-system-packages",
]

COLUMNS = 100
LINE, CHARACTER, MARGIN = 18, 7.9, 18

# Seconds: between two words that are typed, until the program answers, and until the next command.
WORD, ANSWER, READING = 0.15, 0.3, 1.0

STYLE = """
.ground { fill: #f6f8fa; stroke: #d1d9e0 } .text { fill: #1f2328 } .faint { fill: #59636e } .typed { fill: #0550ae }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117; stroke: #3d444d } .text { fill: #f0f6fc } .faint { fill: #9198a1 } .typed { fill: #79c0ff }
}
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre }
@keyframes appear { from { visibility: hidden } to { visibility: visible } }
[style] { animation: appear 1ms both }
@media print, (prefers-reduced-motion: reduce) { [style] { animation: none } }
"""


def record(program, directory, command):
    """Everything that a command prints, as lines. A comment prints nothing."""
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=directory,
        env={"PATH": path, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"error: `{command}` fails with status {done.returncode}:\n{done.stdout}")
    return done.stdout.splitlines()


def at(seconds):
    return f'style="animation-delay: {seconds:.2f}s"'


def draw(session):
    """The SVG of commands and what they print."""
    rows, clock = [], 0.5
    for command, printed in session:
        if command.startswith("#"):
            rows.append(f'<tspan class="faint" {at(clock)}>{escape(command)}</tspan>')
            clock += READING
            continue
        words = []
        for word in ["$", *command.split(" ")]:
            kind = "faint" if word == "$" else "typed"
            words.append(f'<tspan class="{kind}" {at(clock)}>{escape(word)} </tspan>')
            clock += WORD
        rows.append("".join(words))
        clock += ANSWER
        for line in printed:
            # As a terminal wraps it.
            for start in range(0, len(line), COLUMNS):
                rows.append(f"<tspan {at(clock)}>{escape(line[start : start + COLUMNS])}</tspan>")
        clock += READING
        rows.append("")
    rows.pop()
    width, height = COLUMNS * CHARACTER + 2 * MARGIN, len(rows) * LINE + 2 * MARGIN - 6
    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
        f'width="{width:.0f}" height="{height}" role="img">',
        "<title>A terminal in which ensurepip-host puts pip into an image</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1}" rx="8"/>',
    ]
    for number, row in enumerate(rows):
        if row:
            svg.append(f'<text class="text" x="{MARGIN}" y="{MARGIN + number * LINE + 10}">{row}</text>')
    return "\n".join([*svg, "</svg>", ""])


def without_image(svg):
    """The SVG without what depends on the time at which an image was made."""
    for varying in [r"[0-9a-f]{64}", r"\(\d+ bytes\)", r"cpython \d+\.\d+\.\d+"]:
        svg = re.sub(varying, "…", svg)
    return svg


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    for name in ["program", "directory", "file"]:
        parser.add_argument(name, type=pathlib.Path)
    options = parser.parse_args()
    program = options.program.resolve()
    svg = draw([(command, record(program, options.directory, command)) for command in SESSION])
    if not options.check:
        options.file.write_text(svg, encoding="utf-8")
        return
    kept, printed = (
        without_image(text).splitlines(keepends=True) for text in [options.file.read_text(encoding="utf-8"), svg]
    )
    difference = list(difflib.unified_diff(kept, printed, str(options.file), "what the program prints"))
    if difference:
        sys.exit("".join(["error: the demo is not what the program prints\n", *difference]))


if __name__ == "__main__":
    main()
