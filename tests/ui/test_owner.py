import hashlib
import re
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from cnnviz.ui.owner import COOKIE, KeyCookie, _secret, hashed, token_for, token_is_right


def page(_request: Request) -> Response:
    response = HTMLResponse("<p>page</p>")
    response.set_cookie("streamlit", "of its own")
    return response


def numbers(_request: Request) -> Response:
    return JSONResponse([1, 2])


APP = Starlette(routes=[Route("/", page), Route("/numbers", numbers)], middleware=[Middleware(KeyCookie)])


def given_key(response: Any) -> str | None:
    """The line that sets our cookie."""
    lines: list[str] = [line for line in response.headers.get_list("set-cookie") if line.startswith(f"{COOKIE}=")]
    assert len(lines) <= 1
    return lines[0] if lines else None


def test_a_page_brings_a_key_that_scripts_and_other_sites_do_not_get() -> None:
    line = given_key(TestClient(APP).get("/"))
    assert line
    morsel = SimpleCookie(line)[COOKIE]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert morsel["path"] == "/"
    assert int(morsel["max-age"]) > 300 * 86_400
    assert not morsel["secure"]
    assert len(morsel.value) >= 43  # 32 random bytes in base64


def test_the_key_is_for_https_only_where_the_page_came_by_it() -> None:
    line = given_key(TestClient(APP, base_url="https://cnn.example").get("/"))
    assert line
    assert SimpleCookie(line)[COOKIE]["secure"]


def test_a_browser_keeps_its_first_key() -> None:
    browser = TestClient(APP)
    assert given_key(browser.get("/"))
    kept = browser.cookies[COOKIE]
    assert given_key(browser.get("/")) is None
    assert browser.cookies[COOKIE] == kept


def test_two_browsers_have_two_keys() -> None:
    one, other = TestClient(APP), TestClient(APP)
    one.get("/"), other.get("/")
    assert one.cookies[COOKIE] != other.cookies[COOKIE]


def test_only_a_page_brings_a_key() -> None:
    assert given_key(TestClient(APP).get("/numbers")) is None


def test_the_cookies_of_others_stay() -> None:
    response = TestClient(APP).get("/")
    assert response.cookies["streamlit"].strip('"') == "of its own"


@pytest.mark.parametrize("others", ['a={"b": "c"}', "foo[bar]=1", "nothing", 'a="b', "a=1 2"])
def test_a_key_is_known_among_cookies_of_others_that_are_none(others: str) -> None:
    """Of other programs on this computer: cookies know no ports."""
    assert given_key(TestClient(APP).get("/", headers={"cookie": f"{others}; {COOKIE}=mine"})) is None


@pytest.mark.parametrize("cookie", ["", ";;;", "a=b; c=d", "=", "\xff=\xfe"])
def test_a_browser_with_unreadable_cookies_is_given_a_key(cookie: str) -> None:
    response = TestClient(APP).get("/", headers={"cookie": cookie.encode("latin-1")})
    assert response.status_code == 200
    assert given_key(response)


def test_what_is_stored_is_the_sha256_of_the_key() -> None:
    assert hashed("key") == hashlib.sha256(b"key").hexdigest()
    assert hashed(None) is None
    assert hashed("") is None


@given(st.text(), st.text())
def test_a_token_opens_one_run(run: str, other: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", token_for(run))
    assert token_is_right(run, token_for(run))
    assert token_is_right(other, token_for(run)) == (run == other)


def test_a_token_is_good_after_the_server_was_started_anew(runs_folder: Path) -> None:
    _secret.cache_clear()
    token = token_for("run")
    _secret.cache_clear()
    assert token_is_right("run", token)
    assert [path.stat().st_mode & 0o077 for path in runs_folder.glob(".secret*")] == [0]
    (runs_folder / ".secret").unlink()
    _secret.cache_clear()
    assert not token_is_right("run", token)


@given(st.text())
def test_any_text_may_be_offered_as_a_token(text: str) -> None:
    assert not token_is_right("run", text)
