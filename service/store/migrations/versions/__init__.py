"""One file a step; `service.store.schema` applies them in order."""
