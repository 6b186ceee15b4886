"""Every error of training, one tree under the service's.

TrainingError
├── DataError           what was given as training data cannot be used
│   ├── UnknownTags     tags that the vocabulary does not have; close ones are named
│   └── MissingImages   the manifest names files that are not there
├── ConfigError         a run's YAML, or an option, that cannot be used
├── RunError            a run's folder lacks what the command needs, or holds another run
├── WeightsError        weights that do not fit the network, or cannot be had
├── OutOfMemory         too little memory even for a batch of one image
└── ExportRefused       the bundle would be worse than the bound allows, or half written
"""

from service.errors import MovieTaggerError


class TrainingError(MovieTaggerError):
    """Base of all; the message says what was given, what is allowed and what to do."""


class DataError(TrainingError):
    """The training data cannot be used."""


class UnknownTags(DataError):
    """Tags that the vocabulary does not have."""


class MissingImages(DataError):
    """Files that the manifest names and that are not there."""


class ConfigError(TrainingError):
    """A configuration that cannot be used."""


class RunError(TrainingError):
    """A run's folder lacks something, or holds another run."""


class WeightsError(TrainingError):
    """Weights that do not fit the network, or cannot be had."""


class OutOfMemory(TrainingError):
    """Too little memory even for a batch of one image."""


class ExportRefused(TrainingError):
    """The bundle would be worse than the bound allows."""
