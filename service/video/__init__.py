"""Everything that opens a film or works on its pictures: PyAV and OpenCV live here alone."""
