"""The whole service as a user starts it: `movietags serve` with the shipped model, over HTTP."""

import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.running_service import MOVIETAGS, distinct_copy, running_service

ROOT = Path(__file__).parent.parent
FILM = ROOT / "examples" / "big-buck-bunny.mp4"
QUIET = {"MOVIETAGS_LOG_LEVEL": "warning", "MOVIETAGS_DISK_RESERVE_BYTES": "0", "MOVIETAGS_GRACE_SECONDS": "1"}


@dataclass(frozen=True)
class Killed:
    """What a tree leaves that was killed in the middle of a film."""

    folder: Path
    film: str
    left: list[psutil.Process]  # that live on


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Killed:
    work = tmp_path_factory.mktemp("killed")
    folder = work / "data"
    with running_service(environment=QUIET, data_dir=folder) as service:
        film = service.upload(distinct_copy(FILM, work / "film.mp4", "killed"), precision="frame")["id"]
        tree = psutil.Process(service.process.pid).children(recursive=True)
        service.process.kill()
        _gone, left = psutil.wait_procs(tree, 60)
    return Killed(folder, film, left)


@pytest.fixture(scope="module")
def service(killed):
    """On the folder of a killed one: whatever that left hurts no test."""
    with running_service(environment=QUIET, data_dir=killed.folder) as service:
        yield service


def test_nothing_is_lost_and_nothing_left_running_when_the_tree_is_killed(killed, service):
    assert not killed.left
    assert service.wait(killed.film, 120)["state"] == "succeeded"


def test_a_film_goes_in_and_its_themes_come_out(service):
    movie = service.wait(service.upload(FILM, title="Bunny")["id"])
    assert movie["state"] == "succeeded"
    assert "animal" in [tag["tag"] for tag in movie["tags"]]
    assert movie["progress"]["percent"] == 100


def test_the_commands_of_the_readme_work(service):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [line.split("  #")[0] for line in readme.splitlines() if line.startswith("curl ")]
    assert len(commands) >= 4
    movie_id = service.wait(service.upload(FILM)["id"])["id"]
    base = str(service.client.base_url).rstrip("/")
    for command in commands:
        line = command.replace("http://127.0.0.1:8000", base).replace("/ID", f"/{movie_id}")
        done = subprocess.run(["curl", "-sf", *shlex.split(line)[1:]], cwd=ROOT, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, line
        assert done.stdout, line


def test_a_still_is_tagged_by_the_same_model(service):
    movie_id = service.wait(service.upload(FILM)["id"])["id"]
    picture = service.client.get(f"/v1/movies/{movie_id}/frames/0/image").content
    answer = service.client.post("/v1/images/tags", content=picture, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200
    assert max(answer.json()["scores"], key=answer.json()["scores"].get) in ("animal", "forest", "animation")


def test_a_second_service_on_the_same_folder_is_refused(service):
    command = [MOVIETAGS, "serve", "--port", "0", "--data-dir", str(service.data_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Another service uses the data folder" in done.stderr


@pytest.mark.parametrize("name", ["worker", "inference"])
def test_a_killed_process_is_started_again_and_the_film_is_finished(service, tmp_path, name):
    long = distinct_copy(FILM, tmp_path / f"{name}.mp4", name)
    movie = service.upload(long, precision="frame")
    _until(lambda: service.movie(movie["id"])["state"] == "running")
    [process] = service.children(name)
    process.kill()
    ended = service.wait(movie["id"], 120)
    assert ended["state"] == "succeeded"
    _until(lambda: [child.pid for child in service.children(name)] not in ([], [process.pid]))


def test_connections_wait_while_the_api_is_started_again(service):
    [process] = service.children("api")
    process.kill()
    psutil.wait_procs([process], 10)
    assert httpx.get(f"{service.client.base_url}/health/live", timeout=60).status_code == 200


def test_it_is_not_shown_to_other_machines_without_a_key(tmp_path):
    command = [MOVIETAGS, "serve", "--host", "0.0.0.0", "--port", "0", "--data-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "movietags keys create" in done.stderr


def _until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_films_in_s3_go_the_whole_way(bucket):
    """From tus to succeeded, with a scratch folder that holds no more than one film, and nothing of the film left in it."""
    from tusclient.client import TusClient

    environment = QUIET | {
        "MOVIETAGS_FILES_URL": bucket.url,
        "MOVIETAGS_FILES_OPTIONS": bucket.options,
        "MOVIETAGS_SCRATCH_BYTES": "3000000",
    }
    with running_service(environment=environment) as service:
        base = str(service.client.base_url).rstrip("/")
        with FILM.open("rb") as stream:
            uploader = TusClient(f"{base}/v1/uploads").uploader(file_stream=stream, chunk_size=300_000, metadata={"filename": FILM.name})
            uploader.upload()
        [upload] = service.client.get("/v1/uploads").json()["uploads"]
        movie = service.wait(upload["movie_id"])
        assert movie["state"] == "succeeded", movie["error"]
        answer = service.client.get(f"/v1/movies/{movie['id']}/file", headers={"Range": "bytes=100-199"})
        assert (answer.status_code, answer.content) == (206, FILM.read_bytes()[100:200])
        assert service.client.get(f"/v1/movies/{movie['id']}/frames/0/image").content.startswith(b"\xff\xd8")
        assert not [path for path in (service.data_dir / "scratch").rglob("*") if path.is_file()]
        assert httpx.delete(f"{base}/v1/movies/{movie['id']}").status_code == 204
        assert bucket.keys() == []


@pytest.fixture
def bucket():
    """An S3 of our own on loopback."""
    import json
    from types import SimpleNamespace

    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    where = {
        "endpoint_url": f"http://{host}:{port}",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "region_name": "us-east-1",
    }
    client = boto3.client("s3", **where)
    client.create_bucket(Bucket="films")
    options = {"endpoint_url": where["endpoint_url"], "key": "test", "secret": "test", "client_kwargs": {"region_name": "us-east-1"}}

    def keys():
        return [entry["Key"] for entry in client.list_objects_v2(Bucket="films").get("Contents", [])]

    yield SimpleNamespace(url="s3://films/movietags", options=json.dumps(options), keys=keys)
    client.close()
    server.stop()


def test_a_copy_of_the_files_of_a_stopped_tree_opens_with_all_that_was_acknowledged(service, tmp_path):
    done = service.wait(service.upload(FILM)["id"])["id"]
    queued = [service.upload(distinct_copy(FILM, tmp_path / f"{number}.mp4", f"copy {number}"))["id"] for number in range(2)]
    tree = [psutil.Process(service.process.pid), *psutil.Process(service.process.pid).children(recursive=True)]
    for process in tree:
        process.suspend()
    try:
        shutil.copytree(service.data_dir, tmp_path / "copy", ignore=shutil.ignore_patterns("run"))
        with running_service(environment=QUIET, data_dir=tmp_path / "copy") as copy:
            assert copy.movie(done)["state"] == "succeeded"
            assert [copy.wait(movie_id)["state"] for movie_id in queued] == ["succeeded"] * 2
    finally:
        for process in tree:
            process.resume()
