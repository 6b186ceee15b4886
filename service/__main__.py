"""python -m service: the same as `movietags`."""

from service.cli import main

main(prog_name="movietags")
