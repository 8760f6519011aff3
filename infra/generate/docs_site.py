"""Brings the pages outside of ``docs/`` into the documentation site: a hook of MkDocs.

Links between pages are written as they work in the repository. On the site they lead to the same
pages; a link to a file that is no page there becomes its text.
"""

import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import Any, Final

from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "bench/RESULTS.md": "results.md",
}
"""Path in the repository → path on the site."""

_LINK: Final = re.compile(r"(!?)\[((?:[^\]\[]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_BLOCK: Final = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)


def on_config(config: Any) -> Any:
    """Put every decision into the navigation, below their index."""
    folder = ROOT / "docs" / "decisions"
    decisions = [f"decisions/{file.name}" for file in sorted(folder.glob("[0-9]*.md"))]
    for section in config.nav:
        for pages in section.values():
            for page in pages if isinstance(pages, list) else ():
                if page.get("Decisions"):
                    page["Decisions"] = [page["Decisions"], *decisions]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not in ``docs/``."""
    for source, target in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, target, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Turn the links of a page into those of the site."""
    del config
    target = page.file.src_uri
    source = next((name for name, uri in PAGES.items() if uri == target), f"docs/{target}")
    known = {file.src_uri for file in files}
    parts = _BLOCK.split(markdown)
    return "".join(
        part
        if part.startswith("```")
        else _LINK.sub(lambda link: _on_site(link, source, target, known), part)
        for part in parts
    )


def _on_site(link: re.Match[str], source: str, target: str, known: set[str]) -> str:
    image, text, url = link.groups()
    path, hash_, anchor = url.partition("#")
    if "://" in url or not path:
        return link.group()
    in_repository = posixpath.normpath(str(PurePosixPath(source).parent / path))
    if (ROOT / in_repository).is_dir():
        in_repository += "/README.md"
    uri = PAGES.get(in_repository, in_repository.removeprefix("docs/"))
    if uri not in known:
        return str(text)
    relative = posixpath.relpath(uri, posixpath.dirname(target) or ".")
    return f"{image}[{text}]({relative}{hash_}{anchor})"
