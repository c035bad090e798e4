"""``python -m ftkit``: the ``ftkit`` program, for where it is not on PATH."""

import sys

from ftkit.cli.command_line import main

sys.exit(main())
