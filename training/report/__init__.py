"""The report of a run: one HTML file that opens offline, for a teacher and for an archivist."""
