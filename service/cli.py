"""Command line."""
import click
@click.group()
def main() -> None:
    """x"""
@main.command()
def vocabulary() -> None:
    from service.tags import load_vocabulary
    for t in load_vocabulary().tags: click.echo(t.id)
