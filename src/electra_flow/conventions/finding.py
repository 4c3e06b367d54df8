"""A finding: where, which convention, what is wrong and what to write."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Finding:
    """A finding.

    Attributes:
        path: The file, from the project's folder, with «/».
        line: The line, from 1.
        column: The column, from 1.
        rule: The convention: «EF04 carga-al-importar».
        text: What is wrong and what to write, in Spanish.
        lines: The lines on which an exemption reaches it.
    """

    path: str
    line: int
    column: int
    rule: str
    text: str
    lines: frozenset[int] = field(default=frozenset(), compare=False)

    @property
    def code(self) -> str:
        """What an exemption names: «EF04», or ruff's own code."""
        return self.rule.split()[0]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.rule}  {self.text}"
