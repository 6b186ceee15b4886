"""What every part of the service is handed: settings, database, files, jobs and vocabulary, opened once a process."""

from dataclasses import dataclass

from service.jobs import JobQueue
from service.settings import Settings
from service.storage import FileStorage, open_storage
from service.store.engine import Database
from service.tags import Vocabulary, load_vocabulary


@dataclass(frozen=True)
class Service:
    """The parts; nothing of it is a global."""

    settings: Settings
    database: Database
    storage: FileStorage
    jobs: JobQueue
    vocabulary: Vocabulary

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
        vocabulary=load_vocabulary(),
    )
