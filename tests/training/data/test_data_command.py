import csv
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tests.training.data.pictures import class_folders, picture_file
from training.cli import main


def run(*arguments):
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


@pytest.fixture(scope="module")
def stills(tmp_path_factory):
    return class_folders(tmp_path_factory.mktemp("stills"), dance=40, war=40)


def test_check_says_that_nothing_prevents_training(stills):
    result = run("check", stills)
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "80 images, 2 tags: nothing prevents training"


def test_check_of_one_tag_alone_exits_with_1_and_says_why(tmp_path):
    result = run("check", class_folders(tmp_path, dance=3))
    assert result.exit_code == 1
    assert result.output.startswith("problem: All 3 images show dance; there is nothing to tell it from.")


def test_check_writes_all_findings(tmp_path):
    class_folders(tmp_path / "stills", dance=8, war=8)
    (tmp_path / "stills" / "war" / "broken.jpg").write_bytes(b"text")
    result = run("check", tmp_path / "stills", "--csv", tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert result.exit_code == 1
    assert [row["item"].split(" ")[0] for row in rows if row["kind"] == "broken"] == ["war/broken.jpg"]


def test_check_of_a_manifest_with_missing_files_is_one_line(tmp_path):
    (tmp_path / "manifest.csv").write_text("file,tags\ngone.jpg,dance\n")
    result = run("check", tmp_path)
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert "gone.jpg" in result.output


def test_check_with_a_vocabulary_of_one_s_own(stills, tmp_path):
    (tmp_path / "tags.yaml").write_text("tags: [{id: dance}, {id: war}, {id: robot}]")
    result = run("check", stills, "--vocabulary", tmp_path / "tags.yaml")
    assert result.exit_code == 1
    assert "problem: tags of the vocabulary without an image; add some, or take them out of it (1): robot" in result.output


def test_stats_prints_a_table_and_writes_the_pairs(stills, tmp_path):
    result = run("stats", stills, "--csv", tmp_path / "pairs.csv")
    assert result.exit_code == 0
    assert result.output.splitlines()[1].split()[:2] == ["dance", "40"]
    assert (tmp_path / "pairs.csv").read_text().splitlines()[0] == "tag,dance,war"


def test_two_splits_of_the_same_data_are_the_same(stills, tmp_path):
    assert run("split", stills, "--out", tmp_path / "one.csv").output.startswith(f"{tmp_path / 'one.csv'}: 5")
    run("split", stills, "--out", tmp_path / "two.csv")
    run("split", stills, "--out", tmp_path / "other.csv", "--set", "seed=1")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() != (tmp_path / "other.csv").read_bytes()


def test_sheet_writes_a_page_for_each_tag(stills, tmp_path):
    result = run("sheet", stills, "--out", tmp_path / "sheets")
    assert result.output.endswith("2 pages\n")
    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == ["dance.png", "war.png"]


def test_several_data_are_read_together(stills, tmp_path):
    picture_file(tmp_path / "more" / "food" / "x.png", 500)
    assert "81 images, 3 tags" in run("check", stills, tmp_path / "more").output


def test_the_commands_for_data_do_not_wait_for_keras():
    code = "import sys, training.commands.data; print(sorted({'keras', 'tensorflow', 'openvino', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_check_tells_of_tags_that_differ_only_in_signs(tmp_path):
    result = run("check", class_folders(tmp_path, **{"C": 1, "C++": 1}))
    assert result.exit_code == 1
    assert "'C', 'C++' differ only in signs" in result.output
