"""Key frames like another one, across the library: an index of small vectors in files that can be made anew at any time."""
