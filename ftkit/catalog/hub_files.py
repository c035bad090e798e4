"""Single small files of a model on the Hugging Face hub: the copy on this machine, else the hub's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ftkit.errors import ModelError

SECONDS = 4
"""How long the hub may take to answer: without network a person should not wait for nothing."""

OPTIONAL = ("chat_template.jinja", "special_tokens_map.json")


def advice() -> str:
    """What can be given as a model, the names that ftkit has for some of them included."""
    from ftkit.catalog.entries import models

    names = ", ".join(entry.id for entry in models())
    return f"Choose a Hugging Face id such as 'Qwen/Qwen2.5-0.5B-Instruct', a folder, or one of these names: {names}."


def fetch_file(hub_id: str, name: str) -> Path:
    """The file on this machine, fetched if need be.

    Raises
    ------
    ModelError
        Saying whether the model is unknown, needs its terms accepted, or the hub is out of reach.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    if here := _here(hub_id, name):
        return here
    try:
        return Path(hf_hub_download(hub_id, name, etag_timeout=SECONDS))
    except GatedRepoError as error:
        raise ModelError(
            f"{hub_id!r} is only given to people who accepted its terms.",
            f"Accept them on huggingface.co/{hub_id}, then log in with: hf auth login",
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"The Hugging Face hub has no public model {hub_id!r}.", "Check the spelling. " + advice()
        ) from error
    except LocalEntryNotFoundError as error:
        raise ModelError(
            f"{hub_id!r} is not on this machine and the Hugging Face hub cannot be reached.",
            "Connect to the internet once, or choose a folder or 'smollm2-135m'.",
        ) from error
    except EntryNotFoundError as error:
        raise ModelError(
            f"{hub_id!r} has no {name}: it is not in the form that can be trained.", advice()
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise ModelError(
            f"The Hugging Face hub did not give {hub_id!r}: {type(error).__name__}.", "Try again later."
        ) from error


def fetch_tokenizer(hub_id: str) -> Path:
    """A folder with the tokenizer and the chat template, fetched if need be; no weights.

    Raises
    ------
    ModelError
        As :func:`fetch_file`.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    if here := tokenizer_here(hub_id):
        return here
    for name in OPTIONAL:
        # Many models have neither; where the hub is out of reach the files below say so.
        with suppress(EntryNotFoundError):
            hf_hub_download(hub_id, name, etag_timeout=SECONDS)
    fetch_file(hub_id, "tokenizer_config.json")
    # Last, so that its presence says that the others were asked for.
    return fetch_file(hub_id, "tokenizer.json").parent


def tokenizer_here(hub_id: str) -> Path | None:
    """The folder with a model's tokenizer in the hub's local copy; None where it is not there."""
    file = _here(hub_id, "tokenizer.json")
    return file.parent if file else None


def _here(hub_id: str, name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(hub_id, name)
    return Path(cached) if isinstance(cached, str) else None
