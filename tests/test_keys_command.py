"""movietags keys, as an operator runs it."""

import pytest
from click.testing import CliRunner

from service import keys
from service.cli import main
from service.store.engine import Database


@pytest.fixture
def run(tmp_path):
    def run(*arguments):
        return CliRunner().invoke(main, ["keys", *arguments, "--data-dir", str(tmp_path)])

    return run


def test_a_key_is_made_before_the_service_was_ever_started_listed_and_revoked(run, tmp_path):
    made = run("create", "--name", "the archive", "--scope", "read", "--scope", "write")
    text = made.stdout.strip()
    assert made.exit_code == 0 and text.startswith("mt_") and len(text) > 40
    [line] = run("list").stdout.splitlines()
    key_id, name, scopes, _since, state = line.split("\t")
    assert (name, scopes, state) == ("the archive", "read,write", "valid") and text not in line
    database = Database(f"sqlite:///{tmp_path / 'movietags.db'}")
    found = keys.KeyRing(database).look_up(keys.presented(text, is_login=False))
    assert found is not None and found.may("write") and not found.may("admin")
    assert run("revoke", key_id).exit_code == 0
    assert "revoked" in run("list").stdout
    assert keys.KeyRing(database).look_up(keys.presented(text, is_login=False)) is None
    database.close()


def test_the_secret_that_signs_webhooks_is_shown(run):
    run("create", "--name", "the archive", "--scope", "write")
    key_id = run("list").stdout.split("\t")[0]
    of_key, of_all = run("show-secret", key_id).stdout, run("show-secret").stdout
    assert of_key.startswith("whsec_") and of_all.startswith("whsec_") and of_key != of_all
    assert run("show-secret").stdout == of_all


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("create", "--name", "x", "--scope", "root"), "read, write, admin"),
        (("create", "--name", " ", "--scope", "read"), "printable"),
        (("create", "--name", "x"), "--scope"),
        (("revoke", "key_unknown"), "movietags keys list"),
        (("show-secret", "key_unknown"), "movietags keys list"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(run, arguments, told):
    result = run(*arguments)
    assert result.exit_code in (1, 2) and told in result.stderr
