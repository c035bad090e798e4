"""The same functions from a terminal: ``ftkit doctor``, ``lab``, ``demo``, ``run`` and the rest.

With ``--json`` standard output holds exactly one JSON document, for an error too; everything else that
is said on the way, by us or by a library, goes to standard error.
"""

from ftkit.cli.command_line import answer_to, main

__all__ = ["answer_to", "main"]
