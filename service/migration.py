"""The database's tables and the job engine's, brought up to date together."""

import logging
import time

from service.errors import DatabaseUnavailable
from service.jobs import migrate_jobs
from service.settings import Settings
from service.store.engine import Database
from service.store.schema import migrate

RETRY_SECONDS = 1
PATIENCE_SECONDS = 60.0  # that a database may need to come up
log = logging.getLogger(__name__)


def migrate_when_up(settings: Settings, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Migrate; a database that does not answer yet is waited for. Raises DatabaseUnavailable in the end."""
    database = Database(settings.database)
    end = time.monotonic() + patience_seconds
    try:
        while True:
            try:
                migrate(database)
                migrate_jobs(database)
                return
            except DatabaseUnavailable as error:
                if time.monotonic() > end:
                    raise DatabaseUnavailable(f"The database did not answer for {patience_seconds:g} s: {error}") from error
                log.info("waiting for the database")
                time.sleep(RETRY_SECONDS)
    finally:
        database.close()
