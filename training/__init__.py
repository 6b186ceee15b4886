"""Train a tagger and export it as a bundle: TensorFlow, Keras and NNCF live here alone."""
