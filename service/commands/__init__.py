"""The commands of `movietags`, a file each."""
