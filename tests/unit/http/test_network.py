"""Addresses, proxies and certificate authorities."""

from __future__ import annotations

import base64

import pytest

from probe_gate.errors import ConfigError
from probe_gate.http.network import (
    PROXY_VARIABLES,
    Proxy,
    ca_bundle_from,
    explain_no_proxy,
    find_proxy,
    is_excluded,
)

URL = "https://api.example.com"


def address_of(value: str) -> str:
    proxy = find_proxy(URL, {"HTTPS_PROXY": value})
    assert proxy is not None
    return proxy.url


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("http://proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("HTTPS://Proxy.Example.COM:443/", "https://proxy.example.com:443"),
        ("proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("proxy", "http://proxy"),
        ("http://proxy:", "http://proxy"),
        ("http://10.1.2.3:03128", "http://10.1.2.3:3128"),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
        (" \thttp://proxy_1.example.com.:1 ", "http://proxy_1.example.com.:1"),
        ("http://proxy:65535", "http://proxy:65535"),
    ],
)
def test_an_address_of_a_proxy_is_read(value: str, url: str) -> None:
    """With or without a scheme, a port, a slash at its end and blanks around it."""
    assert address_of(value) == url


@pytest.mark.parametrize(
    ("login", "credentials"),
    [
        ("gate:secret", b"gate:secret"),
        ("gate", b"gate:"),
        ("gate:pa%40ss", b"gate:pa@ss"),
        ("gate:p@ss", b"gate:p@ss"),
        ("gate:a:b", b"gate:a:b"),
        ("corp%5Cuser:secret", b"corp\\user:secret"),
        ("gate:%E2%82%AC", "gate:€".encode()),
        ("gäte:$e%cret", "gäte:$e%cret".encode()),
    ],
)
def test_a_login_goes_into_a_header_for_the_proxy(login: str, credentials: bytes) -> None:
    """As UTF-8, like curl; the address, which messages show, does not have it."""
    proxy = find_proxy(URL, {"HTTPS_PROXY": f"http://{login}@proxy.example.com:3128"})
    assert proxy is not None
    assert proxy.address == "proxy.example.com:3128"
    scheme, _, encoded = proxy.headers["Proxy-Authorization"].partition(" ")
    assert (scheme, base64.b64decode(encoded)) == ("Basic", credentials)
    assert encoded not in repr(proxy)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ('"http://gate:secret@proxy:3128"', "quotation marks"),
        ("'http://gate:secret@proxy:3128'", "quotation marks"),
        ("http://gate:secret@proxy:3128\n", "line break"),
        ("http://gate:secret@proxy:3128\r\n", "line break"),
        ("\n", "line break"),
        ("http://gate:secret@pro\nxy:3128", "line break"),
        ("http://gate:sec ret@proxy:3128", "space"),
        ("http://gate:secret@proxy:3128 http://other:1", "space"),
        ("http://gate:secret@proxy\x00:3128", "control character"),
        ("http://corp\\gate:secret@proxy:3128", "%5C"),
        ("corp\\gate:secret@proxy:3128", "%5C"),
        ("http://gate:secret@proxy:99999", "port"),
        ("http://gate:secret@proxy:65536", "port"),
        ("http://gate:secret@proxy:0", "port"),
        ("http://gate:secret@proxy:-1", "port"),
        ("http://gate:secret@proxy:port", "port"),
        ("http://gate:secret@proxy:३१२८", "port"),
        ("http://gate:secret", "port"),
        ("http://gate:se/cret@proxy:3128", "%2F"),
        ("http://gate:se#cret@proxy:3128", "%23"),
        ("http://gate:se?cret@proxy:3128", "%3F"),
        ("http://", "no host"),
        ("http://gate:secret@:3128", "no host"),
        ("://proxy:3128", "no host"),
        (":3128", "no host"),
        ("http:/proxy:3128", "path"),
        ("http//proxy:3128", "path"),
        ("http://wpad.example.com/proxy.pac", "path"),
        ("http://gate:secret@proxy:3128?a=b", "path"),
        ("http://[::1", "not an address"),
        ("http://[proxy]:3128", "IP address"),
        ("http://[10.1.2.3]:3128", "IP address"),
        ("http://gate:secret@2001:db8::1:3128", "square brackets"),
        ("http://pröxy:3128", "ASCII"),
        ("http://.proxy:3128", "IP address"),
        ("http://" + "a" * 64, "IP address"),
        ("$HTTP_PROXY", "name of a variable"),
        ("http://$(proxyHost):3128", "name of a variable"),
        ("http://gate:secret@${PROXY}", "name of a variable"),
        ("socks5://gate:secret@proxy:1080", "SOCKS"),
        ("gopher://proxy:70", "http://"),
    ],
)
@pytest.mark.parametrize("variable", PROXY_VARIABLES)
def test_a_proxy_that_cannot_be_used_is_a_wrong_setting(value: str, problem: str, variable: str) -> None:
    """The variable is named, and what is wrong with its value; the value itself holds a login and is not repeated."""
    with pytest.raises(ConfigError) as caught:
        find_proxy(URL, {variable: value})
    assert caught.value.message.startswith(f"{variable}: ")
    assert problem in caught.value.message
    assert "http://proxy.example.com:3128" in caught.value.hint
    assert "secret" not in str(caught.value).replace("user:password", "")


