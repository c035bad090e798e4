"""Real fine-tuning histories with what was true of each: how they are made, labelled, and split."""
