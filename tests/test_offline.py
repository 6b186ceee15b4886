"""After the installation no command needs a network."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "big-buck-bunny.mp4"
WITHOUT_NETWORK = ["unshare", "--map-root-user", "--net"]  # a network of its own, with nothing in it


def can_unshare() -> bool:
    return (
        shutil.which("unshare") is not None and subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not can_unshare(), reason="this machine lets nobody make a network namespace")
@pytest.mark.parametrize("command", [["tag"], ["segments", "--tag", "animal"]])
def test_a_film_is_tagged_without_a_network(command):
    done = subprocess.run(
        [*WITHOUT_NETWORK, str(ROOT / "scripts/movietags"), *command, str(EXAMPLE)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "nimal" in done.stdout


@pytest.mark.skipif(not can_unshare(), reason="this machine lets nobody make a network namespace")
def test_the_test_itself_has_no_network():
    code = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    done = subprocess.run([*WITHOUT_NETWORK, sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "Network is unreachable" in done.stderr
