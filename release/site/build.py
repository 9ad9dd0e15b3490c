"""Builds the documentation as a site: build.py DIRECTORY

mdBook, from PATH, renders the pages that `SUMMARY.md` lists. They are where they are in the repository, so that a link
works there and in the site alike: this lays them out for mdBook in a temporary directory at the same paths, with the
files that they link to. Then every link of the site is checked (`links.py`).
"""

import os
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile

import links

OWN = pathlib.Path(__file__).resolve().parent
REPOSITORY = OWN.parent.parent

# A link or an image of a page, and its target without the anchor.
LINK = re.compile(r"(\]\()([^)#\s]+)")


def targets(page):
    """The paths in the repository that a page links to."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    relative = (target for _, target in LINK.findall(text) if "://" not in target)
    return [posixpath.normpath(posixpath.join(posixpath.dirname(page), target)) for target in relative]


def lay_out(source):
    """Copies the summary, its pages, and the files that these link to. The summary must have all of `docs/`."""
    own = (OWN / "SUMMARY.md").relative_to(REPOSITORY).as_posix()
    pages = targets(own)
    documents = (path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob("docs/*.md"))
    missing = sorted(set(documents).difference(pages))
    if missing:
        sys.exit(f"error: {own} lacks {', '.join(missing)}")
    summary = LINK.sub(
        lambda link: link[1] + posixpath.normpath(posixpath.join(posixpath.dirname(own), link[2])),
        (REPOSITORY / own).read_text(encoding="utf-8"),
    )
    for path in {*pages, *(target for page in pages for target in targets(page))}:
        if (REPOSITORY / path).is_file() and (path in pages or not path.endswith(".md")):
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / path, source / path)
    (source / "SUMMARY.md").write_text(summary, encoding="utf-8")


def main():
    [site] = sys.argv[1:]
    site = pathlib.Path(site).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for name in ["book.toml", "tables.css"]:
            shutil.copyfile(OWN / name, scratch / name)
        lay_out(scratch / "src")
        # Its warnings are about the tags in `docs/wit.md`, which another tool generates.
        environment = {**os.environ, "MDBOOK_LOG": "error"}
        subprocess.run(["mdbook", "build", "--dest-dir", site, scratch], env=environment, check=True)
    sys.exit("\n".join(links.faults(site)) or 0)


if __name__ == "__main__":
    main()
