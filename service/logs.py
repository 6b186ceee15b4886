"""What the service's processes write to standard error."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
QUIET = ("alembic", "botocore", "httpcore", "httpx", "s3fs", "urllib3")  # of interest only when something is wrong


def begin_logging(level: str) -> None:
    """One line an event, for terminals and collectors alike. Keys, cookies and addresses' queries are never logged."""
    logging.basicConfig(level=level.upper(), format=FORMAT, stream=sys.stderr, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
