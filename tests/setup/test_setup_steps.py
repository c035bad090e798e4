"""What is remembered between two set-ups, and how commands are shown."""

import re
import sys

from bootstrap import steps
from bootstrap.steps import Done, hash_of, run


def test_a_digest_follows_contents_and_names(tmp_path):
    folder = tmp_path / "labextension"
    (folder / "src").mkdir(parents=True)
    (folder / "src/index.ts").write_text("one")
    first = hash_of(folder)
    assert hash_of(folder) == first
    (folder / "src/index.ts").write_text("two")
    assert hash_of(folder) != first


def test_what_a_build_leaves_behind_does_not_change_the_digest(tmp_path):
    folder = tmp_path / "labextension"
    (folder / "src").mkdir(parents=True)
    (folder / "src/index.ts").write_text("one")
    first = hash_of(folder)
    for built in ("node_modules/x/index.js", "lib/index.js", "tsconfig.tsbuildinfo"):
        (folder / built).parent.mkdir(parents=True, exist_ok=True)
        (folder / built).write_text("built")
    assert hash_of(folder) == first


def test_done_is_remembered_and_forgotten(tmp_path):
    Done(tmp_path / "done.json").mark("packages", "abc")
    again = Done(tmp_path / "done.json")
    assert again.has("packages", "abc")
    assert not again.has("packages", "abd")
    again.forget("packages", "never-there")
    assert not Done(tmp_path / "done.json").has("packages", "abc")


def test_a_cut_off_memory_means_doing_it_again(tmp_path):
    (tmp_path / "done.json").write_text('{"packages": "a')
    assert not Done(tmp_path / "done.json").has("packages", "a")


def test_a_failing_command_shows_its_end(tmp_path, capsys):
    code = "import sys; print('line one'); print('No space left on device', file=sys.stderr); sys.exit(3)"
    assert not run([sys.executable, "-c", code], tmp_path / "log")
    shown = capsys.readouterr().out
    assert "exit code 3" in shown
    assert "No space left on device" in shown
    assert "line one" in (tmp_path / "log").read_text()


def test_a_cause_far_above_the_end_is_named(tmp_path, capsys):
    code = (
        "import sys\n"
        "for n in range(40): print(f'YN0001: | RequestError: self-signed certificate')\n"
        "for n in range(40): print('File plugin.py, in build')\n"
        "sys.exit('subprocess.CalledProcessError: Command [jlpm] returned 1')"
    )
    assert not run([sys.executable, "-c", code], tmp_path / "log")
    shown = capsys.readouterr().out
    assert "an error 40 times: RequestError: self-signed certificate" in shown
    assert "times: subprocess" not in shown


def test_a_good_command_stays_quiet(tmp_path, capsys):
    assert run([sys.executable, "-c", "print('chatter')"], tmp_path / "log")
    assert capsys.readouterr().out == ""


def test_a_command_that_prints_nothing_for_long_is_said_to_be_at_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(steps, "SILENCE", 0.4)
    monkeypatch.setattr(steps, "TICK", 0.05)
    code = (
        "import time; print('Installing collected packages: one', flush=True); time.sleep(1.5); print('end')"
    )
    assert run([sys.executable, "-c", code], tmp_path / "log")
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) >= 2
    assert all(re.fullmatch(r"    … \d+ s: still at work( \(Installing.*)?", line) for line in shown)
    assert shown[-1].endswith("still at work (Installing collected packages: one)")
    assert "end" in (tmp_path / "log").read_text()


def test_the_replacing_of_a_package_does_not_alarm(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(steps, "HEARTBEAT", -1.0)
    lines = [
        "Installing collected packages: setuptools, numpy",
        "  Attempting uninstall: setuptools",
        "    Found existing installation: setuptools 65.5.0",
        "    Uninstalling setuptools-65.5.0:",
        "      Successfully uninstalled setuptools-65.5.0",
        "Successfully installed setuptools-80.9.0",
    ]
    assert run([sys.executable, "-c", f"print({chr(10).join(lines)!r})"], tmp_path / "log")
    shown = capsys.readouterr().out
    assert "Installing collected packages: setuptools, numpy" in shown
    assert "Successfully installed" in shown
    assert "ninstall:" not in shown
    assert "ninstalled" not in shown
    assert "existing" not in shown
    assert all(line in (tmp_path / "log").read_text() for line in lines)
