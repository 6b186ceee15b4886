"""Where webhooks may go, and how a connection is kept to that."""

import datetime
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.errors import WebhookRefused
from service.outgoing_urls import is_public
from service.settings import load_settings
from service.webhook_http import Poster
from service.webhook_urls import check_url
from tests.receivers import receiving


@pytest.fixture
def settings(tmp_path):
    return load_settings(data_dir=tmp_path, allow_private_webhooks=True)


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


# Where they may go


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1"),
        *("240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254"),
        *("ff02::1", "fec0::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "2002:7f00:1::", "2002:a00:1::1"),
        *("64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::808:808", "2001:0:7f00:1::1", "localhost", ""),
    ],
)
def test_an_address_that_is_not_anybodys_is_refused(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
)
def test_a_public_address_is_taken(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/", "example.com", "", "https://"),
        *("https://user:word@example.com/", "https://user@example.com/", "https://@example.com/", "http://exa mple.com/"),
        *("http://example.com\\@evil.example/", "http://example.com/\r\nX: y", "http://example.com:0/", "http://example.com:22/"),
        *("http://example.com:99999/", "http://example.com:x/", "http://[::1/", "http://[fe80::1%25eth0]/", "http://ex%61mple.com/"),
        *("http://exämple.com/", "http://example.com/ä", "https://example.com/" + "x" * 2048, "http://:80/", "http://-/"),
    ],
)
def test_a_url_of_another_form_is_refused(tmp_path, url):
    with pytest.raises(WebhookRefused):
        check_url(url, load_settings(data_dir=tmp_path), lambda _host, _port: ["8.8.8.8"])


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://[::ffff:7f00:1]/"),
        *("http://[::1]:8080/", "http://localhost:9000/x"),
    ],
)
def test_loopback_is_refused_however_it_is_written(tmp_path, settings, url):
    with pytest.raises(WebhookRefused, match="MOVIETAGS_ALLOW_PRIVATE_WEBHOOKS"):
        check_url(url, load_settings(data_dir=tmp_path))
    check_url(url, settings)


def test_a_host_is_refused_when_one_of_its_addresses_is_private(tmp_path):
    private = load_settings(data_dir=tmp_path)
    check_url("https://example.com/hook?x=1", private, lambda _host, _port: ["8.8.8.8", "2606:4700::1111"])
    with pytest.raises(WebhookRefused):
        check_url("https://example.com/hook", private, lambda _host, _port: ["8.8.8.8", "10.0.0.1"])


def test_a_host_that_is_not_known_is_refused(settings):
    def nowhere(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def no_address(_host: str, _port: int) -> list[str]:
        return []

    for resolve in (nowhere, no_address):
        with pytest.raises(WebhookRefused, match=r"nowhere\.invalid"):
            check_url("https://nowhere.invalid/", settings, resolve)


# The connection


def test_it_connects_to_exactly_the_address_that_was_looked_at(receiver):
    asked = []

    def resolve(host, port):
        asked.append((host, port))
        return ["127.0.0.1"]

    poster = Poster(allow_private=True, resolve=resolve)
    reply = poster.post(f"http://films.example:{receiver.port}/hook", b"{}", {"webhook-id": "1"})
    assert reply.is_taken and reply.status == 204
    assert asked == [("films.example", receiver.port)]
    assert receiver.received[0].headers["host"] == f"films.example:{receiver.port}"


def test_a_name_that_turns_private_between_the_looks_is_refused(tmp_path, receiver):
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    url = f"http://films.example:{receiver.port}/hook"
    check_url(url, load_settings(data_dir=tmp_path), lambda _host, _port: next(answers))
    reply = Poster(allow_private=False, resolve=lambda _host, _port: next(answers)).post(url, b"{}", {})
    assert reply.status is None and "private" in (reply.error or "")
    assert receiver.received == []


def test_redirects_are_not_followed(receiver):
    receiver.answers = [302]
    reply = Poster(allow_private=True).post(f"{receiver.base}/hook", b"{}", {})
    assert (reply.status, reply.is_taken, reply.error) == (302, False, "Redirects are not followed.")
    assert [each.path for each in receiver.received] == ["/hook"]


def test_an_answer_without_end_is_not_read_to_it(receiver):
    receiver.answer_body = b"x" * (8 << 20)
    reply = Poster(allow_private=True).post(receiver.base, b"{}", {}, seconds=5)
    assert reply.is_taken


def test_a_receiver_that_is_slow_is_left(receiver):
    over = threading.Event()
    receiver.before_answer = lambda: over.wait(5)
    reply = Poster(allow_private=True).post(receiver.base, b"{}", {}, seconds=0.3)
    over.set()
    assert reply.status is None and "Timeout" in (reply.error or "") and reply.milliseconds < 3000


def test_a_receiver_that_drips_is_left():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def drip():
            connection, _ = listener.accept()
            with connection:
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\n")
                    while not stop.wait(0.05):
                        connection.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        reply = Poster(allow_private=True).post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {}, seconds=0.5)
        stop.set()
        thread.join()
    assert reply.status is None and reply.milliseconds < 3000


def test_nobody_there_is_an_error_and_no_exception():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    reply = Poster(allow_private=True).post(f"http://127.0.0.1:{port}/", b"{}", {})
    assert reply.status is None and reply.error
    assert Poster(allow_private=True).post("nonsense", b"{}", {}).error


def certificate_for(folder, name):
    """Files of a certificate that signs itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1))
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return str(paths[0]), str(paths[1])


def test_tls_asks_for_the_names_certificate_although_an_address_is_connected_to(tmp_path):
    files = certificate_for(tmp_path, "films.example")
    with receiving(files) as receiver:
        poster = Poster(
            allow_private=True, resolve=lambda _host, _port: ["127.0.0.1"], ssl_context=ssl.create_default_context(cafile=files[0])
        )
        assert poster.post(f"https://films.example:{receiver.port}/", b"{}", {}).is_taken
        other = poster.post(f"https://other.example:{receiver.port}/", b"{}", {})
        assert other.status is None and "certificate" in (other.error or "").lower()
        unknown = Poster(allow_private=True, resolve=lambda _host, _port: ["127.0.0.1"])
        assert unknown.post(f"https://films.example:{receiver.port}/", b"{}", {}).status is None
