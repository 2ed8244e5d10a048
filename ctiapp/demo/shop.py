"""Larkmoor Home: a small shop that shows how ctiapp is put on somebody's pages. It runs on an origin of its own.

Two tags make it work: the script and the button (templates/shop/base.html). A signed-in customer's page also carries
an identity that the shop signs, so that the agent sees whose page it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from flask import Flask, Response, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from ctiapp.settings import Settings

from .catalogue import BY_SLUG, CATEGORIES, CATEGORY, PRODUCTS, Product, pounds

SITE = "larkmoor"
DELIVERIES = {
    "room": ("Two-person delivery to room of choice", 3900),
    "door": ("To the front door", 1900),
    "collect": ("Collect from the workshop", 0),
}


@dataclass(frozen=True)
class Customer:
    id: str
    name: str
    phone: str
    email: str
    attributes: dict[str, str]


CUSTOMERS = {
    customer.id: customer
    for customer in (
        Customer(
            "C-1001",
            "Marit Solvang",
            "+447700900142",
            "marit.solvang@example.com",
            {"orders": "7", "prefers": "Two-person delivery"},
        ),
        Customer(
            "C-1002",
            "Yusuf Adair",
            "+447700900155",
            "yusuf.adair@example.com",
            {"orders": "2", "prefers": "Call before noon"},
        ),
        Customer(
            "C-1003",
            "Lena Brandvold",
            "+447700900163",
            "lena.brandvold@example.com",
            {"orders": "11", "prefers": "Trade account"},
        ),
    )
}


def create_shop(settings: Settings) -> Flask:
    """The shop as a WSGI application; run it on `settings.shop_url`."""
    shop = Flask(__name__, static_folder="static", template_folder="templates")
    shop.secret_key = settings.secret("shop-session")
    # Cookies do not tell ports apart: without a name of its own this one would overwrite the console's.
    shop.config.update(SESSION_COOKIE_NAME="larkmoor", SESSION_COOKIE_SAMESITE="Lax")
    shop.jinja_env.filters["pounds"] = pounds
    policy = content_security_policy(settings.web_url)

    @shop.context_processor
    def everywhere() -> dict[str, Any]:
        customer = CUSTOMERS.get(session.get("customer", ""))
        return {
            "categories": CATEGORIES,
            "basket_count": sum(_basket().values()),
            "customer": customer,
            "widget": f"{settings.web_url}/widget.js",
            "site": SITE,
            "identity": sign_identity(customer, settings.secret(f"site-{SITE}")) if customer else None,
        }

    @shop.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    _browsing(shop)
    _buying(shop)
    _signing_in(shop)
    return shop


def content_security_policy(web_url: str) -> str:
    """All that the widget needs of a shop: one script source and one place to connect to."""
    live = web_url.replace("http", "ws", 1)
    return (
        f"default-src 'none'; script-src 'self' {web_url}; connect-src {web_url} {live}; style-src 'self'; "
        "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def sign_identity(customer: Customer, secret: str) -> str:
    """The claims of docs/api.md, good for an hour."""
    now = datetime.now(UTC)
    claims = {
        "iss": SITE,
        "aud": "ctiapp",
        "sub": customer.id,
        "iat": now,
        "exp": now + timedelta(hours=1),
        "name": customer.name,
        "phone": customer.phone,
        "email": customer.email,
        "language": "en",
        "attributes": customer.attributes,
    }
    return jwt.encode(claims, secret, algorithm="HS256")


def _browsing(shop: Flask) -> None:
    @shop.get("/")
    def home() -> str:
        chosen = ("alder-floor-lamp", "base-unit-600", "reading-chair", "harbour-pendant")
        return render_template("shop/home.html", products=[BY_SLUG[slug] for slug in chosen])

    @shop.get("/favicon.ico")
    def favicon() -> AnyResponse:
        return redirect(url_for("static", filename="mark.svg"))

    @shop.get("/<category>")
    def category(category: str) -> str:
        if category not in CATEGORY:
            abort(404)
        products = [product for product in PRODUCTS if product.category == category]
        return render_template("shop/category.html", category=CATEGORY[category], products=products)

    @shop.get("/<category>/<slug>")
    def product(category: str, slug: str) -> str:
        found = BY_SLUG.get(slug)
        if found is None or found.category != category:
            abort(404)
        return render_template("shop/product.html", product=found, category=CATEGORY[category])

    @shop.errorhandler(404)
    def missing(_error: Exception) -> tuple[str, int]:
        return render_template("shop/missing.html"), 404


def _buying(shop: Flask) -> None:
    @shop.get("/basket")
    def basket() -> str:
        return render_template("shop/basket.html", **_order("room"))

    @shop.post("/basket")
    def put() -> AnyResponse:
        slug, change = request.form.get("product", ""), request.form.get("change", "1")
        if slug not in BY_SLUG or change not in ("1", "-1", "0"):
            abort(400)
        basket = _basket()
        basket[slug] = min(99, max(0, basket.get(slug, 0) + int(change))) if change != "0" else 0
        session["basket"] = {slug: count for slug, count in basket.items() if count}
        if change == "1" and request.form.get("from") == "product":
            flash(f"{BY_SLUG[slug].name} is in your basket.")
        return redirect(url_for("basket"))

    @shop.get("/checkout")
    def checkout() -> str | AnyResponse:
        if not _basket():
            return redirect(url_for("basket"))
        return render_template("shop/checkout.html", form={}, errors={}, deliveries=DELIVERIES, **_order("room"))

    @shop.post("/checkout")
    def pay() -> Any:
        form = request.form
        errors = _errors(form)
        if errors or not _basket():
            order = _order(form.get("delivery", "room"))
            page = render_template("shop/checkout.html", form=form, errors=errors, deliveries=DELIVERIES, **order)
            return page, 422
        session.pop("basket")
        return redirect(url_for("thanks"))

    @shop.get("/checkout/thank-you")
    def thanks() -> str:
        return render_template("shop/thanks.html")


def _signing_in(shop: Flask) -> None:
    @shop.get("/sign-in")
    def sign_in() -> str:
        return render_template("shop/sign-in.html", customers=CUSTOMERS.values())

    @shop.post("/sign-in")
    def signed_in() -> AnyResponse:
        chosen = request.form.get("customer", "")
        if chosen not in CUSTOMERS:
            abort(400)
        session["customer"] = chosen
        return redirect(url_for("checkout" if _basket() else "home"))

    @shop.post("/sign-out")
    def sign_out() -> AnyResponse:
        session.pop("customer", None)
        return redirect(url_for("home"))


def _basket() -> dict[str, int]:
    kept = session.get("basket", {})
    return {slug: int(count) for slug, count in kept.items() if slug in BY_SLUG}


def _order(delivery: str) -> dict[str, Any]:
    lines: list[tuple[Product, int]] = [(BY_SLUG[slug], count) for slug, count in _basket().items()]
    goods = sum(product.pence * count for product, count in lines)
    cost = DELIVERIES.get(delivery, DELIVERIES["room"])[1] if lines else 0
    return {"lines": lines, "goods": goods, "delivery_cost": cost, "total": goods + cost}


def _errors(form: Any) -> dict[str, str]:
    """The demo takes any card that is filled in, and keeps none of it."""
    needed = {
        "name": "Please tell us your name.",
        "email": "Please give us an address for the receipt.",
        "postcode": "We need your postcode to plan the delivery.",
        "card_number": "Please fill in the card number.",
        "expiry": "Please fill in the expiry date.",
        "security_code": "Please fill in the security code.",
    }
    errors = {field: words for field, words in needed.items() if not form.get(field, "").strip()}
    if form.get("promotion", "").strip():
        errors["promotion"] = "This code has ended."
    return errors
