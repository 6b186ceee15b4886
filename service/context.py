"""What every part of the service is handed: settings, database, files, jobs and the model in use, opened once a process."""

from dataclasses import dataclass

from service.jobs import JobQueue
from service.models import Model, ModelInUse
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
    models: ModelInUse

    @property
    def model(self) -> Model:
        """The model in use: to be asked anew by each request and each film, for another one may be taken up meanwhile."""
        return self.models.now()

    @property
    def vocabulary(self) -> Vocabulary:
        """Of the model in use."""
        return self.model.vocabulary

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
        models=ModelInUse(settings.models),
    )
