"""`PROJECT` of a deploy.py: its pools, source and entrypoint become environments and deployments."""

from __future__ import annotations

import ast
import textwrap

from migrations.deploy_names import FILE, Names, text_of
from migrations.problem import uncertain
from migrations.text_edits import TextEdits

_KEYWORDS = {
    "source", "entrypoint", "timezone", "pools", "secrets", "variables", "blocks", "env", "watchdog",
    "private_libraries",
}  # fmt: skip
_MOVED = {"source", "entrypoint", "pools"}
_FOLDER_OF_FILE = {
    f"{path}.{parent}"
    for path in ("Path(__file__)", "Path(__file__).resolve()", "Path(__file__).absolute()")
    for parent in ("parent", "parents[0]")
}


class ProjectCall:
    """The call of Project, and what of it goes elsewhere.

    Attributes:
        entrypoint: The text of the flow's entrypoint, which each deployment will have.
        timezone: The project's zone.
    """

    def __init__(self, edits: TextEdits, names: Names) -> None:
        """Find the call.

        Raises:
            CannotThinError: There is none, there are several, or it is not written out.
        """
        self._edits, self._names = edits, names
        calls = names.calls("Project")
        if len(calls) != 1:
            where = calls[1] if calls else edits.tree
            raise uncertain(FILE, where, f"tiene que haber un Project(…), y hay {len(calls)}")
        (self._call,) = calls
        self._keywords: dict[str, ast.keyword] = {}
        for keyword in self._call.keywords:
            if keyword.arg not in _KEYWORDS:
                what = f"{keyword.arg}=" if keyword.arg else "**"
                raise uncertain(FILE, keyword, f"Project(…) lleva {what}; escribilo sin eso")
            self._keywords[keyword.arg] = keyword
        for name in ("source", "entrypoint", "timezone", "pools"):
            if name not in self._keywords:
                raise uncertain(FILE, self._call, f"a Project(…) le falta {name}=")
        self.timezone = self._keywords["timezone"].value
        self.entrypoint = self._entrypoint()
        self._refuse_readers()

    def rewrite(self, log_folder: str) -> None:
        """Write environments for pools and source; the entrypoint leaves.

        Args:
            log_folder: The generated FLOW_LOG_DIR, which the library sets now.
        """
        self._write_environments(self._source())
        self._edits.remove_argument(self._keywords["entrypoint"])
        if "env" in self._keywords:
            self._drop_defaults(self._keywords["env"], log_folder)
        for name in ("secrets", "variables", "blocks"):
            if name in self._keywords and text_of(value := self._keywords[name].value) is not None:
                self._edits.replace(value, f"[{self._edits.segment(value)}]")

    def _entrypoint(self) -> str:
        value = self._keywords["entrypoint"].value
        if text_of(value) is not None and value.lineno == value.end_lineno:
            return self._edits.segment(value)
        if not self._names.means_the_same_everywhere(value):
            raise uncertain(
                FILE, value, "entrypoint= tiene que ser un texto: «src/archivo.py:funcion»"
            )
        return ast.unparse(value)

    def _refuse_readers(self) -> None:
        """Refuse code that reads from PROJECT what it will not have any more."""
        for node in ast.walk(self._edits.tree):
            # Other things have a source, too.
            if isinstance(node, ast.Attribute) and (
                node.attr in _MOVED - {"source"}
                or node.attr == "source"
                and self._names.value(node.value) is self._call
            ):
                what = f"usa {ast.unparse(node)}, que ya no va a estar; sacalo"
                raise uncertain(FILE, node, what)
            if isinstance(node, ast.Call) and node is not self._call:
                moved = [k for k in node.keywords if k.arg == "pools"]
                if moved:
                    raise uncertain(
                        FILE, moved[0], "pools= fuera de Project(…) ya no va a servir; sacalo"
                    )

    def _source(self) -> str:
        """Rewrite the source where it stands, or above PROJECT; return how an environment names it."""
        keyword = self._keywords["source"]
        value = self._names.value(keyword.value)
        local, git = self._names.calls("LocalFolder"), self._names.calls("GitSource")
        if value not in local and value not in git or len(local) + len(git) != 1:
            other = next((call for call in [*local, *git] if call is not value), keyword)
            raise uncertain(
                FILE, other, "el origen tiene que ser uno: LocalFolder(…) o GitSource(…)"
            )
        assert isinstance(value, ast.Call)
        text = self._local(value) if value in local else self._git(value)
        self._edits.remove_argument(keyword)
        if value is not keyword.value:  # it stands above already, under a name
            self._edits.replace(value, text)
            return self._edits.segment(keyword.value)
        if value in local:
            return text
        name = next(
            name for name in ("SOURCE", "CODE", "GIT_SOURCE") if not list(self._names.binding(name))
        )
        above = next(part for part in self._edits.tree.body if self._call in ast.walk(part))
        if not isinstance(above, ast.Assign | ast.AnnAssign):
            raise uncertain(FILE, above, "Project(…) tiene que estar en PROJECT = Project(…)")
        self._edits.insert(self._edits.comments_above(above), f"{name} = {text}\n\n")
        return name

    def _local(self, call: ast.Call) -> str:
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        for argument in arguments:
            if ast.unparse(self._names.value(argument)) in _FOLDER_OF_FILE:
                return f"{ast.unparse(call.func)}(__file__)"
        raise uncertain(
            FILE, call, "LocalFolder(…) tiene que ser de Path(__file__).resolve().parent"
        )

    def _git(self, call: ast.Call) -> str:
        for part in [*call.args, *(k for k in call.keywords if k.arg is None)]:
            raise uncertain(
                FILE, part, "GitSource(…) lleva url=, branch= y credentials_block=, y nada más"
            )
        first, _, rest = self._edits.segment(call).partition("\n")
        inner = TextEdits(f"{first}\n{textwrap.dedent(rest)}".rstrip("\n"))
        (statement,) = inner.tree.body
        assert isinstance(statement, ast.Expr)
        assert isinstance(statement.value, ast.Call)
        inner.insert_argument(statement.value, "__file__")
        return inner.apply()

    def _write_environments(self, source: str) -> None:
        keyword = self._keywords["pools"]
        pools, edits = keyword.value, self._edits
        edits.rename_argument(keyword, "environments")
        if isinstance(pools, ast.Dict) and None not in pools.keys:
            for pool in pools.values:
                edits.replace(pool, f"Environment(pool={edits.segment(pool)}, source={source})")
            return
        text = edits.segment(pools)
        iterated = text if isinstance(pools, ast.Name | ast.Attribute | ast.Dict) else f"({text})"
        edits.replace(
            pools,
            f"{{\n        name: Environment(pool=pool, source={source})"
            f"\n        for name, pool in {iterated}.items()\n    }}",
        )

    def _drop_defaults(self, keyword: ast.keyword, log_folder: str) -> None:
        defaults = {"PYTHONUTF8": "1", "FLOW_LOG_DIR": log_folder}
        value = keyword.value
        if not isinstance(value, ast.Dict):
            return
        entries = list(zip(value.keys, value.values, strict=True))
        dropped = [
            (key, item)
            for key, item in entries
            if key and defaults.get(text_of(key) or "") == text_of(item) is not None
        ]
        if len(dropped) == len(entries) and "#" not in self._edits.segment(value):
            self._edits.remove_argument(keyword)
            return
        for key, item in dropped:
            self._edits.remove_entry(key, item)
