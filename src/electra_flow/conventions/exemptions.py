"""Las excepciones, `# noqa: EF03 - motivo`: a qué alcanzan, y que digan por qué."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from electra_flow.conventions.findings import EXEMPTION, Finding

if TYPE_CHECKING:
    from electra_flow.conventions.project import Project

WITHOUT_REASON = f"{EXEMPTION} exención-sin-motivo"
UNUSED = f"{EXEMPTION} exención-que-sobra"
_CODES = r"[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*"
_NOQA = re.compile(
    rf"#\s*(?:(?:ruff|flake8)\s*:\s*)?noqa(?:\s*:\s*(?P<codes>{_CODES}))?\b(?P<reason>[^#]*)"
    rf"|#\s*ruff\s*:\s*(?:disable|ignore|file-ignore)\[(?P<listed>[^\]]*)\](?P<why>[^#]*)",
    re.IGNORECASE,
)


@dataclass
class _Exemption:
    path: str
    line: int
    column: int
    codes: frozenset[str]
    reason: str
    used: set[str] = field(default_factory=set)


def apply_exemptions(project: Project, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Saca los hallazgos exceptuados y agrega las excepciones sin motivo o que sobran."""
    by_line = {(exemption.path, exemption.line): exemption for exemption in _exemptions(project)}
    for finding in findings:
        places = ((finding.path, line) for line in {finding.line, *finding.lines})
        reached = [by_line[place] for place in places if place in by_line]
        for exemption in reached:
            if not exemption.codes or exemption.reason and finding.code in exemption.codes:
                exemption.used.add(finding.code)
        reached = [item for item in reached if item.reason and finding.code in item.codes]
        if not reached:
            yield finding
    for item in by_line.values():
        yield from _judge(item)


def _judge(item: _Exemption) -> Iterator[Finding]:
    if not item.codes:
        # Of ruff's own codes nobody knows here: a bare exception hides them from ruff, too.
        codes = ", ".join(sorted(item.used)) or "CÓDIGO"
        text = f"La excepción no dice a qué regla ni por qué; escribí: # noqa: {codes} - motivo"
        if not item.used:
            text += ", con el código que aparece acá al sacarla"
        yield Finding(item.path, item.line, item.column, WITHOUT_REASON, text)
    elif not item.reason:
        codes = ", ".join(sorted(item.codes))
        text = f"La excepción no dice por qué; escribí: # noqa: {codes} - motivo"
        yield Finding(item.path, item.line, item.column, WITHOUT_REASON, text)
    else:
        ours = {code for code in item.codes if re.fullmatch(r"EF\d\d", code)}
        for code in sorted(ours - item.used):
            text = f"No hay nada que exceptuar de {code} en esta línea; borrá la excepción."
            yield Finding(item.path, item.line, item.column, UNUSED, text)


def _exemptions(project: Project) -> Iterator[_Exemption]:
    for module in project.modules.values():
        if re.search("noqa|ruff *:", module.source, re.IGNORECASE):
            for line, column, comment in _comments(module.source):
                yield from _exemptions_in(module.path, line, column, comment)
    for path in project.yaml_files:
        text = path.read_bytes().decode("utf-8", errors="replace")
        for number, line in enumerate(text.split("\n"), 1):
            if start := re.search(r"(?:^|\s)#", line):
                yield from _exemptions_in(path.name, number, start.end(), line[start.end() - 1 :])


def _exemptions_in(path: str, line: int, column: int, comment: str) -> Iterator[_Exemption]:
    for match in _NOQA.finditer(comment):
        listed = match["codes"] or match["listed"] or ""
        codes = frozenset(re.findall(r"[A-Z]+[0-9]+", listed.upper()))
        reason = match["reason"] or match["why"] or ""
        reason = reason if re.search(r"[^\W\d_]{3}", reason) else ""
        yield _Exemption(path, line, column + match.start(), codes, reason)
        return  # ruff también lee una sola por comentario


def _comments(source: str) -> Iterator[tuple[int, int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.start[1] + 1, token.string
    except (tokenize.TokenError, SyntaxError):  # ya se dijo que el archivo no se puede leer
        return
