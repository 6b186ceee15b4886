"""Digits on a photo of paper: found, and brought to the form of MNIST."""
