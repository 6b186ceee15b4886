"""Run by Alembic: apply the steps on the connection that service.store.schema handed over."""

from alembic import context

from service.store.tables import Base

connection = context.config.attributes["connection"]
# SQLite changes a table by copying it.
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
