"""New thresholds or a new head on the stored features of a film: no decoding."""

from dataclasses import replace

from service.errors import NotFound
from service.features import StoredFeatures, read_features
from service.outputs import FEATURES, store_retagged
from service.results import Parameters
from service.retag import retag as retagged
from service.store.runs import Attempt
from service.worker.companion import Companion
from service.worker.progress import PUBLISHING, TAGGING, Progress
from service.worker.tagging import scratch_folder
from service.worker.workplace import Workplace


def retag(workplace: Workplace, attempt: Attempt, progress: Progress, companion: Companion) -> str:
    """Tag from the features of the published result, into the attempt's folder; the hash of the features' backbone.

    The objects stay as they were found. Raises NeedsDecoding.
    """
    service, timed = workplace.service, workplace.metrics.timed
    progress.begin(TAGGING)
    with timed(TAGGING):
        stored = _stored(workplace, attempt)
        parameters = replace(Parameters(**attempt.parameters), objects=stored.parameters.objects)
        tagger = workplace.tagger_for(parameters)
        result = retagged(stored, tagger.bundle, tagger.vocabulary, parameters)
    companion.check()
    progress.begin(PUBLISHING)
    with timed(PUBLISHING), scratch_folder(workplace) as scratch:
        assert attempt.result_key is not None
        store_retagged(service.storage, attempt.result_key, attempt.folder, result, scratch)
    return tagger.bundle.backbone_sha256


def _stored(workplace: Workplace, attempt: Attempt) -> StoredFeatures:
    try:
        with workplace.service.storage.open(f"{attempt.result_key}/{FEATURES}") as stream:
            return read_features(stream)
    except FileNotFoundError as error:
        raise NotFound("The stored features of this film are gone; tag the film itself again by retry.") from error
