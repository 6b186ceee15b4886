"""API keys, and browsers that log in with one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from service import errors, keys
from service.api.auth import COOKIE, AdminKey, asking, door_of, presented_by
from service.api.bodies import moment
from service.api.deps import ServiceDep
from service.api.openapi import Responses, answer, plain, problems
from service.api.pages import check_id
from service.api.rates import network_of
from service.api.schemas import Answer
from service.errors import KeyNeeded
from service.keys import NewKey
from service.store.tables import ApiKey

KEY_ID = "key_0191d1f0c3a27b5e9f04a1c2d3e4f506"
WHO = {"keys_needed": True, "key_id": KEY_ID, "scopes": ["read", "write"]}
KEY = {"id": KEY_ID, "name": "the archive", "scopes": ["write"], "created_at": "2026-11-03T08:30:00.125Z", "revoked_at": None}
SHOWN = {"key": "mt_Zk3vJ0m4T2u8...", "webhook_secret": "whsec_MfKQ9r8G..."}
router = APIRouter(prefix="/v1", tags=["keys"])

Scope = Literal["read", "write", "admin"]


def _open() -> Responses:
    """What routes that need no key may answer all the same."""
    return problems(errors.ForeignRequest, errors.TooManyRequests, errors.DatabaseUnavailable)


KeyId = Annotated[
    str, AfterValidator(lambda value: check_id(value, "key_", "API key", "/v1/keys")), Path(description="The key's id.", examples=[KEY_ID])
]


class LoginIn(BaseModel):
    """A key, for a browser that keeps it no longer than this request."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(min_length=1, max_length=200, repr=False)


class Who(Answer):
    """Who is asking."""

    keys_needed: bool = Field(description="False where everybody may do everything, as on loopback.")
    key_id: str | None = Field(description="Null when nobody is logged in, and where no keys are needed.")
    scopes: list[Scope] = Field(description="What may be done.")


class KeyIn(BaseModel):
    """A new key."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=keys.NAME_LENGTH, description="Who uses the key.")
    scopes: list[Scope] = Field(min_length=1, max_length=3, description="admin includes write, write includes read.")


class KeyOut(Answer):
    """A key, without its text: that is shown once, when it is made."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: str
    revoked_at: str | None


class KeyMade(KeyOut):
    """A new key: the only time that its text is shown."""

    key: str
    webhook_secret: str = Field(description="Signs the webhooks of films that the key brings.")


class Keys(Answer):
    """Every key."""

    keys: list[KeyOut]


@router.get("/login", summary="Who am I", responses=answer(Who, "Who is asking.", WHO) | _open())
async def who(request: Request, service: ServiceDep) -> Response:
    """For pages that want to know whether to show a login. Needs no key."""
    try:
        caller = asking(request.scope)
    except KeyNeeded:
        caller = keys.Caller(None, frozenset())
    scopes = [scope for scope in keys.SCOPES if caller.may(scope)]
    return JSONResponse({"keys_needed": service.settings.needs_keys, "key_id": caller.key_id, "scopes": scopes})


@router.post(
    "/login",
    summary="Log a browser in",
    responses=answer(Who, "Logged in: the answer sets a cookie that scripts cannot read.", WHO, Set_Cookie="The login.")
    | problems(KeyNeeded, errors.InvalidRequest, errors.TooLarge)
    | _open(),
)
async def log_in(
    request: Request,
    service: ServiceDep,
    wish: Annotated[LoginIn, Body(openapi_examples={"key": {"value": {"key": SHOWN["key"]}}})],
) -> Response:
    """Players, pictures and event streams send no header: a page logs in once, and its requests carry the cookie.

    Where no keys are needed there is nothing to log in to, and no cookie is set.
    """
    if not service.settings.needs_keys:
        return JSONResponse({"keys_needed": False, "key_id": None, "scopes": list(keys.SCOPES)})
    caller = await door_of(request.scope).find(keys.presented(wish.key, is_login=False), network_of(request.scope.get("client")))
    if caller is None or caller.key_id is None:
        raise KeyNeeded("The API key is unknown or revoked; `movietags keys create` makes one.")
    hours = service.settings.login_hours
    token = await run_in_threadpool(keys.log_in, service.database, caller.key_id, hours)
    scopes = [scope for scope in keys.SCOPES if caller.may(scope)]
    response = JSONResponse({"keys_needed": True, "key_id": caller.key_id, "scopes": scopes})
    response.set_cookie(
        COOKIE,
        token,
        max_age=hours * 3600,
        path=service.settings.root_path or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


@router.post("/logout", summary="Log a browser out", status_code=204, responses=plain("Logged out.", status=204) | _open())
async def log_out(request: Request, service: ServiceDep) -> Response:
    """The cookie is worth nothing from now on, here or anywhere."""
    token = request.cookies.get(COOKIE)
    shown = presented_by(request)
    if token:
        await run_in_threadpool(keys.log_out, service.database, token)
    if shown:
        door_of(request.scope).ring.forget(shown)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path=service.settings.root_path or "/", httponly=True, samesite="strict")
    return response


@router.get("/keys", summary="List API keys", responses=answer(Keys, "Every key, revoked ones too.", {"keys": [KEY]}))
def list_keys(service: ServiceDep, _caller: AdminKey) -> Response:
    """Oldest first; the keys themselves are not stored."""
    return JSONResponse({"keys": [_body(key) for key in keys.list_keys(service.database)]})


@router.post(
    "/keys",
    summary="Make an API key",
    status_code=201,
    responses=answer(KeyMade, "The key; its text is never shown again.", {**KEY, **SHOWN}, 201, Location="Where the key is.")
    | problems(errors.InvalidRequest, errors.TooLarge),
)
def create_key(
    service: ServiceDep,
    _caller: AdminKey,
    wish: Annotated[KeyIn, Body(openapi_examples={"uploads": {"value": {"name": "the archive", "scopes": ["write"]}}})],
) -> Response:
    """Whoever has the key's text has the key."""
    made: NewKey = keys.create_key(service.database, wish.name, wish.scopes)
    body = {**_body(made.key), "key": made.text, "webhook_secret": made.key.webhook_secret}
    return JSONResponse(body, 201, {"Location": f"{service.settings.root_path}/v1/keys/{made.key.id}"})


@router.get("/keys/{key_id}", summary="Get an API key", responses=answer(KeyOut, "The key.", KEY) | problems(errors.NotFound))
def get_key(key_id: KeyId, service: ServiceDep, _caller: AdminKey) -> Response:
    """Without its text."""
    return JSONResponse(_body(keys.get_key(service.database, key_id)))


@router.delete(
    "/keys/{key_id}",
    summary="Revoke an API key",
    status_code=204,
    responses=plain("Revoked: within five seconds nothing is let in with it, nor with logins made with it.", status=204)
    | problems(errors.NotFound),
)
def revoke_key(key_id: KeyId, service: ServiceDep, _caller: AdminKey) -> Response:
    """It stays in the list, and its secret still signs the webhooks of its films."""
    keys.revoke_key(service.database, key_id)
    return Response(status_code=204)


def _body(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes,
        "created_at": moment(key.created_at),
        "revoked_at": moment(key.revoked_at) if key.revoked_at is not None else None,
    }
