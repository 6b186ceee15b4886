import numpy as np

from training.feature_store import CHUNK, FeatureStore


def row(value):
    return np.full(4, value, np.float16)


def test_what_is_added_is_found_by_another_one(tmp_path):
    store = FeatureStore(tmp_path / "kept")
    store.add({"a": row(1), "b": row(2)})
    store.flush()
    assert {key: values.tolist() for key, values in FeatureStore(tmp_path / "kept").rows(["b", "c"]).items()} == {"b": [2.0] * 4}


def test_a_full_chunk_is_written_without_being_asked(tmp_path):
    FeatureStore(tmp_path).add({str(number): row(number) for number in range(CHUNK)})
    assert len(FeatureStore(tmp_path).rows(map(str, range(CHUNK)))) == CHUNK


def test_two_stores_add_to_the_same_folder(tmp_path):
    for key in ("a", "b"):
        store = FeatureStore(tmp_path)
        store.add({key: row(0)})
        store.flush()
    assert FeatureStore(tmp_path).rows(["a", "b"]).keys() == {"a", "b"}


def test_a_damaged_chunk_counts_as_missing(tmp_path, caplog):
    store = FeatureStore(tmp_path)
    store.add({"a": row(0)})
    store.flush()
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:100])
    assert FeatureStore(tmp_path).rows(["a"]) == {}
    assert path.name in caplog.text


def test_a_chunk_that_was_not_finished_is_passed_by(tmp_path):
    (tmp_path / "0123.part").write_bytes(b"half")
    assert FeatureStore(tmp_path).rows(["a"]) == {}


def test_where_nothing_can_be_written_it_goes_on_and_tells_once(tmp_path, caplog):
    (tmp_path / "kept").write_text("a file, where the folder should be")
    store = FeatureStore(tmp_path / "kept")
    for key in ("a", "b"):
        store.add({key: row(0)})
        store.flush()
    assert caplog.text.count("cannot be kept") == 1
