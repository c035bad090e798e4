"""The value head: what reward the rest of an answer will bring, guessed from the model's last hidden state."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

FILE = "value_head.safetensors"
"""Beside a checkpoint's own files; it is no part of the model that training leaves."""


class ValueHead(nn.Module):
    """One number for each token's hidden state.

    It only reads: its mistakes do not reach the model. It starts at zero, so that nothing is expected before the first
    step.
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.linear = nn.Linear(hidden_size, 1)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, hidden: Tensor) -> Tensor:
        """Values of shape ``(answers, tokens)`` from hidden states of shape ``(answers, tokens, hidden_size)``."""
        # Models differ widely in the scale of their hidden states; brought to one, the same learning rate suits all.
        same_scale = nn.functional.layer_norm(hidden.detach().float(), (self.hidden_size,))
        return torch.squeeze(self.linear(same_scale), -1)

    def save(self, folder: str | Path) -> None:
        """Save it into a checkpoint's folder."""
        from safetensors.torch import save_file

        save_file(self.state_dict(), str(Path(folder) / FILE))

    def load(self, folder: str | Path) -> None:
        """Load it from there."""
        from safetensors.torch import load_file

        self.load_state_dict(load_file(str(Path(folder) / FILE)))
