"""Pictures that people bring: read from what they send, fetched from where they lie, drawn on."""
