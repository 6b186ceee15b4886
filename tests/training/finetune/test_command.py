import pytest
from click.testing import CliRunner

from training.cli import main


@pytest.mark.parametrize(("command", "option"), [("finetune", "--resume"), ("distill", "--teacher")])
def test_help_tells_the_options(command, option):
    assert option in CliRunner().invoke(main, [command, "--help"]).output


def test_a_run_that_is_not_there_cannot_be_gone_on_with(tmp_path):
    done = CliRunner().invoke(main, ["finetune", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--resume"])
    assert done.exit_code == 1 and "config.yaml" in done.output


def test_a_wrong_entry_is_told_before_anything_is_read(tmp_path):
    done = CliRunner().invoke(main, ["finetune", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--set", "finetune.bach=3"])
    assert done.exit_code == 1 and "finetune.bach" in done.output
