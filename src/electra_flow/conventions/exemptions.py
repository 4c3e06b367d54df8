"""The exemptions, `# noqa: EF05 - motivo`: what each reaches, and that it says why."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from electra_flow.conventions.finding import Finding
from electra_flow.conventions.of_ruff import CODE
from electra_flow.conventions.rules import EXEMPTIONS
from electra_flow.conventions.source import Source

_CODES = r"[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*"
_NOQA = re.compile(rf"#\s*(?P<file>ruff:\s*)?noqa:\s*(?P<codes>{_CODES})(?P<reason>[^#]*)", re.I)


@dataclass
class _Exemption:
    line: int
    column: int
    codes: frozenset[str]
    has_reason: bool
    of_file: bool
    used: set[str] = field(default_factory=set)

    def reaches(self, finding: Finding) -> bool:
        return finding.code in self.codes and (
            self.of_file or self.line == finding.line or self.line in finding.lines
        )


def apply_exemptions(source: Source, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what is exempted in a file, and add what is wrong with its exemptions."""
    exemptions = list(_exemptions(source.content))
    findings = list(findings)
    for finding in findings:
        if finding.code == "PGH004":
            yield _with_code(finding, findings)
            continue
        reaching = [item for item in exemptions if item.reaches(finding)]
        for item in reaching:
            item.used.add(finding.code)
        if not any(item.has_reason for item in reaching):
            yield finding
    for item in exemptions:
        for text in _problems(item):
            yield Finding(source.path, item.line, item.column, str(EXEMPTIONS), text)


def _with_code(bare: Finding, findings: list[Finding]) -> Finding:
    """Name in what is said of a bare exemption the codes that it would need."""
    codes = sorted({item.code for item in findings if item.line == bare.line} - {bare.code})
    if codes:
        return replace(bare, text=bare.text.replace(CODE, ", ".join(codes)))
    return replace(bare, text=f"{bare.text}, con el código que aparece acá al sacarla")


def _problems(item: _Exemption) -> Iterator[str]:
    if not item.has_reason:
        codes = ", ".join(sorted(item.codes))
        yield f"La excepción no dice por qué; escribí: # noqa: {codes} - motivo"
        return
    # Of other codes ruff says it, in the project's own settings.
    for code in sorted(item.codes - item.used):
        if re.fullmatch(r"EF\d\d|T201|TID251|DTZ\d+", code):
            yield f"No hay nada que exceptuar de {code} en esta línea; borrá la excepción."


def _exemptions(content: str) -> Iterator[_Exemption]:
    if "noqa" not in content.lower():
        return
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        match = _NOQA.search(token.string) if token.type == tokenize.COMMENT else None
        if match:
            line, column = token.start
            yield _Exemption(
                line,
                column + match.start() + 1,
                frozenset(re.findall(r"[A-Z]+[0-9]+", match["codes"].upper())),
                bool(re.search(r"[^\W\d_]{3}", match["reason"])),
                bool(match["file"]),
            )
