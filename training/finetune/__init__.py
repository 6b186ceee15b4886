"""Fine-tuning: the backbone learns too, in stages, with changed pictures, and goes on after a kill as if nothing had happened."""
