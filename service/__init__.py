"""The movie tagger: a film goes in, its themes come out with scores and the times where they hold."""
