import pytest

from training.commands.options import configured
from training.errors import ConfigError


def test_without_a_file_the_defaults_hold():
    assert configured(None).head.epochs == 12


def test_an_entry_is_changed_over_the_file(tmp_path):
    (tmp_path / "run.yaml").write_text("head: {epochs: 5, hidden: 64}\n")
    config = configured(tmp_path / "run.yaml", ("head.epochs=3", "head.views={whole: 1}", "name=stills"))
    assert (config.head.epochs, config.head.hidden, config.head.views, config.name) == (3, 64, {"whole": 1.0}, "stills")


@pytest.mark.parametrize(("given", "version"), [("2", "2"), ("1.10", "1.10"), ('"2"', "2"), ("2.0.1", "2.0.1")])
def test_a_version_that_looks_like_a_number_is_text(given, version):
    assert configured(None, (f"version={given}",)).version == version


@pytest.mark.parametrize(
    ("change", "told"),
    [("head.epochs", "ENTRY=VALUE"), ("=3", "ENTRY=VALUE"), ("head.epoch=3", r"head\.epoch"), ("head.epochs=no", r"head\.epochs"),
     ("head.views={", "no YAML"), ("seed.x=1", "seed"), ("head.seeds=[]", "at least 1")],
)  # fmt: skip
def test_a_wrong_entry_is_named(change, told):
    with pytest.raises(ConfigError, match=told):
        configured(None, (change,))


def test_a_file_that_is_no_yaml_is_named(tmp_path):
    (tmp_path / "run.yaml").write_text("head: [")
    with pytest.raises(ConfigError, match=r"run\.yaml"):
        configured(tmp_path / "run.yaml")


def test_a_file_without_entries_changes_nothing(tmp_path):
    (tmp_path / "run.yaml").write_text("# nothing yet\n")
    assert configured(tmp_path / "run.yaml") == configured(None)


def test_the_recipe_of_the_shipped_tagger_can_be_read():
    from pathlib import Path

    import training

    config = configured(Path(training.__file__).parent / "configs" / "tagger.yaml")
    assert (config.data.complete_from, config.head.refit, len(config.head.seeds)) == (15471, True, 6)
