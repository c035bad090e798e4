"""The set-up that ``make setup`` runs: everything that ftkit needs, into ``.venv``.

It runs before anything is installed, so it uses the standard library only, and its syntax stays
readable for an old Python, which then gets a sentence instead of a syntax error.
"""
