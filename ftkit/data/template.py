"""Chat templates rendered exactly as transformers renders them, without importing it.

The environment is the one of ``transformers.utils.chat_template_utils``: sandboxed, blocks trimmed, with
``raise_exception``, ``strftime_now``, a ``tojson`` that escapes no HTML, loop controls and the ``generation`` tag.
A test holds both to the same output.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import jinja2
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ftkit.errors import DataError


class _Generation(Extension):
    """``{% generation %} … {% endgeneration %}`` renders what it encloses; transformers only marks it."""

    tags = {"generation"}  # noqa: RUF012  (jinja2 declares it so)

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_enclosed"), [], [], body).set_lineno(line)

    def _enclosed(self, caller: jinja2.runtime.Macro) -> str:
        return str(caller())


def _raise_exception(message: str) -> None:
    raise jinja2.exceptions.TemplateError(message)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: Any = None,
    separators: Any = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)


@lru_cache(maxsize=16)
def _compiled(template: str) -> jinja2.Template:
    environment = ImmutableSandboxedEnvironment(  # the output is text for a tokenizer, not HTML
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _to_json
    environment.globals.update(raise_exception=_raise_exception, strftime_now=_strftime_now)
    return environment.from_string(template)


class TemplateRefusalError(DataError):
    """A model's chat template does not take a conversation."""

    def __init__(self, what: str, try_: str, *, why: str) -> None:
        super().__init__(what, try_)
        self.why = why

    @property
    def reason(self) -> str:
        """Why, as a phrase for the rows that are left out."""
        return f"{REFUSED}: {self.why[:100]}"


REFUSED = "the model's chat template refuses it"


def render(
    template: str,
    messages: Sequence[Mapping[str, Any]],
    special_tokens: Mapping[str, str],
    *,
    add_generation_prompt: bool = False,
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> str:
    """The text that a model reads for a conversation.

    Parameters
    ----------
    template
        The Jinja source of the chat template.
    messages
        Each with ``role`` and ``content``, and perhaps the tools that an answer calls.
    special_tokens
        ``bos_token``, ``eos_token`` and so on, which a template may use.
    add_generation_prompt
        Whether the text ends where the assistant's answer begins.
    tools
        The tools that the assistant may call, as JSON schemas.

    Raises
    ------
    DataError
        If the template refuses the conversation.
    """
    plain = [{key: value for key, value in message.items() if value is not None} for message in messages]
    try:
        return _compiled(template).render(
            messages=plain,
            tools=list(tools) if tools else None,
            documents=None,
            add_generation_prompt=add_generation_prompt,
            **special_tokens,
        )
    except (jinja2.exceptions.TemplateError, TypeError, ValueError, RecursionError) as error:
        roles = ", ".join(str(message.get("role")) for message in messages[:6])
        raise TemplateRefusalError(
            f"The model's chat template refuses a conversation of the roles {roles}: {error}.",
            "Some models know no system prompt: leave it out, or choose another model.",
            why=str(error),
        ) from error
