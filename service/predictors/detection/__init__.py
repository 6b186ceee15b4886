"""Output conventions of detectors: from a network's arrays to boxes, scores and labels."""
