"""Pages, assets, operations: what is served, with which headers, and what errors look like."""

from __future__ import annotations

import json
import logging

import pytest

from ctiapp import logs
from tests.web.conftest import API, World
from tests.web.test_customer_api import refused


def test_every_answer_carries_the_security_headers(world: World) -> None:
    for path in ("/", "/console", "/console/frame", "/healthz", "/nothing", f"{API}/nothing", f"{API}/agent/view"):
        headers = world.browser().get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "no-referrer", path
        policy = headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy or path == "/console/frame", path


def test_the_console_loads_only_its_own(world: World) -> None:
    page = world.browser().get("/console")
    assert page.status_code == 200 and b"/console/console.js" in page.data and b"<style" not in page.data
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; style-src 'self';") and "frame-ancestors 'none'" in policy


def test_P07_the_frame_of_the_customers_page_runs_and_fetches_nothing(world: World) -> None:
    answer = world.browser().get("/console/frame")
    policy = answer.headers["Content-Security-Policy"]
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'; "
        "sandbox allow-same-origin"
    )
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_P01_the_widget_loads_on_any_page(world: World) -> None:
    (world.dist / "assets").mkdir(parents=True)
    (world.dist / "console").mkdir()
    (world.dist / "widget.js").write_text("widget")
    (world.dist / "assets" / "page-Dk3bQ9_x.js").write_text("chunk")
    (world.dist / "console" / "console.js").write_text("console")
    client = world.browser()
    widget, chunk = (client.get(path, buffered=True) for path in ("/widget.js", "/assets/page-Dk3bQ9_x.js"))
    for answer in (widget, chunk):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "javascript" in answer.headers["Content-Type"]
    assert widget.headers["Cache-Control"] == "public, max-age=300"
    assert "immutable" in chunk.headers["Cache-Control"]
    again = client.get("/widget.js", headers={"If-None-Match": widget.headers["ETag"]}, buffered=True)
    assert again.status_code == 304
    assert client.get("/console/console.js", buffered=True).data == b"console"
    for outside in ("/assets/../widget.js", "/assets/%2e%2e/%2e%2e/state/secrets.json", "/console/../widget.js"):
        assert client.get(outside, buffered=True).status_code in (404, 308), outside


def test_what_was_not_built_is_not_found(world: World) -> None:
    assert world.browser().get("/widget.js").status_code == 404


def test_errors_under_api_have_the_one_shape(world: World) -> None:
    refused(world.browser().get(f"{API}/nothing"), "not_found", 404)
    answer = world.browser().patch(f"{API}/agent/login")
    refused(answer, "method_not_allowed", 405)
    assert "POST" in answer.headers["Allow"]
    strange = world.browser().get(f"{API}/<img src=x onerror=alert(1)>")
    assert strange.content_type == "application/json" and b"<img" not in strange.data


def test_an_error_elsewhere_is_plain_text(world: World) -> None:
    answer = world.browser().get("/<script>alert(1)</script>")
    assert answer.status_code == 404 and answer.content_type.startswith("text/plain")
    assert b"<" not in answer.data


@pytest.mark.parametrize(
    ("health", "ready"),
    [
        ({"database": True, "telephone": "up", "detail": ""}, True),
        ({"database": True, "telephone": "down", "detail": "no heartbeat"}, False),
        ({"database": False, "telephone": "up", "detail": ""}, False),
        ({}, False),
        (None, False),
    ],
)
def test_readyz_tells_the_truth(world: World, health: dict | None, ready: bool) -> None:
    world.health = health  # type: ignore[assignment]
    answer = world.browser().get("/readyz")
    assert answer.status_code == (200 if ready else 503)
    assert answer.json["ready"] is ready
    assert world.browser().get("/healthz").status_code == 200


def test_metrics_count_by_route_and_never_by_id(world: World) -> None:
    world.browser().get(f"{API}/pools/larkmoor/sales")
    world.browser().get(f"{API}/call-us/0b9f2c1e-5d55-4f10-9d3f-0123456789ab")
    text = world.browser().get("/metrics").text
    assert 'ctiapp_web_requests_total{method="GET",route="/api/v1/pools/<site>/<pool>",status="200"} 1.0' in text
    assert "0b9f2c1e" not in text and 'ctiapp_web_refusals_total{code="token_invalid"} 1.0' in text


def test_a_log_line_is_one_json_object() -> None:
    record = logging.LogRecord("ctiapp.web", logging.INFO, __file__, 1, "two\nlines %s", ("\ud83d",), None)
    record.interaction = "i-1"
    line = logs.JsonLines("web").format(record)
    assert "\n" not in line
    parsed = json.loads(line)
    assert parsed["interaction"] == "i-1" and parsed["process"] == "web" and parsed["level"] == "info"
    line.encode("ascii")


def test_configure_sends_all_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    try:
        logs.configure("web")
        logging.getLogger("ctiapp.web").info("the web is up", extra={"action": "started"})
    finally:
        root.handlers[:], level = kept
        root.setLevel(level)
    line = json.loads(capsys.readouterr().err)
    assert (line["message"], line["action"], line["process"]) == ("the web is up", "started", "web")
