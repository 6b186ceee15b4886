"""Heat maps of the shipped model, against known truth; and which other models can tell of a film."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.errors import NoHeatMap
from service.heat_maps import check_heat, heat_of
from service.models import model_at
from service.outputs import PICTURES, PLACES
from service.predictors.tagger import Tagger
from service.store.tables import Movie
from tests import seed
from tests.api.serving import service_in
from tests.bundles import change_facts, write_bundle

STILLS = Path(__file__).parent.parent / "examples" / "stills"
SURE = {"war": "00876.jpg", "hospital": "00056.jpg"}  # that score above 0.9


@pytest.fixture(scope="module")
def tagger():
    return Tagger(seed.BUNDLE, seed.VOCABULARY)


def half_grey(tag, side):
    """The still in one half of a picture that is grey elsewhere."""
    with Image.open(STILLS / tag / SURE[tag]) as still:
        half = still.convert("RGB").resize((160, 180))
    picture = Image.new("RGB", (320, 180), (128, 128, 128))
    picture.paste(half, (160 * side, 0))
    stream = io.BytesIO()
    picture.save(stream, "jpeg", quality=82)
    return stream.getvalue()


def film_showing(service, picture):
    movie_id = seed.add_tagged(service, shots=[("war",)])
    with service.database.read() as session:
        movie = session.get_one(Movie, movie_id)
        folder = movie.result_key
    service.storage.put(f"{folder}/{PICTURES}", picture)
    service.storage.put(f"{folder}/{PLACES}", f'{{"offsets": [0, {len(picture)}], "width": 320}}'.encode())
    return movie


@pytest.mark.parametrize("tag", SURE)
@pytest.mark.parametrize("side", [0, 1])
def test_the_heat_lies_in_the_half_that_shows_the_tag(tmp_path, tagger, tag, side):
    service = service_in(tmp_path)
    found = heat_of(service, film_showing(service, half_grey(tag, side)), 0, tag, tagger)
    service.close()
    with Image.open(io.BytesIO(found.png)) as image:
        alpha = np.asarray(image)[..., 3].astype(float)
    halves = alpha[:, :160].sum(), alpha[:, 160:].sum()
    assert halves[side] > 0.6 * sum(halves), (halves, found.peak)  # not all of it: each place sees far around, beyond the still's edge
    assert found.peak > 0.05


@pytest.fixture
def models(tmp_path):
    """Three versions: the second differs from the first in a threshold alone, the third has another head."""
    write_bundle(tmp_path / "own@1", name="own", version="1")
    shutil.copytree(tmp_path / "own@1", tmp_path / "own@2")
    change_facts(tmp_path / "own@2", version="2", thresholds={"crowd": 0.7, "empty street": 0.5})
    write_bundle(tmp_path / "own@3", name="own", version="3", seed=1)
    return tmp_path


@pytest.mark.parametrize(("version", "can"), [("1", True), ("2", True), ("3", False), ("0", False)])
def test_the_head_decides_whose_films_a_model_can_tell_of(models, version, can):
    """Of version 0 nothing is known any more."""
    first = model_at(models / "own@1")
    made_by = {"name": "own", "version": version, "thresholds": {"crowd": 0.5}}
    movie = Movie(id="mov_1", model=made_by, backbone_sha256=first.bundle.backbone_sha256)
    if can:
        check_heat(models, movie, "crowd", first)
    else:
        with pytest.raises(NoHeatMap, match=rf"tagged by own@{version}, and own@1 is in use; POST /v1/movies/mov_1/retag"):
            check_heat(models, movie, "crowd", first)
