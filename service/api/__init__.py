"""The REST API: one file a resource; FastAPI is imported here and in service/app.py alone."""
