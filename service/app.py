"""The web application, built from the service's parts."""

from importlib.metadata import version

from fastapi import FastAPI

from service.api import movie_upload, uploads
from service.api.desk import Desk
from service.api.early_answers import EarlyAnswers
from service.api.openapi import install_openapi, operation_id
from service.api.page import add_page
from service.api.problems import add_problem_handlers
from service.api.security import add_security
from service.api.wiring import add_metrics, add_routes, lifespan
from service.context import Service


def create_app(service: Service) -> FastAPI:
    """The API on these parts; the caller closes them."""
    # FastAPI's own pages for the description load scripts from elsewhere, and nothing of ours does.
    app = FastAPI(
        title="Movie tagger",
        version=version("movietags"),
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        lifespan=lifespan,
    )
    app.root_path = service.settings.root_path  # set here: the argument is deprecated, and servers' own prefixes mean another thing
    app.state.service = service
    app.state.desk = Desk()
    add_problem_handlers(app)
    add_security(app, service)
    app.add_middleware(EarlyAnswers)
    app.include_router(movie_upload.router)
    app.include_router(uploads.router)
    add_routes(app, service)
    add_page(app)
    add_metrics(app, service)
    install_openapi(app)
    return app
