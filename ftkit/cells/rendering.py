"""Templates of cells, in which every value that is put in becomes a literal."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.fields import assign, call, comment, literal

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def _templates() -> Environment:
    """Jinja2, set so that a value that is not named is an error and any other becomes a literal."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701  (Python is written here, not HTML; see `finalize`)
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        finalize=literal,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(assign=assign, call=call, comment=comment)
    return environment


def render(step: str, **values: Any) -> str:
    """A cell's source from its template."""
    return _templates().get_template(f"{step}.py.jinja").render(values)
