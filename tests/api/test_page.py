"""The page's files, over a real server: who may have them, and what goes with them."""

import http.client
import re
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from service.api.page import WEB
from tests.api.serving import service_in, serving

SCRIPTS, STYLES = sorted(WEB.rglob("*.js")), sorted(WEB.rglob("*.css"))
ASKS = 3  # that the server of these tests answers in a minute
MARKUP = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser", "srcdoc")
FILES = ["/", "/web/script/main.js", "/web/style/base.css", "/web/icon.svg"]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Of a service that wants keys and counts requests closely."""
    service = service_in(tmp_path_factory.mktemp("page"), require_keys=True, rate_limit=ASKS)
    with serving(service) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        yield client


def check_headers(answer):
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'" and policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("path", FILES)
def test_a_file_comes_without_a_key_and_with_a_strict_policy_also_when_it_has_not_changed(client, path):
    answer = client.get(path)
    assert answer.status_code == 200 and answer.content
    check_headers(answer)
    same = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert same.status_code == 304 and not same.content and same.headers["etag"] == answer.headers["etag"]
    check_headers(same)
    head = client.head(path)
    assert head.status_code == 200 and head.headers["content-length"] == str(len(answer.content)) and not head.content
    check_headers(head)


def test_browsers_take_scripts_and_styles_as_what_they_are(client):
    kinds = [client.get(path).headers["content-type"].split(";")[0] for path in FILES]
    assert kinds == ["text/html", "text/javascript", "text/css", "image/svg+xml"]


def test_a_visit_uses_up_nobody_s_rate(client):
    assert {client.get(path).status_code for path in FILES * ASKS} == {200}
    assert client.get("/v1/login").status_code == 200


@pytest.mark.parametrize("path", ["/web", "/web/", "/web/script", "/web/nothing.js", "/index.html"])
def test_there_is_nothing_where_no_file_is(client, path):
    assert client.get(path, follow_redirects=True).status_code in (401, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/web/../api/page.py",
        "/web/..%2fapi%2fpage.py",
        "/web/%2e%2e/api/page.py",
        "/web/..%5capi%5cpage.py",
        "/web//etc/passwd",
        "/web/%00",
    ],
)
def test_no_path_leads_out_of_the_page_s_folder(client, path):
    address = urlsplit(str(client.base_url))
    with closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)) as connection:
        connection.request("GET", path)  # as written: httpx would tidy it
        answer = connection.getresponse()
        assert answer.status in (401, 404) and b"PageFiles" not in answer.read()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_files_are_only_read(client, method):
    assert client.request(method, "/web/script/main.js").status_code == 405


def test_the_page_stands_behind_a_prefix_whether_the_proxy_takes_it_off_or_not(tmp_path):
    with serving(service_in(tmp_path, root_path="/films")) as base, httpx.Client(base_url=base, timeout=60, verify=False) as client:
        for path in ("/films", ""):
            index = client.get(f"{path}/")
            assert index.status_code == 200
            check_headers(index)
            for address in re.findall(r'(?:href|src)="(web/[^"]+)"', index.text):
                assert client.get(f"{path}/{address}").status_code == 200, address
        assert client.get("/films", follow_redirects=True).url.path == "/films/"


def test_the_index_names_only_files_that_there_are_and_nothing_of_others():
    text = (WEB / "index.html").read_text(encoding="utf-8")
    addresses = re.findall(r'(?:href|src)="([^"#]+)"', text)
    assert addresses and [address for address in addresses if not (WEB.parent / address).is_file()] == []
    assert "http" not in text and "<style" not in text and " style=" not in text and not re.search(r"\son\w+=", text)


def test_scripts_import_only_files_that_there_are():
    for path in SCRIPTS:
        for name in re.findall(r'(?:from|import) "([^"]+)"', path.read_text(encoding="utf-8")):
            assert name.startswith(".") and (path.parent / name).resolve().is_file(), f"{path.name}: {name}"


@pytest.mark.parametrize("word", MARKUP)
def test_no_script_makes_markup_or_code_of_text(word):
    assert [path.name for path in SCRIPTS if word in path.read_text(encoding="utf-8")] == []


def test_nothing_is_asked_of_other_hosts():
    allowed = "http://www.w3.org/"  # names of XML's vocabularies, which nobody fetches
    for path in [*SCRIPTS, *STYLES]:
        text = path.read_text(encoding="utf-8").replace(allowed, "")
        assert not re.search(r"https?://|@import|url\(", text), path.name
