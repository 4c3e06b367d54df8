"""Headless Chromium: what a page looks like, once it is there."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import Error, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page, Route

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SEEN_FROM = "America/Argentina/Buenos_Aires"
SHARP = 2  # pixels of the picture for each of the page: screens are fine, and readers zoom
COLOURS = 128


@contextmanager
def page(width: int, height: int) -> Iterator[Page]:
    """Open a window of that size, in the browser of this machine or the one Playwright has.

    It reaches this machine alone.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=found, args=["--no-sandbox", "--disable-quic"]
            )
        except Error as error:
            advice = "install Chromium, or run: .venv/bin/playwright install chromium"
            raise SystemExit(f"No browser could be started ({advice}).\n{error}") from None
        page = browser.new_page(
            viewport={"width": width, "height": height},
            device_scale_factor=SHARP,
            timezone_id=SEEN_FROM,
            locale="es-AR",
            color_scheme="light",
        )
        page.route("**/*", _only_loopback)
        yield page
        browser.close()


def _only_loopback(route: Route) -> None:
    if route.request.url.startswith(("http://127.0.0.1:", "file:", "data:")):
        route.continue_()
    else:
        route.abort()


def photograph(what: Page | Locator, target: Path) -> None:
    """Write a picture of it, with few colours, which text does not need."""
    image = Image.open(BytesIO(what.screenshot(animations="disabled"))).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
