"""What people install."""

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRAINING_STACK = {"tensorflow", "keras", "nncf", "torch", "jax", "matplotlib"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """An ordinary install of the package alone, its requirements being there already."""
    target = Path(tmp_path_factory.mktemp("installed"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--target",
        str(target),
    ]
    subprocess.run([*command, str(ROOT)], check=True, timeout=120)
    return target


def run_installed(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = f"import service.cli; assert service.cli.__file__.startswith({str(installed)!r}), service.cli.__file__; service.cli.main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_ordinary_install_finds_its_vocabulary_from_any_folder(installed, tmp_path):
    answer = run_installed(installed, tmp_path, "vocabulary")
    assert answer.returncode == 0, answer.stderr
    assert len(answer.stdout.splitlines()) == 50


def test_an_ordinary_install_tags_a_film_from_any_folder(installed, tmp_path):
    answer = run_installed(installed, tmp_path, "tag", "--json", str(ROOT / "examples/big-buck-bunny.mp4"))
    assert answer.returncode == 0, answer.stderr
    assert '"tag": "animal"' in answer.stdout


def test_an_ordinary_install_holds_the_whole_page(installed):
    page = ROOT / "service/web"
    files = [path.relative_to(page) for path in page.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [name for name in files if (installed / "service/web" / name).read_bytes() != (page / name).read_bytes()] == []


def test_the_core_install_asks_for_no_training_stack():
    needed = [line for line in importlib.metadata.requires("movietags") or [] if "extra ==" not in line]
    names = {re.split(r"[^A-Za-z0-9_-]", line)[0].lower() for line in needed}
    assert "openvino" in names
    assert not names & TRAINING_STACK


def test_serving_imports_no_training_stack():
    code = "import sys, service.cli, service.pipeline, service.predictors.tagger, service.video.decode; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert not {name.split(".")[0] for name in loaded} & TRAINING_STACK
