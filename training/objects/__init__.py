"""Detectors: made smaller and faster, and judged as COCO judges them."""
