"""What every run begins and ends with: its folder, checked as far as it can be before hours of work, and its thresholds."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from service.models import Model
from service.predictors.bundle import SHIPPED_TAGGER
from service.tags import Vocabulary, load_vocabulary
from training.config import RunConfig
from training.data.examples import PARTS, Example, Part, Parts
from training.data.split import write_split
from training.data.vocabulary import vocabulary_text
from training.run_tags import RunTags
from training.runs import RunFacts, RunFolder
from training.targets import Matrix


def in_parts(examples: Sequence[Example], by_name: Mapping[str, Part]) -> Parts:
    """The examples by their parts, in their order."""
    return {part: [example for example in examples if by_name[example.name] == part] for part in PARTS}


def facts_of(
    command: str, labels: tuple[str, ...], data: Iterable[Path], base: Model | None, backend: str, *, extends: bool = False
) -> RunFacts:
    """What a run is; `base` is the model whose backbone it stands on, None where it makes its own."""
    bundle = None if base is None else base.bundle
    return RunFacts(
        command=command,
        labels=labels,
        data=tuple(str(path.resolve()) for path in data),
        backbone=f"{bundle.name} {bundle.version}" if bundle else "own",
        backend=backend,
        extends=extends,
        backbone_folder="" if bundle is None or bundle.folder == SHIPPED_TAGGER else str(bundle.folder.resolve()),
        backbone_sha256=bundle.backbone_sha256 if bundle else "",
    )


def write_thresholds(run: RunFolder, base: Model, tags: RunTags, limits: Matrix) -> None:
    """Those of the run's labels, (labels,), and the base's of its sensitive tags, which the run does not score itself."""
    sensitive = [tag for tag in tags.vocabulary.ids if tag in base.bundle.sensitive.tags]
    fixed = {tag: base.bundle.thresholds[tag] for tag in sensitive}
    learned = {label: round(float(limit), 4) for label, limit in zip(run.facts.labels, limits, strict=True)}
    run.write_json("thresholds.json", fixed | learned)


def begin_run(
    out: Path, config: RunConfig, facts: RunFacts, vocabulary: Vocabulary, by_name: Mapping[str, Part], *, resume: bool = False
) -> RunFolder:
    """Raises RunError where another run lies there, VocabularyError where the service would not load the vocabulary.

    With `resume` a run of the same configuration is gone on with.
    """
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "tags.yaml"
        text.write_text(vocabulary_text(vocabulary), encoding="utf-8")
        load_vocabulary(text)
        run = RunFolder.begin(out, config, facts, text, resume=resume)
    write_split(run.path / "split.csv", by_name)
    return run
