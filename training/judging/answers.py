"""What a bundle answers for labelled images, through the networks that are served."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from service.models import Model, model_at
from service.predictors.bundle import SHIPPED_TAGGER, TaggerBundle
from service.predictors.facts import FACTS
from service.predictors.heads import Head, weighed
from service.predictors.runtime import Network
from training.data.examples import Example
from training.errors import RunError
from training.features import ServedBackbone, cache_folder, image_features
from training.judging.measures import Flags, Scores
from training.targets import known
from training.views import WHOLE, load_picture, look

SHIPPED = "shipped"
TOGETHER = 64  # pictures at once for the network for sensitive tags


@dataclass(frozen=True)
class Answers:
    """Scores (images, tags) and what they are held against."""

    examples: tuple[Example, ...]  # the images; those that do not decode are left out
    scores: Scores
    thresholds: Mapping[str, float]  # of each tag, in the order of the columns

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(self.thresholds)

    def columns(self, tags: Sequence[str]) -> "Answers":
        """Some of the tags, in the order given."""
        place = {tag: column for column, tag in enumerate(self.thresholds)}
        return Answers(self.examples, self.scores[:, [place[tag] for tag in tags]], {tag: self.thresholds[tag] for tag in tags})

    def of(self, examples: Sequence[Example]) -> "Answers":
        """Those for some of the images, in the order given."""
        place = {example.name: row for row, example in enumerate(self.examples)}
        return Answers(tuple(examples), self.scores[[place[example.name] for example in examples]], self.thresholds)


def surely_known(examples: Sequence[Example], tags: Sequence[str], data: Sequence[Example]) -> Flags:
    """Where it is known of `examples` whether they show a tag, (images, tags): nowhere for a tag that all of `data` never names."""
    named = frozenset[str]().union(*(example.tags | example.absent for example in data))
    return np.asarray(known(examples, tags) & np.array([tag in named for tag in tags], bool), bool)


def find_model(name: str) -> Model:
    """The model `shipped`, of a bundle's folder or of a run's. Raises RunError or BundleError."""
    if name == SHIPPED:
        return model_at(SHIPPED_TAGGER)
    folder = next((path for path in (Path(name), Path(name) / "bundle") if (path / FACTS).is_file()), None)
    if folder is None:
        raise RunError(f"{name} holds no bundle: give the folder of a bundle, of a finished run, or the word {SHIPPED!r}.")
    return model_at(folder)


def answers_of(model: Model, examples: Sequence[Example], cache: Path | None = None) -> Answers:
    """Scores of whole pictures. Features are kept in `cache`, so that another head on the same backbone is quick.

    A tag of the network for sensitive pictures is answered for only where some example names it: without, it cannot be judged.
    """
    bundle = model.bundle
    features = image_features(ServedBackbone(bundle.folder), examples, [WHOLE], cache or cache_folder())
    scores = dict(zip(bundle.labels, Head(bundle.folder).scores(features.views[0][:, None, :]).T, strict=True))
    named = {tag for example in features.examples for tag in example.tags | example.absent}
    wanted = [tag for tag in bundle.sensitive.tags if tag in named]
    if wanted:
        scores.update(zip(wanted, _sensitive(bundle, wanted, features.examples), strict=True))
    tags = [tag for tag in model.vocabulary.ids if tag in scores]
    thresholds = {tag: bundle.thresholds[tag] for tag in tags}
    return Answers(features.examples, np.stack([scores[tag] for tag in tags], axis=1).astype(np.float32), thresholds)


def _sensitive(bundle: TaggerBundle, tags: Sequence[str], examples: Sequence[Example]) -> Scores:
    """Scores (tags, images) as single frames get them."""
    network, rule = Network(bundle.folder / "sensitive.xml", "scores"), bundle.sensitive
    parts = []
    for start in range(0, len(examples), TOGETHER):
        pictures = [look(load_picture(example.path), WHOLE, example.name) for example in examples[start : start + TOGETHER]]
        parts.append(network(np.stack(pictures)))
    shown = np.concatenate(parts)
    columns = {tag: [rule.outputs.index(name) for name in rule.tags[tag]] for tag in tags}
    return np.stack([weighed(shown[:, columns[tag]].sum(axis=1), rule.threshold[tag]) for tag in tags])
