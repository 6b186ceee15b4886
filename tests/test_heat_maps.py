"""Heat maps of the shipped model, against known truth; and which other models can tell of a film."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from service.heat_maps import heat_of
from service.outputs import PICTURES, PLACES
from service.predictors.tagger import Tagger
from service.store.tables import Movie
from tests import seed
from tests.api.serving import service_in

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
    assert halves[side] > 0.75 * sum(halves), (halves, found.peak)
    assert found.peak > 0.05