def test_the_first_variable_with_a_value_counts() -> None:
    """In curl's order; an empty one is the same as none, and those of other schemes have no say."""
    environ = {"HTTP_PROXY": "http://x:1", "http_proxy": "http://x:1", "ftp_proxy": "http://x:1"}
    assert find_proxy(URL, environ) is None
    for port, variable in enumerate(reversed(PROXY_VARIABLES), 1):
        environ[variable] = f"http://proxy:{port}"
        assert find_proxy(URL, environ) == Proxy(variable, f"http://proxy:{port}", {})
    assert find_proxy(URL, environ | {"https_proxy": "", "HTTPS_PROXY": "  "}) == Proxy(
        "all_proxy", "http://proxy:2", {}
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "https://[::1]", "https://127.9.9.9"])
def test_this_machine_needs_no_proxy(url: str) -> None:
    """Not even a wrong one matters."""
    assert find_proxy(url, {"HTTPS_PROXY": '"nonsense'}) is None


def test_a_host_without_a_proxy_does_not_need_a_right_one() -> None:
    """As curl has it: the list is looked at first."""
    environ = {"HTTPS_PROXY": '"nonsense', "NO_PROXY": "example.com"}
    assert find_proxy(URL, environ) is None
    with pytest.raises(ConfigError):
        find_proxy(URL, environ | {"no_proxy": "example.org"})
    assert find_proxy(URL, environ | {"no_proxy": ""}) is None


