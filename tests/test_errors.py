"""What a person sees of an error."""

from IPython.core.interactiveshell import InteractiveShell

from ftkit.errors import FtkitError


def test_a_notebook_shows_the_sentence_and_not_our_code(capsys):
    shell = InteractiveShell()
    shell.run_cell('from ftkit.errors import RunError\nraise RunError("It went wrong.", "Try again.")')
    shown = "".join(capsys.readouterr())
    assert "RunError: It went wrong. Try again." in shown
    assert "Traceback" not in shown


def test_what_happened_and_what_to_do_stay_apart():
    error = FtkitError("It went wrong.", "Try again.")
    assert (error.what, error.remedy) == ("It went wrong.", "Try again.")
