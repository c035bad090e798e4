"""A question and its answer in columns of their own: what several families share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftkit.data.records import Turn, optional_text, text_of


def pair(record: Mapping[str, Any], mapping: Mapping[str, str]) -> list[Turn]:
    """The columns with the roles system, prompt, context and answer as a conversation.

    The context stands below the prompt after an empty line. The prompt may be empty where there is a context:
    public Alpaca files often put the whole question there.
    """
    system = optional_text(record.get(mapping.get("system", "")), "system prompt")
    context = optional_text(record.get(mapping.get("context", "")), "context")
    prompt = record.get(mapping["prompt"])
    question = optional_text(prompt, "prompt") if context else text_of(prompt, "prompt")
    user = "\n\n".join(text for text in (question, context) if text)
    turns = [Turn("user", user), Turn("assistant", text_of(record.get(mapping["answer"]), "answer"))]
    return [Turn("system", system), *turns] if system else turns
