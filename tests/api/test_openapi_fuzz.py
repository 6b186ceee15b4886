"""The whole OpenAPI document tried with good and bad requests, one by one and in chains; benchmarks/fuzz.py tries many more."""

import warnings
from typing import TYPE_CHECKING

import pytest

from tests import clips
from tests.api.conftest import service_on
from tests.api.picture_models import inference_of, put_in_use
from tests.api.serving import serving
from tests.api.test_images import still
from tests.fuzz_seeds import Seeds

if TYPE_CHECKING:
    from tests.fuzzing import Findings

EXAMPLES = 4  # for each operation and phase


@pytest.fixture(scope="module")
def findings(tmp_path_factory, new_sqlite) -> "Findings":
    from tests.fuzzing import Material, fuzz  # seconds, which only the process that runs this file shall spend

    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "library").mkdir()
    film = clips.write(folder / "library" / "harbour.mp4", clips.scenes(10, 10))
    service = service_on(new_sqlite(), folder / "data", import_roots=[folder / "library"], rate_limit=10**9)
    put_in_use(service.settings.models)
    material = Material(film.read_bytes(), still(), folder / "library")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the generated values, and from threads that are not ours
        with inference_of(service), serving(service) as url:
            seeds = Seeds(service, material.folder)
            return fuzz(url, seeds, material, examples=EXAMPLES, seed=1, phases=("examples", "fuzzing", "stateful"))


def test_no_answer_breaks_the_document_and_none_is_a_fault_of_ours(findings):
    assert not findings.failures, "\n\n".join(f"{name}\n{text}" for name, text in findings.failures.items())


def test_every_operation_was_asked_and_went_well_at_least_once(findings):
    assert findings.operations == findings.answers.keys()
    assert findings.unanswered() == []
