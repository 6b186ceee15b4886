"""From the tags of frames to the tags of a film and to segments of time: pure arithmetic."""
