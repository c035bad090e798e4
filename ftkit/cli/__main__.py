"""``python -m ftkit.cli``, for where the ``ftkit`` program is not on PATH."""

import sys

from ftkit.cli.command_line import main

sys.exit(main())
