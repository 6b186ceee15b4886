"""What people said of tags in a running service, on its way into training."""

import threading

from service.corrections import corrections_zip
from service.feedback import give
from service.store.tables import Verdict
from tests import seed
from tests.api.conftest import service_on
from training.config import DataConfig
from training.data.examples import STILL
from training.data.reading import choose_vocabulary, read_data


def test_an_export_of_the_service_is_training_data(tmp_path, sqlite_url):
    service = service_on(sqlite_url, tmp_path / "data")
    movie_id = seed.add_tagged(service)
    said = [(0, "war", Verdict.RIGHT), (0, "drama", Verdict.WRONG), (1, "heist", Verdict.MISSING), (2, "war", Verdict.WRONG)]
    for number, tag, verdict in said:
        give(service, movie_id, number, tag, verdict)
    archive = tmp_path / "corrections.zip"
    archive.write_bytes(b"".join(corrections_zip(service, threading.Lock())))
    vocabulary = choose_vocabulary([archive], None, DataConfig(), cache=tmp_path / "cache")
    assert vocabulary == service.vocabulary
    examples = read_data(archive, vocabulary, DataConfig(), cache=tmp_path / "cache")
    service.close()
    assert [(set(each.tags), set(each.absent)) for each in examples] == [({"war"}, {"drama"}), ({"heist"}, set()), (set(), {"war"})]
    assert {(each.source, each.kind, each.labelling) for each in examples} == {(movie_id, STILL, "named")}
    assert [each.path.read_bytes() for each in examples] == [seed.picture(number) for number in range(3)]
