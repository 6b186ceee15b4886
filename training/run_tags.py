"""Which tags a run learns, and the vocabulary that its bundle scores."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.models import Model
from service.tags import Vocabulary
from training.config import DataConfig
from training.data.examples import Example, Part
from training.data.reading import choose_vocabulary
from training.errors import DataError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunTags:
    """The bundle scores `vocabulary`; of these the run itself learns `labels`."""

    vocabulary: Vocabulary
    labels: tuple[str, ...]


def data_vocabulary(data: Sequence[Path], file: Path | None, config: DataConfig, base: Model, *, extend: bool = False) -> Vocabulary:
    """What the images may be tagged with; with `extend` all of the base's tags and the own ones behind them."""
    own = choose_vocabulary(data, file, config)
    if not extend:
        return own
    return Vocabulary((*base.vocabulary.tags, *(tag for tag in own.tags if tag.id not in base.vocabulary.ids)))


def extending_tags(vocabulary: Vocabulary, base: Model, training: Sequence[Example]) -> RunTags:
    """Own tags beside all of the base's; images that show tags of the base are images without an own tag. Raises DataError."""
    own = [tag for tag in vocabulary.ids if tag not in base.vocabulary.ids]
    if not own:
        raise DataError(
            f"The data has no tag that {base.title} does not have already; --extend adds tags of your own. "
            "Without --extend a head is trained for the tags of the data."
        )
    _check_learnable(own, training)
    return RunTags(vocabulary, tuple(own))


def learned_tags(vocabulary: Vocabulary, base: Model, examples: Sequence[Example], parts: Mapping[str, Part], *, given: bool) -> RunTags:
    """Tags of a run of its own. Raises DataError where one cannot be learned.

    A vocabulary that was `given` is meant: each of its tags must be shown. Any other one is narrowed to the tags that images
    show. Sensitive tags come from the base's network unless a given vocabulary names them and images show them.
    """
    shown = {tag for example in examples for tag in example.tags}
    sensitive = set(base.bundle.sensitive.tags)
    wanted = [tag for tag in vocabulary.ids if (given and tag in shown if tag in sensitive else given or tag in shown)]
    if passed_by := sorted(tag for tag in shown & sensitive if tag not in wanted):
        log.warning("%s: answered by a network of its own, not learned from your images.", ", ".join(passed_by))
    _check_learnable(wanted, [example for example in examples if parts[example.name] == "train"])
    whole = set(wanted) | sensitive >= set(vocabulary.ids)
    kept = vocabulary if given or whole else Vocabulary(tuple(vocabulary[tag] for tag in wanted))
    if len(kept) < len(vocabulary):
        log.info("The data shows %d of the %d tags: %s. The bundle will have these alone.", len(kept), len(vocabulary), ", ".join(kept.ids))
    return RunTags(kept, tuple(wanted))


def _check_learnable(labels: Sequence[str], training: Sequence[Example]) -> None:
    """Each tag needs training images that show it and some that do not."""
    if not labels:
        raise DataError("No image shows a tag of the vocabulary; there is nothing to learn.")
    counts = {label: sum(label in example.tags for example in training) for label in labels}
    lacking = [label for label, count in counts.items() if count == 0]
    if lacking:
        raise DataError(
            f"No training image shows {', '.join(lacking)}. Add images of it to the training part, or take it out of the vocabulary."
        )
    everywhere = [label for label, count in counts.items() if count == len(training)]
    if everywhere:
        raise DataError(
            f"All {len(training)} training images show {', '.join(everywhere)}; there is nothing to tell it from. "
            "Add images that do not show it: of other tags, or of none in a folder called _none."
        )
