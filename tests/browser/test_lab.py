"""JupyterLab in a real browser: open the first notebook, run all, move the slider, see the figure follow.

Needs a Chromium; ``CRMLAB_CHROMIUM`` names one that is not on the path. Screenshots go to ``artifacts/``.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "artifacts"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
CHROMIUM = os.environ.get("CRMLAB_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; install one or set CRMLAB_CHROMIUM")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on a copy of the course, so that nothing of a student's is touched."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}', encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--ip=127.0.0.1",
        "--IdentityProvider.token=", f"--ServerApp.root_dir={home}", f"--LabApp.user_settings_dir={home / 'settings'}",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_PLATFORM_DIRS": "1"}
    log = (home / "lab.log").open("w", encoding="utf-8")
    server = subprocess.Popen(command, cwd=home, stdout=log, stderr=subprocess.STDOUT, env=env)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address + "/api/status", server, home / "lab.log")
        yield address
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _wait_for(address, server, log):
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail("JupyterLab stopped: " + log.read_text(encoding="utf-8")[-2_000:])
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                json.load(answer)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail("JupyterLab did not answer within 90 seconds")


@pytest.fixture(scope="module")
def page(lab):
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(90_000)
        yield page
        browser.close()


def test_run_all_and_move_the_slider(lab, page):
    SHOTS.mkdir(exist_ok=True)
    page.goto(f"{lab}/lab/tree/notebooks/00_start_here.ipynb")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()

    assert page.get_by_role("slider").count() == 0  # a widget shows only once its cell has run
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    slider = page.get_by_role("slider").first
    slider.wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert page.locator("[data-mime-type='application/vnd.jupyter.error']").count() == 0

    explorer = page.locator(".jp-OutputArea-output").filter(has=slider)
    picture = explorer.locator("img")
    sentence = explorer.locator(".widget-html-content", has_text="customers would change tier")
    sentence.scroll_into_view_if_needed()
    sync_api.expect(sentence).to_contain_text(" 0 customers would change tier")
    before = picture.get_attribute("src")
    page.screenshot(path=SHOTS / "lab-before.png")

    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    sync_api.expect(sentence).to_contain_text(
        re.compile(r"vip: \d+ customers \((9\.9|10\.0)%\)")
    )  # five steps of 1 %, from 5 %
    sync_api.expect(sentence).not_to_contain_text(" 0 customers would change tier")
    sync_api.expect(picture).not_to_have_attribute("src", before)
    # the picture has really been drawn, not just announced
    page.wait_for_function("img => img.complete && img.naturalWidth > 300", arg=picture.element_handle())
    slider.evaluate("element => element.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(500)
    page.screenshot(path=SHOTS / "lab-after.png")
