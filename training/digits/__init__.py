"""Handwritten digits: networks of our own, trained on MNIST, and the bundle they become."""
