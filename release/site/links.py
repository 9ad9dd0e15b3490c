"""Checks the links of a site that is files: links.py DIRECTORY

Every relative link must lead to a file, and its anchor to an element of that page. Links to other sites are not
followed.
"""

import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """The anchors of a page, and what it links to."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links = {""}, []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def faults(site):
    """What is wrong with the links, one line each."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    found, checked = [], 0
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            checked += 1
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            name = path.relative_to(site)
            if not target.is_file():
                found.append(f"{name}: `{link}` leads to no file")
            elif target in pages and urllib.parse.unquote(parts.fragment) not in pages[target].anchors:
                found.append(f"{name}: `{link}` leads to no heading")
    if not checked:
        found.append(f"{site} has no links")
    return found


if __name__ == "__main__":
    site = pathlib.Path(sys.argv[1]).resolve()
    sys.exit("\n".join(faults(site)) or 0)
