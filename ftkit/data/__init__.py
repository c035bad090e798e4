"""Data: read, recognised, converted, split, and shown as the tokens that a model learns from."""

from ftkit.data.accounting import Skipped
from ftkit.data.card import PropertyCheck, check_from_card
from ftkit.data.chat_template import Offered, offered_template
from ftkit.data.families import FAMILIES
from ftkit.data.identity import row_id, source_hash
from ftkit.data.inspection import Inspection, inspect_data
from ftkit.data.prepare import Written, prepare_data, write_data
from ftkit.data.recipe_data import check_trainable, facts_of, inspect_choice, load_parts
from ftkit.data.sources import PARTS
from ftkit.data.token_counts import TokenStatistics, data_facts
from ftkit.data.tokens import TokenView, chat_prompt, prompt_ids, token_view, token_views
from ftkit.data.turns import Row

__all__ = [
    "FAMILIES",
    "PARTS",
    "Inspection",
    "Offered",
    "PropertyCheck",
    "Row",
    "Skipped",
    "TokenStatistics",
    "TokenView",
    "Written",
    "chat_prompt",
    "check_from_card",
    "check_trainable",
    "data_facts",
    "facts_of",
    "inspect_choice",
    "inspect_data",
    "load_parts",
    "offered_template",
    "prepare_data",
    "prompt_ids",
    "row_id",
    "source_hash",
    "token_view",
    "token_views",
    "write_data",
]
