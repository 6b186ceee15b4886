"""Settings: from the environment, from files, refused when wrong, all documented."""

from pathlib import Path

import pytest

from service.errors import SettingsError
from service.settings import PREFIX, Settings, load_settings

DOCUMENT = Path(__file__).parent.parent / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    import os

    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def test_what_is_given_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("MOVIETAGS_PORT", "9000")
    assert load_settings().port == 9000
    assert load_settings(port=9001).port == 9001
    assert load_settings(port=None).port == 9000


def test_a_value_may_come_from_a_file(monkeypatch, tmp_path):
    secret = tmp_path / "url"
    secret.write_text("postgresql+psycopg://u:p@db/m\n")
    monkeypatch.setenv("MOVIETAGS_DATABASE_URL_FILE", str(secret))
    assert load_settings().database == "postgresql+psycopg://u:p@db/m"


def test_a_value_and_its_file_are_not_both_taken(monkeypatch, tmp_path):
    monkeypatch.setenv("MOVIETAGS_DATABASE_URL", "sqlite:///x")
    monkeypatch.setenv("MOVIETAGS_DATABASE_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(SettingsError, match="both set"):
        load_settings()


def test_a_file_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("MOVIETAGS_DATABASE_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match="none, which cannot be read"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("WORKERS", "none"),
        ("TRUSTED_PROXIES", '["proxy.example"]'),
        ("ROOT_PATH", "movies"),
        ("DEAD_AFTER_SECONDS", "4"),
    ],
)
def test_wrong_settings_are_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError, match=r"docs/settings\.md") as refusal:
        load_settings()
    assert name.lower() in str(refusal.value).lower()


@pytest.mark.parametrize(
    ("host", "needed"), [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True), ("example", True)]
)
def test_keys_are_needed_beyond_this_machine(host, needed):
    assert load_settings(host=host).needs_keys is needed


def test_every_setting_is_documented_with_its_meaning():
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"| `{PREFIX}{name.upper()}` |" in text, name
        assert field.description and field.description in text, name


def test_no_setting_is_documented_that_is_none():
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    named = {line.split("`")[1] for line in lines if line.startswith(f"| `{PREFIX}")}
    assert named == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
