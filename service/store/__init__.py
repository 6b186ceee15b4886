"""The database: what the service knows of films, runs, uploads, keys and workers."""
