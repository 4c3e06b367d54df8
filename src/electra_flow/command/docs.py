"""`electra-flow docs`: the pages that say how things are done."""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

PAGES = Path(__file__).parents[1] / "docs"


def run(options: argparse.Namespace) -> int:
    """Show a page, or which there are; return 2 if there is no such page."""
    pages = {path.stem: path for path in PAGES.glob("*.md")}
    pages = dict(sorted(pages.items()))
    if options.page is None:
        width = max(map(len, pages))
        for name, path in pages.items():
            print(f"{name:{width}}  {_title(path)}")
        print("\nCada una se muestra con: uv run electra-flow docs PÁGINA")
        return 0
    wanted = options.page.strip().casefold().removesuffix(".md")
    if wanted not in pages:
        near = difflib.get_close_matches(wanted, pages, cutoff=0.5)
        which = f"Se parecen: {', '.join(near)}." if near else f"Las que hay: {', '.join(pages)}."
        print(f"No hay una página «{options.page}». {which}", file=sys.stderr)
        return 2
    _show(pages[wanted].read_text(encoding="utf-8"))
    return 0


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("#").strip()


def _show(text: str) -> None:
    """Print Markdown, drawn where a person reads it."""
    if not sys.stdout.isatty():
        print(text, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))
