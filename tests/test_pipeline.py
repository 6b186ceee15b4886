"""The pipeline on clips of known colours, with a tagger that knows nothing but colours."""

import time

import numpy as np
import pytest

from service.errors import FilmError, FilmTooLong, PictureSizeRefused, TaggingCancelled
from service.pipeline import Stage, StageProgress, TaggedShot, tag_film
from service.predictors.predictions import Predictions
from service.records import Decoder, Precision
from service.results import FilmResult, Parameters
from service.video.decode import DecodeLimits
from tests import clips
from tests.fakes import ColourTagger

RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)
SECONDS = 3  # of each colour
FRAME_MS = 1000 // clips.RATE


def coloured(colour, count, seed=0):
    """Frames of one colour with a texture that drifts, so that neighbours differ."""
    random = np.random.default_rng(seed)
    noise = random.integers(-15, 15, (clips.SIZE[1] // 8, clips.SIZE[0] // 4, 1)).repeat(8, 0).repeat(8, 1)
    for index in range(count):
        shifted = np.roll(noise, index, axis=1)[:, : clips.SIZE[0]]
        yield np.clip(np.array(colour) + shifted, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    count = SECONDS * clips.RATE
    pictures = [*coloured(RED, count, 1), *coloured(GREEN, count, 2), *coloured(RED, count, 3)]
    return clips.write(tmp_path_factory.mktemp("films") / "colours.mp4", pictures)


def tag(path, precision=Precision.KEYFRAME, decoder=Decoder.PYAV, tagger=None, **hooks) -> FilmResult:
    parameters = Parameters(precision, decoder, thorough=False, sensitive=True, min_score=None, top=None)
    return tag_film(path, tagger or ColourTagger(), parameters, **hooks)


def ranges(result, tag):
    return [(part.start_ms, part.end_ms) for part in result.segments if part.tag == tag]


@pytest.mark.parametrize("decoder", Decoder)
def test_in_frame_precision_segments_begin_and_end_at_the_cuts(film, decoder):
    result = tag(film, Precision.FRAME, decoder)
    assert result.duration_ms == pytest.approx(9000, abs=FRAME_MS)
    [(start, end)] = ranges(result, "green")
    assert abs(start - 3000) <= FRAME_MS and abs(end - 6000) <= FRAME_MS
    assert len(ranges(result, "red")) == 2


@pytest.mark.parametrize("precision", Precision)
def test_themes_come_with_their_coverage(film, precision):
    result = tag(film, precision)
    assert {tag.tag for tag in result.tags} == {"red", "green"}
    assert {tag.tag: round(tag.coverage, 1) for tag in result.tags} == {"red": 0.7, "green": 0.3}


def test_scores_of_all_tags_and_the_hash_of_the_content_are_in_the_answer(film):
    result = tag(film)
    assert list(result.scores) == ["red", "green", "blue", "nudity"]
    assert len(result.sha256) == 64
    assert tag(film, sha256="f" * 64).sha256 == "f" * 64


def test_every_shot_is_shown_once_in_time_order_with_its_pictures(film):
    seen: list[TaggedShot] = []
    result = tag(film, on_shot=seen.append, thumbnail_side=80)
    assert [shot.frames.shot for shot in seen] == list(result.shots)
    thumbnails = [frame.thumbnail for shot in seen for frame in shot.frames.key_frames]
    assert {max(thumbnail.shape[:2]) for thumbnail in thumbnails if thumbnail is not None} == {80}
    assert len(thumbnails) == len(result.frames)


def test_progress_rises_to_the_end_of_the_film(film):
    told = []
    result = tag(film, on_progress=lambda position, duration: told.append((position, duration)))
    positions = [position for position, _ in told]
    assert positions == sorted(positions)
    assert positions[-1] == result.duration_ms


def test_a_film_that_cannot_be_opened_is_a_film_error(tmp_path):
    path = tmp_path / "text.mp4"
    path.write_text("no film")
    with pytest.raises(FilmError, match="not a film"):
        tag(path)


def test_each_stage_is_named_and_tagging_rises_to_the_end(film):
    told: list[StageProgress] = []
    result = tag(film, on_stage=told.append)
    assert list(dict.fromkeys(each.stage for each in told)) == [Stage.PROBING, Stage.TAGGING, Stage.SUMMARIZING]
    fractions = [each.fraction or 0.0 for each in told if each.stage is Stage.TAGGING]
    assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] == pytest.approx(1, abs=0.01)
    assert told[-1].position_ms == result.duration_ms


class SlowTagger(ColourTagger):
    """Networks that are away."""

    def predict(self, views) -> Predictions:
        time.sleep(5)
        return super().predict(views)


def test_a_run_is_cancelled_while_the_networks_are_silent(film):
    began = time.monotonic()
    told: list[StageProgress] = []
    with pytest.raises(TaggingCancelled):
        tag(film, tagger=SlowTagger(), on_stage=told.append, cancelled=lambda: bool(told) and time.monotonic() - began > 1)
    assert time.monotonic() - began < 4


def test_a_run_that_is_not_cancelled_gives_the_same_answer(film):
    assert tag(film, cancelled=lambda: False).to_json() == tag(film).to_json()


def test_a_film_that_says_it_is_too_long_is_refused(film):
    with pytest.raises(FilmTooLong, match=r"longer than the 0\.1 minutes"):
        tag(film, max_duration_ms=6000)
    assert tag(film, max_duration_ms=9100).duration_ms > 8900


def test_a_film_that_does_not_say_its_length_is_ended_at_the_limit(tmp_path):
    """A raw stream has no header that tells."""
    pictures = [*coloured(RED, 75, 1), *coloured(GREEN, 75, 2)]
    path = clips.write(tmp_path / "raw.h264", pictures, clips.Recipe(container="h264", key_every=25))
    seen: list[TaggedShot] = []
    with pytest.raises(FilmTooLong):
        tag(path, max_duration_ms=2000, on_shot=seen.append)
    assert all(shot.frames.shot.end_ms <= 2000 for shot in seen)


def test_the_limits_of_decoding_are_passed_on(film):
    with pytest.raises(PictureSizeRefused):
        tag(film, limits=DecodeLimits(max_pixels=100))
