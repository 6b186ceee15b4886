"""What every part of the service is handed: settings, database, files, jobs and the model in use, opened once a process."""

from dataclasses import dataclass
from functools import cached_property

from service.jobs import JobQueue
from service.model_in_use import ModelInUse
from service.models import DETECTORS, DIGIT_READERS, TAGGERS, Installed, Model
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.digits_bundle import DigitsBundle
from service.settings import Settings
from service.storage import FileStorage, open_storage
from service.store.engine import Database
from service.tags import Vocabulary


@dataclass(frozen=True)
class Service:
    """The parts; nothing of it is a global."""

    settings: Settings
    database: Database
    storage: FileStorage
    jobs: JobQueue
    models: ModelInUse[Model]

    @property
    def model(self) -> Model:
        """The tagger in use: to be asked anew by each request and each film, for another one may be taken up meanwhile."""
        return self.models.now()

    @property
    def vocabulary(self) -> Vocabulary:
        """Of the tagger in use."""
        return self.model.vocabulary

    @property
    def detector_bundle(self) -> DetectorBundle:
        """Of the detector in use, to be asked anew likewise. Raises BundleError where there is none."""
        return self._detectors.now().bundle

    @property
    def digits_bundle(self) -> DigitsBundle:
        """Of the reader of digits in use. Raises BundleError where there is none."""
        return self._digit_readers.now().bundle

    @cached_property
    def _detectors(self) -> ModelInUse[Installed[DetectorBundle]]:
        return ModelInUse(self.settings.models, DETECTORS)

    @cached_property
    def _digit_readers(self) -> ModelInUse[Installed[DigitsBundle]]:
        return ModelInUse(self.settings.models, DIGIT_READERS)

    def close(self) -> None:
        """Give the connections back."""
        self.jobs.close()
        self.database.close()


def open_service(settings: Settings) -> Service:
    """Open the parts; the database is connected to when first asked."""
    database = Database(settings.database)
    return Service(
        settings=settings,
        database=database,
        storage=open_storage(settings.files, settings.files_options, settings.disk_reserve_bytes),
        jobs=JobQueue(database),
        models=ModelInUse(settings.models, TAGGERS),
    )
