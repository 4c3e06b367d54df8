"""What becomes of each file: the template's changes come in, and an author's are never lost."""

from __future__ import annotations

import pytest

from electra_flow.upgrading.three_way import merge_files

CODE = "".join(f"linea_{n} = {n}\n" for n in range(12))


@pytest.mark.parametrize(
    ("base", "own", "new", "written"),
    [
        ("a", "a", "b", {"x.txt": "b"}),  # the template changed it
        ("a", "b", "a", {}),  # the author did
        ("a", "b", "b", {}),  # both, alike
        ("a", None, "b", {}),  # the author deleted it
        (None, None, "b", {"x.txt": "b"}),  # it is new
        (None, "b", "b", {}),  # the author has the same already
        ("a", "a", None, {"x.txt": None}),  # it is gone
        ("a", None, None, {}),
    ],
)
def test_one_side(
    base: str | None, own: str | None, new: str | None, written: dict[str, str | None]
) -> None:
    merged = merge_files(files(base), files(own), files(new))
    assert merged.writes == written
    assert merged.conflicts == []


def files(text: str | None, name: str = "x.txt") -> dict[str, str]:
    return {} if text is None else {name: text}


@pytest.mark.parametrize(
    ("base", "own", "new", "said"),
    [
        ("a\n", "b\n", "c\n", "lo cambiaron los dos"),
        (None, "b\n", "c\n", "es tuyo, y la plantilla trae ahora uno"),
    ],
)
def test_where_both_changed_the_same_the_author_s_stays_and_the_new_one_is_beside(
    base: str | None, own: str, new: str, said: str
) -> None:
    merged = merge_files(files(base), files(own), files(new))
    assert merged.writes == {"x.txt.nuevo": new}
    assert merged.conflicts == [f"x.txt {said}: quedó como está, y el nuevo en x.txt.nuevo."]


def test_an_edited_file_that_is_not_generated_any_more_stays() -> None:
    merged = merge_files(files("a\n"), files("b\n"), {})
    assert merged.writes == {}
    assert merged.conflicts == ["x.txt ya no se genera, y está editado: quedó como está."]


def test_what_is_no_text_stays() -> None:
    merged = merge_files(files("a"), {"x.txt": None}, files("b"))
    assert merged.writes == {"x.txt.nuevo": "b"}


def test_edits_move_with_a_file_that_has_another_name_now() -> None:
    own = CODE.replace("linea_1 = 1", "linea_1 = 'mía'")
    new = CODE.replace("linea_9 = 9", "linea_9 = 'nueva'")
    merged = merge_files(files(CODE, "src/a.py"), files(own, "src/a.py"), files(new, "src/b.py"))
    both = own.replace("linea_9 = 9", "linea_9 = 'nueva'")
    assert merged.writes == {"src/a.py": None, "src/b.py": both}
    assert merged.conflicts == []


def test_edits_that_cannot_move_stay_and_it_is_said() -> None:
    own, new = (CODE.replace("linea_1 = 1", f"linea_1 = '{who}'") for who in ("mía", "nueva"))
    merged = merge_files(files(CODE, "src/a.py"), files(own, "src/a.py"), files(new, "src/b.py"))
    assert merged.writes == {"src/b.py": new}
    (said,) = merged.conflicts
    assert said.startswith("src/a.py se llama ahora src/b.py")


def test_a_merge_that_is_no_python_any_more_is_a_conflict() -> None:
    """Git finds no conflict where one side closes what the other one opened."""
    base = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\nf = 6\n"
    own = base.replace("a = 1", "a = (1,")
    new = base.replace("f = 6", "f = 7")
    merged = merge_files(files(base, "x.py"), files(own, "x.py"), files(new, "x.py"))
    assert merged.writes == {"x.py.nuevo": new}


def test_settings_that_both_changed_are_the_author_s() -> None:
    base, own, new = (f"[tool.ruff]\nline-length = {n}\n" for n in (100, 120, 110))
    name = "pyproject.toml"
    merged = merge_files(files(base, name), files(own, name), files(new, name))
    assert merged.writes == {}
    assert merged.conflicts == [
        "pyproject.toml: tool.ruff.line-length quedó con tu valor; la plantilla también lo cambió."
    ]
