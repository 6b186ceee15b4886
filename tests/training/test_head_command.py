import shutil

import pytest
from click.testing import CliRunner

from service.models import model_at
from tests.training.fake_runs import STILLS, still_tags
from training.cli import main

QUICK = ("--set", "head.views={whole: 1}", "--set", "head.epochs=2", "--set", "head.seeds=[0]", "--set", "name=stills")


def call(*arguments):
    return CliRunner().invoke(main, ["--quiet", "head", *map(str, arguments)])


@pytest.fixture
def stills(tmp_path):
    """A few of the example pictures."""
    for tag in still_tags():
        (tmp_path / "stills" / tag).mkdir(parents=True)
        for path in sorted((STILLS / tag).glob("*.jpg"))[:6]:
            shutil.copy(path, tmp_path / "stills" / tag)
    return tmp_path / "stills"


def test_a_folder_of_pictures_becomes_a_bundle_with_a_report(stills, tmp_path):
    done = call("--data", stills, "--out", tmp_path / "run", "--features", tmp_path / "features", *QUICK)
    assert done.exit_code == 0, done.output
    assert "report.html" in done.stdout and "movietags models install" in done.stdout
    model = model_at(tmp_path / "run" / "bundle")
    assert (model.bundle.name, model.vocabulary.ids) == ("stills", model.bundle.labels)
    assert set(model.vocabulary.ids) == set(still_tags())
    assert (tmp_path / "run" / "report.html").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("options", "told"),
    [(("--set", "head.epoch=3"), "head.epoch"), (("--backbone", "nowhere"), "nowhere"), (("--extend",), "--extend")],
)
def test_what_cannot_be_done_is_said_in_one_line(stills, tmp_path, options, told):
    done = call("--data", stills, "--out", tmp_path / "run", "--features", tmp_path / "features", *options)
    assert done.exit_code == 1
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_a_run_that_cannot_be_written_is_said_in_one_line(stills, tmp_path):
    (tmp_path / "file").write_text("no folder")
    done = call("--data", stills, "--out", tmp_path / "file" / "run", "--features", tmp_path / "features", *QUICK)
    assert done.exit_code == 1
    assert str(tmp_path / "file" / "run") in done.stderr