LONG = ".".join(["127.0.0.1"] * 12)
CURLS_OWN = [
    # from tests/unit/unit1614.c of curl
    ("www.example.com", "localhost,.example.com,.example.de", True),
    ("www.example.com.", "localhost,.example.com,.example.de", True),
    ("example.com", "localhost,.example.com,.example.de", True),
    ("example.com.", "localhost,.example.com,.example.de", True),
    ("www.example.com", "localhost,.example.com.,.example.de", True),
    ("www.example.com", "localhost,www.example.com.,.example.de", True),
    ("example.com", "localhost,example.com,.example.de", True),
    ("nexample.com", "localhost,example.com,.example.de", False),
    ("www.example.com", "localhost,example.com,.example.de", True),
    ("127.0.0.1", "127.0.0.1/28,localhost,", True),
    ("127.0.0.1", f"localhost,{LONG}", False),
    ("localhost", "localhost,127.0.0.1", True),
    ("foobar", "barfoo", False),
    ("192.168.0.1", "foobar", False),
    ("192.168.0.1", "192.168.0.0/16", True),
    ("192.168.0.1", "192.168.0.0/16a", False),
    ("192.168.0.1", "192.168.0.0/16 ", True),
    ("192.168.0.1", "192.168.0.0/a16", False),
    ("192.168.0.1", "192.168.0.0/ 16", False),
    ("192.168.0.1", "192.168.0.0/32", False),
    ("192.168.0.1", "192.168.0.1/32", True),
    ("192.168.0.1", "192.168.0.1/33", False),
    ("192.168.0.1", "192.168.0.1/0", True),
    ("192.168.0.1", "192.168.0.0/0", False),
    ("192.168.0.1", "192.168.0.0", False),
    ("192.168.1.1", "foo, bar, 192.168.0.0/24", False),
    ("192.168.1.1", "foo, bar, 192.168.0.0/16", True),
    ("::1", "foo, bar, ::1/64", True),
    ("::1", "::1/129", False),
    ("::1", "::1/128", True),
    ("::1", "0:0::1", True),
    ("::1", "::1/ 127", False),
    ("2001:db8:8000::1", "2001:db8::/65", False),
    ("2001:db8::1", "2001:db8::/65", True),
    ("bar", "foo, bar, ::1/64", True),
    ("BAr", "foo,,,,,              bar, ::1/64", True),
    ("www.example.com", "foo, .example.com", True),
    ("www.example.com", "www2.example.com, .example.net", False),
    ("nonexample.com", ".example.com, .example.net", False),
]


@pytest.mark.parametrize(
    ("host", "no_proxy", "excluded"),
    [
        *CURLS_OWN,
        ("api.example.com", "*", True),
        ("api.example.com", "foo,*", False),
        ("api.example.com", "*.example.com", False),
        ("api.example.com", "api.example.com:443", False),
        ("api.example.com", "foo api.example.com", True),
        ("api.example.com", "foo\tbar \t api.example.com", True),
        ("api.example.com", "foo\t, \tAPI.EXAMPLE.COM\t", True),
        ("api.example.com", " api.example.com ", True),
        ("api.example.com", "", False),
        ("api.example.com", " ", False),
        ("api.example.com", ".", False),
        ("api.example.com", ",,,", False),
        ("api.example.com", "com", True),
        ("api.example.com", "example.com\nfoo", False),
        ("10.1.2.3", "2.3", False),
        ("::1", "127.0.0.1/8", False),
        ("::1", "[::1]", False),
    ],
)
def test_hosts_that_need_no_proxy_are_found_as_curl_finds_them(host: str, no_proxy: str, excluded: bool) -> None:
    """One star in place of the list is the only wildcard, and entries have no ports."""
    assert is_excluded(host, no_proxy) is excluded


@pytest.mark.parametrize(
    ("no_proxy", "hint"),
    [
        ("", ""),
        ("example.org", ""),
        ("example.com", ""),
        ("*", ""),
        ("foo,*.example.com", "In NO_PROXY, write example.com instead of *.example.com."),
        ("api.example.com:443", "In NO_PROXY, write api.example.com instead of api.example.com:443."),
        ("foo\nexample.com", "Separate the entries of NO_PROXY with commas."),
        ("foo,*", "In NO_PROXY, a * works only on its own."),
    ],
)
def test_an_entry_that_was_meant_to_match_is_explained(no_proxy: str, hint: str) -> None:
    """Other programs read such entries in other ways."""
    assert explain_no_proxy("api.example.com", no_proxy) == hint


def test_the_first_authority_variable_that_is_set_counts() -> None:
    """An empty one is the same as none."""
    assert ca_bundle_from({}) is None
    assert ca_bundle_from({"REQUESTS_CA_BUNDLE": " ", "SSL_CERT_FILE": "/b"}) == ("SSL_CERT_FILE", "/b")
    both = {"SSL_CERT_FILE": "/b", "REQUESTS_CA_BUNDLE": "/a"}
    assert ca_bundle_from(both) == ("REQUESTS_CA_BUNDLE", "/a")
