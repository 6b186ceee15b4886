"""How good a tagger is: figures of labelled images and films, with the intervals that few images leave open."""
