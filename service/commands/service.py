"""The commands that start the service or one of its processes; what they need is imported when they run."""

from pathlib import Path

import click

from service.commands.options import data_dir_option, settings_for

host_option = click.option("--host", help="Address to listen on; 127.0.0.1 if nothing is said.")
port_option = click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 8000 if nothing is said, 0 for a free one.")


@click.command()
@host_option
@port_option
@data_dir_option
@click.option("--workers", type=click.IntRange(1, 64), help="Films that are tagged at once.")
def serve(host: str | None, port: int | None, data_dir: Path | None, workers: int | None) -> None:
    """Start the whole service on this machine: API, worker and model."""
    from service.supervisor import run_service

    run_service(settings_for(host=host, port=port, data_dir=data_dir, workers=workers))


@click.command()
@host_option
@port_option
@data_dir_option
@click.option("--socket-fd", type=int, hidden=True, help="A listening socket that was handed over.")
def api(host: str | None, port: int | None, data_dir: Path | None, socket_fd: int | None) -> None:
    """Start the API alone."""
    from service.web_server import run_api

    run_api(settings_for(host=host, port=port, data_dir=data_dir), socket_fd)


@click.command()
@data_dir_option
@click.option("--metrics-port", type=click.IntRange(0, 65535), help="Port of its health and metrics; none if nothing is said.")
def worker(data_dir: Path | None, metrics_port: int | None) -> None:
    """Start one worker: it tags one film at a time."""
    from service.worker.main import run_worker

    run_worker(settings_for(data_dir=data_dir, metrics_port=metrics_port))


@click.command()
@data_dir_option
def inference(data_dir: Path | None) -> None:
    """Start the process that holds the model; one is enough for a machine."""
    from service.predictors.server import main

    settings = settings_for(data_dir=data_dir)
    main([str(settings.socket), "--models", str(settings.models)])


@click.command()
@data_dir_option
def migrate(data_dir: Path | None) -> None:
    """Bring the database to the state that this program needs."""
    from service.migration import migrate_when_up

    migrate_when_up(settings_for(data_dir=data_dir))
    click.echo("The database is up to date.", err=True)


COMMANDS = (serve, api, worker, inference, migrate)
