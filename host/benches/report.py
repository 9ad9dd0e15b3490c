#!/usr/bin/env python3
"""Makes tables of what was measured: for a terminal, or in Markdown.

    report.py FILE...    prints the tables of JSON files that the parts have written, in Markdown
"""

import json
import statistics
import sys

LEGEND = """\
wall       ms from the start of the command to its end, with warm caches of the file system
CPU        ms, user and system, of the command and all processes it waited for; the median
peak       MiB resident in the largest single one of these processes (RUSAGE_CHILDREN); the maximum.
           It is no sum: processes at the same time, as a bytecode worker for each CPU, take more.
           Less than a shell takes, 1 to 4 MiB, cannot be told.
files      that the target has more than before, bytecode (.pyc) among them
to         the row of ours, by its letter, that this one is compared with
ours/it    the median wall time of that row of ours, divided by that of this row: below 1,
           ensurepip-host is faster. Where `installed` or `files` differs, so did the work.
it/ours    the other way round: above 1, ensurepip-host is that many times as fast
CPU ours/it  the same as ours/it, of the medians of the CPU times
IMAGE      a tree with a Python in it, which is described from its files and not run
VENV       a virtual environment without pip, whose Python is run
unzip, cp  check nothing and write no scripts: no installer can be expected to be faster
virtualenv makes a whole environment; the pip in it is its own
hardlink   files are not written, but shared with the cache: who changes one changes all"""


INSTALLED = "installed"


def plain(rows):
    """A table for a terminal. The first column is text, and so is what is installed."""
    columns = []
    for column in zip(*rows):
        width = max(map(len, column))
        is_text = not columns or column[0] == INSTALLED
        columns.append([cell.ljust(width) if is_text else cell.rjust(width) for cell in column])
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns))


def markdown(rows):
    """The same for documents."""
    head, *rest = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    named = [[as_code(row[0]), *row[1:]] for row in rest]
    rule = ["---", *("---" if name == INSTALLED else "---:" for name in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *named])


def as_code(name):
    """A command as Markdown has it, with its letter in front of it."""
    letter, colon, command = name.partition(": ")
    if colon:
        return f"**{letter}** `{command}`"
    return f"`{name}`" if " -" in name else name


def facts(told):
    """The circumstances."""
    return "\n".join(f"{name + ':':<9}{fact}" for name, fact in told.items())


def walls(result, case):
    return [sample["wall_ms"] for sample in result["samples"][case["name"]]]


def comparison(result, form):
    """The tables of `compare.py`."""
    groups = dict.fromkeys(case["group"] for case in result["cases"])
    ours = {case["letter"]: medians(result, case) for case in result["cases"]}
    parts = []
    for group in groups:
        columns = "min|median|max|CPU|peak|files|.pyc|to|ours/it|it/ours|CPU ours/it"
        rows = [[f"{group}; wall, CPU: ms", *columns.split("|"), INSTALLED]]
        for case in result["cases"]:
            if case["group"] == group:
                rows.append(compared(result, case, ours))
        parts.append(form(rows))
    return "\n\n".join(["", *parts, text(LEGEND, form), skipped(result, form)])


def compared(result, case, ours):
    """A row."""
    (wall, cpu), last = medians(result, case), result["samples"][case["name"]][-1]
    name = f"{case['letter']}: {case['name']}" if case["letter"] else case["name"]
    files = [str(last["files"]), str(last["pyc"])] if last["installed"] else ["-", "-"]
    base = ours.get(case["against"]) if case["against"] else None
    ratios = ["-"] * 4
    if base:
        quotients = (base[0] / wall, wall / base[0], base[1] / cpu)
        ratios = [case["against"], *(f"{quotient:.2f}" for quotient in quotients)]
    return [name, *measured(result, case), *files, *ratios, last["installed"] or "-"]


def medians(result, case):
    """The medians of wall time and CPU time."""
    samples = result["samples"][case["name"]]
    return tuple(statistics.median(sample[name] for sample in samples)
                 for name in ("wall_ms", "cpu_ms"))


def measured(result, case):
    """Wall time (the least, the median and the most), CPU time and memory."""
    samples = result["samples"][case["name"]]
    cpus, peaks = ([sample[name] for sample in samples] for name in ("cpu_ms", "peak_mib"))
    of = walls(result, case)
    numbers = (min(of), statistics.median(of), max(of), statistics.median(cpus), max(peaks))
    return [f"{number:.1f}" for number in numbers]


def base_of(result, group):
    """What is no growth: of files the wall time and number of the smallest wheel; of roots nothing."""
    cases = [case for case in result["cases"] if case["group"] == group == "files"]
    if len(cases) < 2:
        return 0, 0
    smallest = min(cases, key=lambda case: case["count"])
    return statistics.median(walls(result, smallest)), smallest["count"]


def scaling(result, form):
    """The tables of `scale.py`."""
    parts = []
    for group, unit in (("files", "file more"), ("roots", "root")):
        rows = [["wall, CPU: ms", "min", "median", "max", "CPU", "peak", f"ms per {unit}"]]
        wall, count = base_of(result, group)
        for case in result["cases"]:
            if case["group"] == group:
                more = statistics.median(walls(result, case)) - wall
                each = f"{more / (case['count'] - count):.4f}" if case["count"] > count else "-"
                rows.append([case["name"], *measured(result, case), each])
        if len(rows) > 1:
            parts.append(form(rows))
    return "\n\n".join(["", *parts, skipped(result, form)])


def imaging(result, form):
    """The table of `images.py`, with the times of ours divided by those of the row."""
    ours = {case["letter"]: medians(result, case) for case in result["cases"] if case["letter"]}
    rows = [["wall, CPU: ms", "min", "median", "max", "CPU", "peak",
             *(f"{letter}/it" for letter in "ab"), *(f"CPU {letter}/it" for letter in "ab")]]
    for case in result["cases"]:
        of = medians(result, case)
        name = f"{case['letter']}: {case['name']}" if case["letter"] else case["name"]
        ratios = [f"{ours[letter][kind] / of[kind]:.3f}" for kind in (0, 1) for letter in "ab"]
        rows.append([name, *measured(result, case), *ratios])
    return "\n\n".join(["", form(rows), skipped(result, form)])


def counting(result, form):
    """The table of `instructions.py`."""
    rows = [["instructions", "min", "median", "max", "spread"]]
    for name, counts in result["counts"].items():
        median = statistics.median(counts)
        spread = f"{100 * (max(counts) - min(counts)) / median:.2f} %"
        told = (f"{count / 1e6:.3f} M" for count in (min(counts), median, max(counts)))
        rows.append([name, *told, spread])
    return "\n\n".join(["", form(rows), skipped(result, form)])


def skipped(result, form):
    return text("\n".join(f"skipped: {line}" for line in result["skipped"]), form)


def text(lines, form):
    """Text as it stands, also in Markdown."""
    return f"```text\n{lines}\n```" if lines and form is markdown else lines


def main():
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
        groups = {case["group"] for case in result.get("cases", ())}
        is_scale = groups & {"files", "roots"}
        kind = counting if "counts" in result else scaling if is_scale else comparison
        kind = imaging if groups == {"images"} else kind
        # Where it was run is nobody's business.
        told = {name: fact for name, fact in result["facts"].items()
                if name not in ("program", "place")}
        print(text(facts(told), markdown), kind(result, markdown), "", sep="\n")


if __name__ == "__main__":
    main()
