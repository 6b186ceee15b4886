"""Tag a film again from its stored features: other thresholds or another head, no decoding and no network library."""

from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from service.errors import NeedsDecoding
from service.features import FeatureSource, StoredFeatures
from service.predictors.bundle import TaggerBundle
from service.predictors.heads import Head, reweighed
from service.results import FilmResult, Parameters
from service.summary import summarize
from service.tags import Vocabulary

_DECODING = ("precision", "decoder", "thorough")  # parameters that decide what is looked at


def retag(stored: StoredFeatures, bundle: TaggerBundle, vocabulary: Vocabulary, parameters: Parameters) -> FilmResult:
    """The answer that tagging the film itself would give.

    With the head that the film was tagged with its scores are those of that run; with another one they are computed from
    the features, exact to their half precision. Raises NeedsDecoding where the features are of another backbone, or where
    the parameters ask for what was not looked at.
    """
    refuse_other_features(stored, bundle, parameters)
    shots = stored.frame_scores(_scores(stored, bundle, vocabulary, parameters))
    return summarize(stored.film, stored.sha256, stored.report, shots, bundle, vocabulary, parameters)


def refuse_other_features(stored: StoredFeatures, bundle: TaggerBundle, parameters: Parameters) -> None:
    """Raises NeedsDecoding where `retag` cannot answer; cheap, for a look ahead."""
    source = stored.source
    if source.backbone_sha256 != bundle.backbone_sha256:
        raise NeedsDecoding(
            f"The stored features are of another backbone ({source.name} {source.version}) than that of "
            f"{bundle.name} {bundle.version}; tag the film itself again."
        )
    old, new = asdict(stored.parameters), asdict(parameters)
    other = [name for name in _DECODING if old[name] != new[name]]
    if other:
        asked = ", ".join(f"{name} {new[name]} in place of {old[name]}" for name in other)
        raise NeedsDecoding(f"The stored features do not answer {asked}; tag the film itself again.")
    if parameters.sensitive and not has_sensitive(stored.source, stored.parameters, bundle):
        raise NeedsDecoding("The stored features hold no scores of this model's network for sensitive tags; tag the film itself again.")


def has_sensitive(source: FeatureSource, parameters: Parameters, bundle: TaggerBundle) -> bool:
    """Whether the run that stored features asked this bundle's network for sensitive tags, if it has one."""
    wanted, same = set(bundle.sensitive.tags), source.sensitive_sha256 == bundle.sensitive_sha256
    return not wanted or (parameters.sensitive and same and wanted <= set(source.sensitive_threshold))


def _scores(stored: StoredFeatures, bundle: TaggerBundle, vocabulary: Vocabulary, parameters: Parameters) -> NDArray[np.float32]:
    """Scores (frames, tags) in vocabulary order."""
    source = stored.source
    before = {tag: stored.scores[:, column] for column, tag in enumerate(source.tags)}
    scores = np.zeros((len(stored.scores), len(vocabulary)), np.float32)
    columns = [vocabulary.index(label) for label in bundle.labels]
    if source.head_sha256 == bundle.head_sha256 and set(bundle.labels) <= before.keys():
        scores[:, columns] = np.stack([before[label] for label in bundle.labels], axis=1)
    else:
        scores[:, columns] = Head(bundle.folder).scores(stored.features)
    if parameters.sensitive:
        for tag, threshold in bundle.sensitive.threshold.items():
            scores[:, vocabulary.index(tag)] = reweighed(before[tag], source.sensitive_threshold[tag], threshold)
    return scores
