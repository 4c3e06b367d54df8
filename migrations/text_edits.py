"""Changes to the text of a Python file, at places that its syntax tree names.

The tree says where something stands, and only that text is changed: comments and layout stay.
"""

from __future__ import annotations

import ast
from typing import NamedTuple


class _Edit(NamedTuple):
    start: int
    end: int
    text: bytes


class TextEdits:
    """Edits of one text, applied together; positions are those of the text before any of them."""

    def __init__(self, text: str) -> None:
        """Take a text that compiles; it raises SyntaxError otherwise."""
        self.tree = ast.parse(text)
        self._bytes = text.encode()  # the columns of a tree count bytes
        self._lines = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._edits: list[_Edit] = []

    def start(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> int:
        """Return where a node begins; a decorated one, with its decorators."""
        first = min(getattr(node, "decorator_list", []), key=lambda d: d.lineno, default=node)
        before = 1 if first is not node else 0  # the @
        return self._lines[first.lineno - 1] + first.col_offset - before

    def end(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> int:
        """Return where a node ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.end_lineno - 1] + node.end_col_offset

    def segment(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """Return the text of a node."""
        return self._bytes[self.start(node) : self.end(node)].decode()

    def replace(self, node: ast.expr | ast.stmt | ast.keyword, text: str) -> None:
        """Write something else in the place of a node."""
        self._edits.append(_Edit(self.start(node), self.end(node), text.encode()))

    def insert(self, position: int, text: str) -> None:
        """Write something before a position."""
        self._edits.append(_Edit(position, position, text.encode()))

    def rename_argument(self, node: ast.keyword, name: str) -> None:
        """Give an argument another name."""
        assert node.arg
        start = self.start(node)
        self._edits.append(_Edit(start, start + len(node.arg.encode()), name.encode()))

    def insert_argument(self, call: ast.Call, text: str) -> None:
        """Write an argument before the others of a call, on a line of its own if they have one."""
        others: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        opening = self._opening(call)
        if not others:
            self.insert(opening, text)
            return
        first = min(map(self.start, others))
        between = self._bytes[opening:first].decode()
        glue = between[between.rindex("\n") :] if "\n" in between else " "
        self.insert(first, f"{text},{glue}")

    def append_argument(self, call: ast.Call, text: str) -> None:
        """Write an argument after the last one of a call, which has some."""
        arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        last = max(map(self.end, arguments))
        self.insert(last, f", {text}")

    def remove_argument(self, node: ast.keyword) -> None:
        """Take an argument out of a call, and its comma."""
        self._remove_item(self.start(node), self.end(node))

    def remove_entry(self, key: ast.expr, value: ast.expr) -> None:
        """Take an entry out of a dictionary, and its comma."""
        self._remove_item(self.start(key), self.end(value))

    def remove_statement(self, node: ast.stmt) -> None:
        """Take a statement out, with its line if nothing else stands there but a `noqa`."""
        start, end = self.start(node), self.end(node)
        rest = self._bytes[end : self._line_end(end)].strip()
        if rest.startswith(b"# noqa"):
            end = self._line_end(end)
        self._remove(start, end)

    def comments_above(self, node: ast.stmt) -> int:
        """Return where the comments directly above a statement begin, or it itself."""
        first = self.start(node)
        line = self._bytes.count(b"\n", 0, first)
        while line and self._bytes[self._lines[line - 1] : self._lines[line]].startswith(b"#"):
            line -= 1
        return self._lines[line]

    def apply(self) -> str:
        """Return the text with all edits made; one inside of what is taken out stays."""
        written, position = b"", 0
        for edit in sorted(self._edits):
            written += self._bytes[position : max(position, edit.start)] + edit.text
            position = max(position, edit.end)
        return (written + self._bytes[position:]).decode()

    def _opening(self, call: ast.Call) -> int:
        return self._bytes.index(b"(", self.end(call.func)) + 1

    def _line_end(self, position: int) -> int:
        end = self._bytes.find(b"\n", position)
        return len(self._bytes) if end < 0 else end

    def _remove_item(self, start: int, end: int) -> None:
        after = self._skip_space_and_comments(end)
        if self._bytes[after : after + 1] == b"," and b"#" not in self._bytes[end:after]:
            self._remove(start, after + 1)
            return
        before = self._bytes[:start].rstrip()  # it was the last one: the comma before it goes
        self._remove(len(before) - 1 if before.endswith(b",") else start, end)

    def _remove(self, start: int, end: int) -> None:
        line = max(edge for edge in self._lines if edge <= start)
        while self._bytes[end : end + 1] in (b" ", b"\t"):
            end += 1
        alone = not self._bytes[line:start].strip()
        if alone and self._bytes[end : end + 1] == b"\n":
            start, end = line, end + 1
        self._edits.append(_Edit(start, end, b""))

    def _skip_space_and_comments(self, position: int) -> int:
        while position < len(self._bytes):
            if self._bytes[position : position + 1].isspace():
                position += 1
            elif self._bytes[position : position + 1] == b"#":
                position = self._line_end(position)
            else:
                break
        return position
