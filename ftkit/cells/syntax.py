"""A cell's source as a syntax tree in which every node knows its place to the byte.

Python's ``ast`` counts columns in UTF-8 bytes, so the source is kept as bytes here. Lines that are
IPython's (``%time``, ``!pip``) become comments of the same length, which moves nothing.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from ftkit.errors import CellError

OTHERS = "others"
"""The variable that holds the other data sets of a mixture by their names."""
_LINE_END = re.compile(rb"\r\n|\r|\n")
_MAGIC = re.compile(r"^([ \t]*)[%!](?=.)", re.MULTILINE)


@dataclass(frozen=True)
class Expression:
    """A piece of code in a cell that is no literal: the person's own, not to be guessed."""

    text: str


@dataclass(frozen=True)
class Edit:
    """Bytes ``start`` to ``end`` of a source become ``text``."""

    start: int
    end: int
    text: str


class Syntax:
    """A parsed cell.

    Raises
    ------
    CellError
        Where the source is not Python.
    """

    def __init__(self, source: str) -> None:
        self.bytes = source.encode("utf-8", "surrogatepass")
        try:
            self.tree = _parse(source)
        except (SyntaxError, ValueError) as error:
            raise CellError(
                f"The cell is not valid Python: {error}.", "Correct it in the notebook first."
            ) from error
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(self.bytes))]

    def span(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """First byte of a node and the byte behind its last."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def column(self, node: ast.expr | ast.keyword) -> str:
        """White space as wide as what stands before a node on its line."""
        before = self.bytes[self._starts[node.lineno - 1] : self.span(node)[0]].decode()
        return "".join(c if c == "\t" else " " for c in before)

    def text(self, node: ast.expr) -> str:
        """The source of a node."""
        start, end = self.span(node)
        return self.bytes[start:end].decode("utf-8", "surrogatepass")

    def call(self, name: str) -> ast.Call | None:
        """The one call of a function or class by its name, however it was imported.

        None where there is none, or more than one: which is meant would be a guess. What loads a mixture's
        other data sets is no setting of the first.
        """
        others = self.assigned(OTHERS)
        apart = set() if others is None else set(ast.walk(others))
        found = [node for node in ast.walk(self.tree) if is_call(node, name) and node not in apart]
        return found[0] if len(found) == 1 else None  # type: ignore[return-value]

    def assigned(self, name: str) -> ast.expr | None:
        """What the one top-level assignment ``name = …`` assigns; None unless there is exactly one."""
        found = [
            node.value
            for node in self.tree.body
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]
        return found[0] if len(found) == 1 else None

    def imports(self, module: str) -> bool:
        """Whether a top-level ``import module`` gives it that very name."""
        return any(
            isinstance(node, ast.Import) and any(one.name == module and not one.asname for one in node.names)
            for node in self.tree.body
        )

    def imports_from(self, module: str) -> bool:
        """Whether there is a top-level ``from module import …``."""
        return any(isinstance(node, ast.ImportFrom) and node.module == module for node in self.tree.body)

    def set_later(self, attribute: str) -> ast.expr | None:
        """What a statement such as ``args.learning_rate = x`` assigns, None without one."""
        for node in ast.walk(self.tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if any(isinstance(target, ast.Attribute) and target.attr == attribute for target in targets):
                return node.value  # type: ignore[attr-defined]
        return None

    def value(self, node: ast.expr) -> Any:
        """What a literal evaluates to; an :class:`Expression` for anything else."""
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return Expression(self.text(node))

    def replaced(self, node: ast.expr, text: str) -> Edit:
        """The edit that puts a text in a node's place."""
        return Edit(*self.span(node), text)

    def with_keyword(self, call: ast.Call, name: str, text: str) -> list[Edit]:
        """The edits that add ``name=text`` as a call's last argument, laid out like the others."""
        end = self.span(call)[1] - 1
        every: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        arguments = sorted(every, key=self.span)
        if not arguments:
            return [Edit(end, end, f"{name}={text}")]
        last = arguments[-1]
        after = self.span(last)[1]
        if last.lineno == call.lineno and b"\n" not in self.bytes[after:end]:
            return [Edit(after, after, f", {name}={text}")]
        comma = _comma(self.bytes, after, end)
        line_end = _LINE_END.search(self.bytes, after if comma is None else comma, end)
        newline = "\r\n" if b"\r\n" in self.bytes else "\n"
        neighbour = next(node for node in arguments if node.lineno == last.lineno)
        line = f"{newline}{self.column(neighbour)}{name}={text}"
        if line_end is None:
            return [Edit(after, after, f",{line}")]
        place = line_end.start()
        if comma is not None:
            return [Edit(place, place, f"{line},")]
        if place == after:
            return [Edit(place, place, f",{line},")]
        return [Edit(after, after, ","), Edit(place, place, f"{line},")]

    def edited(self, edits: list[Edit]) -> str:
        """The source after edits that do not overlap; every other byte is as it was."""
        result = self.bytes
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            result = result[: edit.start] + edit.text.encode() + result[edit.end :]
        return result.decode("utf-8", "surrogatepass")


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.parse(_MAGIC.sub(r"\1#", source))


def is_call(node: ast.AST, name: str) -> bool:
    """Whether a node calls a function or class of this name."""
    return isinstance(node, ast.Call) and _callee(node) == name


def _callee(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _comma(source: bytes, start: int, end: int) -> int | None:
    """Where the trailing comma stands between the last argument and the closing bracket."""
    position = start
    while position < end:
        if source[position : position + 1] == b"#":
            line_end = _LINE_END.search(source, position, end)
            position = line_end.end() if line_end else end
        elif source[position : position + 1] == b",":
            return position
        else:
            position += 1
    return None


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, None where it is left out."""
    return next((item.value for item in call.keywords if item.arg == name), None)


def unpacks(call: ast.Call) -> bool:
    """Whether a call takes further keywords from a dictionary (``**common``)."""
    return any(item.arg is None for item in call.keywords)
