"""The begin of a run's folder, written before hours of work and checked as far as it can be."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from service.tags import Vocabulary, load_vocabulary
from training.config import RunConfig
from training.data.examples import Part
from training.data.split import write_split
from training.data.vocabulary import vocabulary_text
from training.runs import RunFacts, RunFolder


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
