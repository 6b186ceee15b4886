"""The commands of `movietags-train`, one file each; loaded when they are called."""
