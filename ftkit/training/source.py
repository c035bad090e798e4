"""The code of a run as valid Python: the cell that trains and the cells it needed."""

from __future__ import annotations

import ast
import builtins
import linecache
import symtable
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from ftkit.notebook.progress import interactive_shell

_BUILT_IN = frozenset(dir(builtins)) | {
    "In",
    "Out",
    "_",
    "__",
    "___",
    "get_ipython",
    "display",
    "exit",
    "quit",
}
# Cell magics whose body is Python all the same.
_PYTHON_BODY = ("%%time", "%%timeit", "%%capture", "%%prun")


def without_magics(source: str) -> str:
    """A cell as valid Python: what only IPython understands becomes comments."""
    first = source.lstrip().partition("\n")[0]
    if first.startswith("%%"):
        if not first.startswith(_PYTHON_BODY):
            return _commented(source)
        source = source.replace(first, f"# {first}", 1)
    source = source.rstrip("\n")
    if _parses(source):
        return source
    plain = "\n".join(_comment(line) if _is_magic(line) else line for line in source.splitlines())
    return plain if _parses(plain) else _commented(source)


def _commented(source: str) -> str:
    """All of it as comments; characters that no Python source can hold are replaced."""
    text = source.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())


def _tree(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cell has had its warnings when it ran
        return ast.parse(source)


def _is_magic(line: str) -> bool:
    text = line.strip()
    if text.startswith(("%", "!", "?")) or (text.endswith("?") and not text.startswith("#")):
        return True
    target, equals, value = text.partition("=")
    return bool(equals) and target.strip().isidentifier() and value.strip().startswith(("%", "!"))


def _comment(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass  # {line.strip()}" if indent else f"# {line}"


def _parses(source: str) -> bool:
    try:
        _tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


@dataclass
class _Names:
    """Which names a cell takes from outside, which it binds, which it changes in place."""

    needed: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)


def _used(table: symtable.SymbolTable) -> set[str]:
    """Global names that a scope and those inside it refer to."""
    outermost = table.get_type() == "module"
    found = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (outermost or s.is_global())}
    return found.union(*(_used(inner) for inner in table.get_children()))


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _changed(statement: ast.stmt) -> set[str]:
    """Names whose value the statement changes in place: ``x.y = …``, ``x[0] = …``, ``x.add(…)``."""
    found = {
        _root(node)
        for node in ast.walk(statement)
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del)
    }
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        found.add(_root(statement.value.func) if isinstance(statement.value.func, ast.Attribute) else "")
    return found - {""}


def _names(source: str) -> _Names:
    found = _Names()
    for statement in _tree(source).body:
        try:
            table = symtable.symtable(ast.unparse(statement), "<cell>", "exec")
        except (SyntaxError, RecursionError):
            continue  # parses, yet cannot run: the cell has failed, so nothing came from this line
        here = table.get_symbols()
        found.needed |= _used(table) - found.bound - _BUILT_IN
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            found.needed |= {statement.target.id} - found.bound
        found.bound |= {s.get_name() for s in here if s.is_assigned() or s.is_imported()}
        found.imported |= {s.get_name() for s in here if s.is_imported()}
        found.changed |= _changed(statement)
    return found


def needed_cells(history: Sequence[str], current: int) -> list[int]:
    """Positions of the cells that one cell needed, itself last.

    A name comes from the latest earlier cell that binds it; cells that change such a value in place
    after that belong to it.

    Parameters
    ----------
    history
        Sources of the executed cells in order, valid Python.
    current
        The position of the cell that trains.
    """
    names = [_names(source) for source in history[: current + 1]]
    taken: set[int] = set()
    waiting = [current]
    while waiting:
        position = waiting.pop()
        if position in taken:
            continue
        taken.add(position)
        for name in names[position].needed:
            home = next((p for p in range(position - 1, -1, -1) if name in names[p].bound), None)
            if home is None:
                continue
            waiting.append(home)
            if name not in names[home].imported:
                waiting += [p for p in range(home + 1, position) if name in names[p].changed]
    return sorted(taken)


def code_of_cells(raw: Iterable[str]) -> str:
    """The last of these cells with the earlier ones that it needed, as one script."""
    cells = [without_magics(source) for source in raw]
    if not cells:
        return ""
    return (
        "\n\n\n".join(cells[position].strip("\n") for position in needed_cells(cells, len(cells) - 1)) + "\n"
    )


class Source:
    """Where the code of a run is to be found.

    Parameters
    ----------
    caller
        The frame that called ``follow``; it is looked at now and not kept.
    """

    def __init__(self, caller: FrameType) -> None:
        shell = interactive_shell()
        self._shell = shell if shell is not None and caller.f_globals is shell.user_ns else None
        file = caller.f_code.co_filename
        if self._shell is not None:
            self._text = ""
        elif Path(file).is_file():
            self._text = Path(file).read_text(encoding="utf-8")
        else:
            self._text = "".join(linecache.getlines(file)) or "# The source of this run is not in a file.\n"

    def text(self) -> str:
        """The executing cell and what it needed, or the script."""
        if self._shell is None:
            return self._text
        return code_of_cells(list(self._shell.history_manager.input_hist_raw)[1:])
