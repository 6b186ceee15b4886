"""Training data: where images and their tags come from, whether they are sound, and who is judged on what."""
