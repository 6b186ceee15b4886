"""The README's commands run as they stand there, and print what it shows."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCORE = re.compile(r"\d\.\d\d")
TOLERANCE = 0.05  # a processor without the same INT8 instructions rounds in other places


def commands() -> list[str]:
    """The lines of README code blocks that call our scripts."""
    blocks = re.findall(r"```(?:sh|console)?\n(.*?)```", README, re.S)
    return [line for block in blocks for line in block.splitlines() if line.startswith("scripts/movietags")]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """With a data folder of its own: the commands install a model."""
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data-home")}
    return subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> list[tuple[str, subprocess.CompletedProcess[str]]]:
    """Each command and its answer, in a folder that looks like a fresh clone, so that what they write does not land in this one."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "scripts").mkdir()
    for name in ("movietags", "movietags-train"):
        script = folder / "scripts" / name
        script.write_text(f'#!/bin/sh\nexec "{ROOT}/scripts/{name}" "$@"\n')
        script.chmod(0o755)
    shutil.copytree(ROOT / "examples", folder / "examples")
    return [(command, run(command, folder)) for command in commands()]


def test_the_first_command_and_its_answer_stand_at_the_top():
    lines = README.splitlines()
    assert lines.index("scripts/movietags tag examples/big-buck-bunny.mp4") < 25
    assert next(number for number, line in enumerate(lines) if line.startswith("big-buck-bunny.mp4  (")) < 45


def test_the_first_answer_is_what_the_command_prints(answers):
    command, done = answers[0]
    assert command == "scripts/movietags tag examples/big-buck-bunny.mp4"
    printed = done.stdout.strip()
    shown = next(block for block in re.findall(r"```\n(.*?)```", README, re.S) if block.startswith("big-buck-bunny.mp4  (")).strip()
    assert SCORE.sub("#", printed) == SCORE.sub("#", shown)
    pairs = zip(SCORE.findall(printed), SCORE.findall(shown), strict=True)
    assert all(abs(float(one) - float(other)) <= TOLERANCE for one, other in pairs)


def test_every_command_runs(answers):
    assert len(answers) >= 5
    for command, done in answers:
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout, command
