"""The service's settings, read once from the environment (MOVIETAGS_...) by whoever starts a process; docs/settings.md lists them."""

import ipaddress
import os
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import SettingsError

PREFIX = "MOVIETAGS_"
GB = 1 << 30
HOUR_MS = 3_600_000
ImageUrls = Literal["none", "public", "any"]


class Settings(BaseSettings):
    """Everything that an operator may decide; wrong values are refused at the start."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    # Where things lie
    data_dir: Path = Field(default_factory=lambda: user_data_path("movietags"), description="Folder for all that the service keeps.")
    database_url: str = Field("", description="`postgresql+psycopg://USER:PASSWORD@HOST/NAME`; empty: SQLite in the data folder.")
    files_url: str = Field("", description="Films and results: a folder or `s3://BUCKET/PREFIX`; empty: a folder in the data folder.")
    files_options: dict[str, Any] = Field({}, description="Options of the file system behind `files_url`, as JSON.")
    scratch_dir: Path | None = Field(None, description="Folder for films fetched from S3 while they are tagged; empty: in the data folder.")
    scratch_bytes: int = Field(100 * GB, ge=0, description="At most so much lies in the scratch folder of one worker.")
    inference_socket: Path | None = Field(None, description="Socket of the inference process; empty: in the data folder.")
    models_dir: Path | None = Field(None, description="Folder of the installed models, and of which is in use; empty: in the data folder.")
    import_roots: list[Path] = Field([], description="Folders whose films may be imported in place, as JSON list.")

    # Who may reach it
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port of a worker's health and metrics; 0: none. The next worker of `serve` has the next port."
    )
    metrics_host: str = Field("127.0.0.1", description="Address of a worker's health and metrics.")
    root_path: str = Field("", description="Path prefix under which a proxy shows the service, such as `/movietags`.")
    trusted_proxies: list[str] = Field([], description="Addresses or networks whose forwarded headers are believed, as JSON list.")
    allowed_hosts: list[str] = Field([], description="Names by which the service may be called, beside loopback's, as JSON list.")
    allowed_origins: list[str] = Field([], description="Web pages' origins that may use the API, as JSON list.")
    require_keys: bool | None = Field(None, description="API keys needed; empty: off on loopback, on elsewhere.")
    allow_without_keys: bool = Field(False, description="Listen on other addresses than loopback without keys, for everybody.")
    login_hours: int = Field(12, ge=1, description="How long a browser stays logged in.")
    rate_limit: int = Field(30_000, ge=1, description="Requests a minute for each key (or address, without keys).")

    # Limits
    max_upload_bytes: int = Field(50 * GB, ge=1, description="Largest film.")
    max_open_uploads: int = Field(200, ge=1, description="Unfinished uploads a key may have.")
    max_image_bytes: int = Field(50 << 20, ge=1, description="Largest still.")
    image_urls: ImageUrls = Field(
        "none", description="Stills fetched by URL: `none`, from `public` addresses, or from `any`, also private ones."
    )
    max_duration_ms: int = Field(12 * HOUR_MS, ge=1, description="Longest film.")
    max_pixels: int = Field(8192 * 8192, ge=1, description="Largest picture of a film, width x height.")
    decoder_memory_bytes: int = Field(3 * GB, ge=256 << 20, description="Memory for the data of the decoding process.")
    upload_hours: int = Field(5 * 24, ge=1, description="An unfinished upload is removed after so long without a new byte.")
    disk_reserve_bytes: int = Field(1 * GB, ge=0, description="So much disk stays free; uploads beyond are refused with 507.")
    keep_originals: bool = Field(True, description="Keep uploaded films after tagging.")

    # Work
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is written to standard error.")
    workers: int = Field(1, ge=1, le=64, description="Worker processes of `movietags serve`; each tags one film at a time.")
    heartbeat_seconds: float = Field(3, gt=0, description="Between a worker's signs of life.")
    dead_after_seconds: float = Field(15, gt=0, description="A worker silent for so long is dead, and its work is handed on.")
    grace_seconds: float = Field(20, ge=0, description="A stopping worker may finish its film for so long before it hands it back.")
    inference_patience_seconds: float = Field(120, gt=0, description="How long a film waits for the inference process.")
    allow_private_webhooks: bool = Field(False, description="Webhooks may go to private and loopback addresses.")
    webhook_tries: int = Field(8, ge=1, description="Deliveries tried for one event, with growing pauses.")

    @field_validator("data_dir", "scratch_dir", "inference_socket", "models_dir")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()

    @field_validator("import_roots")
    @classmethod
    def _resolved(cls, value: list[Path]) -> list[Path]:
        return [root.expanduser().resolve() for root in value]

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for proxy in value:
            ipaddress.ip_network(proxy, strict=False)
        return value

    @field_validator("root_path")
    @classmethod
    def _prefix(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not value.startswith("/"):
            raise ValueError("must begin with /")
        return value

    @model_validator(mode="after")
    def _derived(self) -> "Settings":
        if self.dead_after_seconds < 2 * self.heartbeat_seconds:
            raise ValueError("dead_after_seconds must be at least twice heartbeat_seconds, or the living are taken for dead")
        return self

    @property
    def database(self) -> str:
        """URL of the database."""
        return self.database_url or f"sqlite:///{self.data_dir / 'movietags.db'}"

    @property
    def files(self) -> str:
        """URL or folder of the file storage."""
        return self.files_url or str(self.data_dir / "files")

    @property
    def scratch(self) -> Path:
        """Folder for films that must be fetched before they can be decoded."""
        return self.scratch_dir or self.data_dir / "scratch"

    @property
    def uploads(self) -> Path:
        """Folder for what is being uploaded; local to the API process."""
        return self.data_dir / "uploads"

    @property
    def similar(self) -> Path:
        """Folder of the index of similar key frames; local to the API process, and made anew where it is missing."""
        return self.data_dir / "similar"

    @property
    def socket(self) -> Path:
        """The inference process listens here."""
        return self.inference_socket or self.data_dir / "run" / "inference.sock"

    @property
    def models(self) -> Path:
        """Folder of the installed models; the one that came with the package lies elsewhere."""
        return self.models_dir or self.data_dir / "models"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return self.host == "localhost" or _is_loopback(self.host)

    @property
    def needs_keys(self) -> bool:
        """Whether requests must carry an API key."""
        if self.require_keys is not None:
            return self.require_keys
        return not self.is_loopback and not self.allow_without_keys


def load_settings(**given: Any) -> Settings:
    """Settings from the environment, from files named by MOVIETAGS_..._FILE, and from `given`, which wins; None is not given.

    Raises SettingsError that names each wrong setting.
    """
    known = {key: value for key, value in given.items() if value is not None}
    try:
        return Settings(**(_from_files() | known))
    except ValidationError as error:
        wrong = "; ".join(f"{PREFIX}{'_'.join(map(str, part['loc'])).upper()}: {part['msg']}" for part in error.errors())
        raise SettingsError(f"Settings that cannot be used: {wrong}. docs/settings.md lists what is allowed.") from error


def _from_files() -> dict[str, Any]:
    """Values of MOVIETAGS_X_FILE, as secrets are mounted; the plain variable must not be set as well."""
    found: dict[str, Any] = {}
    for name in Settings.model_fields:
        variable = f"{PREFIX}{name.upper()}"
        if path := os.environ.get(f"{variable}_FILE"):
            if variable in os.environ:
                raise SettingsError(f"{variable} and {variable}_FILE are both set; set one of them.")
            try:
                found[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{variable}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
