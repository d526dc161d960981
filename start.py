"""Set the course up and open it: ``python start.py`` (Windows: ``py start.py``).

Needs nothing but Python 3.11 or newer. Everything is installed into the folder ``.venv``
beside this file; deleting that folder undoes it. ``python start.py --help`` lists the commands.
"""
# An old Python must be able to read this file, or it could not say that it is too old. So it
# parses on 2.7 and 3.6: no f-strings, no annotations, ASCII only, and standard library only.
# ruff: noqa: SIM115

from __future__ import print_function

import errno
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

MINIMUM = (3, 11)
WINDOWS = os.name == "nt"
ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if WINDOWS else ("bin", "python")))
MARKER = os.path.join(VENV, "crmlab-ready.json")
LOG = os.path.join(VENV, "install.log")
FIRST_NOTEBOOK = "notebooks/00_start_here.ipynb"

# The test lock holds every pin of the base lock and more, so it serves for both.
LOCKS = {"base": "requirements.lock", "test": "requirements-test.lock"}
SERVES = {"base": ("base", "test"), "test": ("test",)}
DISK_BYTES = {"base": 1.4e9, "test": 1.8e9}  # measured: installed files plus pip's downloads

TEST_OPTIONS = ["-n", "2", "--dist", "loadfile", "--nbval"]
TEST_OPTIONS += ["--ignore=notebooks/src", "--ignore=exercises/src"]
TEST_PATHS = ["tests", "notebooks", "exercises"]

# Run inside .venv. Without a terminal, and on Windows, Jupyter leaves Ctrl-C to Python: a traceback
# while it is being imported, kernels not shut down later. So Ctrl-C becomes its request to stop.
# rfc3987_syntax spends two seconds on building a grammar at every start, only to check one
# string format in Jupyter's event schemas; its importers are written to do without it.
JUPYTER = """
import os, signal, sys
def stop(*_):
    if callable(signal.getsignal(signal.SIGTERM)):
        signal.raise_signal(signal.SIGTERM)
    else:
        os._exit(130)
signal.signal(signal.SIGINT, stop)
sys.modules["rfc3987_syntax"] = None
from jupyterlab.labapp import main
sys.exit(main())
"""

HELP = """crmlab: a course in a box on customer tiering

  {py} start.py                  open the course in JupyterLab (the first time: set it up)
  {py} start.py setup            only set up
  {py} start.py test [...]       run all the tests, or those named, as pytest does
  {py} start.py run [03 ...]     execute the whole course, or the chapters named, without a browser
  {py} start.py build [...]      rebuild the notebooks from their sources (for authors)
  {py} start.py crmlab ...       any other command of the kit, e.g. crmlab report sales.csv

Options go to JupyterLab: --no-browser, --port=9999. Ctrl-C stops it.
Everything is installed in the folder .venv beside start.py; deleting it undoes the set-up."""


class Stop(Exception):
    """A failure that the reader can mend; the message says how."""


class Terminated(KeyboardInterrupt):
    """Another program asked us to stop; unlike after Ctrl-C, our child does not know yet."""


def too_old(version):
    """Return the one line for a Python that is too old, or None when it will do."""
    if tuple(version[:2]) >= MINIMUM:
        return None
    return (
        "crmlab needs Python {0}.{1} or newer; this is {2}.{3}. Name a newer one: {4} "
        "(if you have none: python.org/downloads)."
    ).format(MINIMUM[0], MINIMUM[1], version[0], version[1], other_python())


def other_python():
    """Return the command that starts this file with a Python the course is tested with."""
    return "py -3.12 start.py" if WINDOWS else "python3.12 start.py"


# ---------------------------------------------------------------- what is already there


def read_json(path):
    """Return the object in a JSON file; empty when it is missing or damaged."""
    try:
        with open(path, "rb") as handle:
            content = json.loads(handle.read().decode("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path, content):
    """Write a JSON file whole: a reader never meets half of it."""
    with open(path + ".new", "w", encoding="utf-8") as handle:
        json.dump(content, handle, indent=2)
    os.replace(path + ".new", path)


def digest(name):
    """Return the checksum of a file of this folder."""
    with open(os.path.join(ROOT, name), "rb") as handle:
        return hashlib.sha256(handle.read()).hexdigest()


def fingerprint(level):
    """Return what must be unchanged for an environment to be still good."""
    return {
        "folder": os.path.realpath(ROOT),
        "lock": level,
        "lock_sha256": digest(LOCKS[level]),
        "pyproject_sha256": digest("pyproject.toml"),
    }


def is_ready(level):
    """Tell whether .venv is complete for ``level`` and was made for this folder as it is now.

    Only compares a few files, because it is paid at every start.
    """
    marker = read_json(MARKER)
    if not (os.path.isfile(PYTHON) and os.path.isfile(str(marker.get("base_python")))):
        return False
    locks = [good for good in SERVES[level] if os.path.isfile(os.path.join(ROOT, LOCKS[good]))]
    return any(fingerprint(good).items() <= marker.items() for good in locks)


def made_here():
    """Tell whether .venv was made in this folder (its scripts hold the path) and not moved."""
    try:
        with open(os.path.join(VENV, "pyvenv.cfg"), encoding="utf-8", errors="replace") as handle:
            lines = handle.read().splitlines()
    except OSError:
        return False
    commands = [line for line in lines if line.partition("=")[0].strip() == "command"]
    places = tuple(os.path.normcase(" " + place) for place in (VENV, os.path.realpath(VENV)))
    return all(os.path.normcase(command.rstrip()).endswith(places) for command in commands)


def is_whole(info):
    """Tell whether a package was installed to its end; pip itself would not notice.

    The list of files comes with the package; pip's last act is to write it anew, with itself in it.
    """
    try:
        with open(os.path.join(info, "RECORD"), encoding="utf-8") as handle:
            return "/INSTALLER," in handle.read()
    except (OSError, ValueError):
        return False


def look(lock):
    """Return what the environment that runs this holds of a lock; called inside .venv."""
    import sysconfig

    from pip._vendor.packaging.requirements import Requirement
    from pip._vendor.packaging.utils import canonicalize_name

    site = sysconfig.get_path("purelib")
    versions, torn = {}, []
    for entry in os.listdir(site):
        if not entry.endswith(".dist-info"):
            continue
        if is_whole(os.path.join(site, entry)):
            name, _, version = entry[: -len(".dist-info")].rpartition("-")
            versions[canonicalize_name(name)] = version
        else:
            torn.append(os.path.join(site, entry))
    with open(lock, encoding="utf-8") as handle:
        pins = [re.split(r" --|\\", line)[0] for line in handle if re.match(r"[A-Za-z0-9]", line)]
    wanted = [pin for pin in map(Requirement, pins) if pin.marker is None or pin.marker.evaluate()]
    missing = [
        pin.name
        for pin in wanted
        if not pin.specifier.contains(versions.get(canonicalize_name(pin.name), "0"), prereleases=True)
    ]
    return {
        "python": list(sys.version_info[:3]),
        "base_python": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
        "site": site,
        "wanted": len(wanted),
        "missing": missing,
        "torn": torn,
    }


# ---------------------------------------------------------------- talking


def say(text):
    """Print a line at once, also where the output is a pipe."""
    print(text)
    sys.stdout.flush()


class Progress(object):
    """Turn pip's output into one updating line, or into a few lines where nobody watches."""

    STEP = re.compile(r"(?:Collecting|Processing) (.+?)(?: \(from .*)?$")

    def __init__(self, total, site):
        """Begin; ``total`` packages are to come into the folder ``site``."""
        self.total, self.site = total, site
        self.fetched, self.name, self.before = 0, "", None
        self.began, self.told = time.time(), 0
        self.live = sys.stdout.isatty()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.tick)
        if self.live:
            self.thread.start()

    def tick(self):
        """Redraw now and then, because pip is silent for long."""
        while not self.over.wait(0.3):
            self.draw()

    def feed(self, line):
        """Take one line of pip's output."""
        step = self.STEP.match(line.rstrip())
        if line.startswith("Installing collected packages"):
            self.before = self.installed()
            self.tell("installing {0} packages".format(self.total))
        elif step:
            self.fetched = min(self.fetched + 1, self.total)
            # "numpy==2.4.6" from an index, ".../numpy-2.4.6-cp312.whl" from a folder
            last = re.split(r"[/\\]", step.group(1))[-1]
            self.name = re.split("-" if last.endswith((".whl", ".gz", ".zip")) else r"[^\w.-]", last)[0]
            if self.fetched * 4 // max(self.total, 1) > self.told:
                self.told += 1
                self.tell("fetched {0} of {1} packages".format(self.fetched, self.total))

    def installed(self):
        """Return how many packages are there by now."""
        return sum(entry.endswith(".dist-info") for entry in os.listdir(self.site))

    def tell(self, text):
        """Print one of the few plain lines."""
        if not self.live:
            say("  {0} ({1:.0f} s)".format(text, time.time() - self.began))

    def draw(self):
        """Write the one line over itself."""
        if self.before is None:
            text = "fetching {0} of {1}: {2}".format(self.fetched, self.total, self.name)
        else:
            text = "installing {0} of {1}".format(self.installed() - self.before, self.total)
        width = shutil.get_terminal_size().columns - 1
        text = "  {0} ({1:.0f} s)".format(text, time.time() - self.began)
        sys.stdout.write("\r" + text[:width].ljust(width))
        sys.stdout.flush()

    def close(self):
        """Stop redrawing and clear the line."""
        self.over.set()
        if self.live:
            self.thread.join()
            sys.stdout.write("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r")
            sys.stdout.flush()


# ---------------------------------------------------------------- what went wrong


def explain_os_error(error):
    """Return one clear line for an error of the file system."""
    where = error.filename or ROOT
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)) or getattr(error, "winerror", 0) == 112:
        return "The disk is full ({0}). Free some space and run the same command again.".format(ROOT)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            "No permission to write {0}. Copy the course into a folder of your own, or close the "
            "program that is using it, and run the same command again."
        ).format(where)
    return "{0}: {1}".format(where, error.strerror or error)


PIP_TROUBLE = [  # what pip or the system below it prints, and what to tell the reader
    (
        ("No space left", "Errno 28", "not enough space on the disk", "Disk quota exceeded"),
        "The disk is full. Free some space and run the same command again; it carries on from there.",
    ),
    (
        ("Long Path",),
        "This folder's path is too long for Windows. Move the course to a short one, such as C:\\crmlab.",
    ),
    (
        ("Permission denied", "Access is denied", "used by another process", "Read-only file system"),
        "pip may not write in .venv. Close JupyterLab and editors that use it, check that the folder is "
        "yours, and run the same command again.",
    ),
    (
        ("CERTIFICATE_VERIFY_FAILED",),
        "The package index's certificate could not be checked, often because of a proxy or a wrong clock. "
        "Set the clock, or ask who runs this network for pip's 'cert' setting.",
    ),
    (
        ("connection broken", "ConnectionError", "timed out", "getaddrinfo failed", "name resolution")
        + ("Network is unreachable", "Could not fetch URL", "ProxyError", "Connection refused"),
        "The package index cannot be reached: setting up needs the internet once, and {missing} of {wanted} "
        "packages are still missing. Connect and run the same command again; nothing is lost.",
    ),
]


def known_trouble(output, missing, wanted):
    """Return the line for a trouble of the machine or its network, or None."""
    # A warning is the reason only where pip then found nothing; else it got over it by retrying.
    if "No matching distribution" not in output:
        output = "\n".join(line for line in output.splitlines() if not line.startswith("WARNING"))
    for signs, message in PIP_TROUBLE:
        if any(sign.lower() in output.lower() for sign in signs):
            return message.format(missing=missing, wanted=wanted)
    return None


def explain_pip(output, lock, missing, wanted):
    """Return one clear line for a failed installation of the lock, from what pip printed.

    The order matters: a damaged download can be followed by any of the later signs.
    """
    mismatch = re.search(r"DO NOT MATCH THE HASHES.*\n\s*([^\s:]+)", output)
    if mismatch:
        return (
            "{0} does not match its checksum in {1} and was not installed: the download is damaged or not "
            "the file that was tested. Try again; if it comes back, use another network or mirror."
        ).format(mismatch.group(1), lock)
    known = known_trouble(output, missing, wanted)
    if known:
        return known
    unbuilt = re.search(r"(?:No matching distribution found for|Failed to build) '?([\w.-]+)", output)
    if unbuilt or "metadata-generation-failed" in output:
        name = unbuilt.group(1) if unbuilt else "a package"
        return (
            "No index offers {0} ready-made for this Python ({1}.{2}): try one from 3.11 to 3.13, 64-bit "
            "({3}). If pip is set to work offline: {4} of {5} packages are missing."
        ).format(name, sys.version_info[0], sys.version_info[1], other_python(), missing, wanted)
    return "pip could not finish: {0}".format(last_error(output))


def last_error(output):
    """Return the last line in which a program named its error."""
    errors = [line.strip() for line in output.splitlines() if re.match(r"\s*(ERROR|\w*Error): ", line)]
    real = [line for line in errors if "subprocess" not in line]
    return (real or errors or ["it gave no reason"])[-1]


# ---------------------------------------------------------------- running other programs


def child_environment():
    """Return the environment for children: inside .venv, in UTF-8, without outside settings."""
    environment = dict(os.environ)
    # These would lead Python or pip away from .venv, or change what we read from pip.
    for name in ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT",
                 "PIP_REQUIRE_HASHES", "PIP_QUIET", "PIP_VERBOSE", "PIP_DRY_RUN"):  # fmt: skip
        environment.pop(name, None)
    environment.update(PYTHONUTF8="1", PIP_USER="0", VIRTUAL_ENV=VENV)
    environment["PATH"] = os.pathsep.join([os.path.dirname(PYTHON), environment.get("PATH", os.defpath)])
    return environment


def end(process):
    """Stop a child that may already be stopping by itself."""
    for stop in (lambda: None, process.terminate, process.kill):
        stop()
        try:
            process.wait(timeout=5)
            return
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            continue


def run_pip(arguments, feed):
    """Run pip in .venv; return its exit code and output, which also goes to the log."""
    command = [PYTHON, "-I", "-X", "utf8", "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--no-input", "--progress-bar", "off"] + arguments
    lines = []
    with open(LOG, "a", encoding="utf-8") as log:
        log.write("\n{0}  {1}\n".format(time.strftime("%Y-%m-%d %H:%M:%S"), " ".join(command)))
        process = subprocess.Popen(
            command, cwd=ROOT, env=child_environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
        )  # fmt: skip
        try:
            for line in process.stdout:
                log.write(line)
                lines.append(line)
                feed(line)
            return process.wait(), "".join(lines)
        except BaseException:
            end(process)
            raise


def run_child(command, cwd=None):
    """Run a program to its end and return its exit code; Ctrl-C is the child's to handle."""
    process = subprocess.Popen(command, cwd=cwd, env=child_environment())
    patience = None
    while True:
        try:
            code = process.wait(timeout=patience)
            return 128 - code if code < 0 else code
        except Terminated:
            process.terminate()
            patience = 10
        except KeyboardInterrupt:
            # The terminal told the child too. A second Ctrl-C, or ten seconds, and we insist.
            patience = 0.1 if patience else 10
        except subprocess.TimeoutExpired:
            end(process)


def in_venv(*arguments):
    """Run .venv's Python quietly; return its output, or None when it failed (the log says why)."""
    command = [PYTHON, "-I", "-X", "utf8"] + list(arguments)
    try:
        return subprocess.check_output(command, cwd=ROOT, env=child_environment(), stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError) as error:
        with open(LOG, "ab") as log:
            log.write(getattr(error, "output", None) or str(error).encode("utf-8", "replace"))
        return None


# ---------------------------------------------------------------- setting up


def check_machine(level):
    """Stop with a clear line where setting up cannot work."""
    for name in ("pyproject.toml", LOCKS[level]):
        if not os.path.isfile(os.path.join(ROOT, name)):
            raise Stop("{0} is missing beside start.py. Get the whole course folder.".format(name))
    if sys.maxsize < 2**32:
        raise Stop("crmlab needs a 64-bit Python; this is a 32-bit one: {0}".format(sys.executable))
    if os.pathsep in ROOT:
        raise Stop("Python cannot work in a path with '{0}'. Rename {1}".format(os.pathsep, ROOT))
    if os.path.islink(VENV) or os.path.isdir(os.path.join(VENV, "conda-meta")):
        raise Stop("{0} is an environment of your own (a link, or conda's). Move it away.".format(VENV))
    if os.path.lexists(VENV) and not os.path.isdir(VENV):
        raise Stop("{0} is a file where the environment belongs. Move or delete it.".format(VENV))


def check_disk(level, state):
    """Stop before a download that the disk has no room for."""
    need = DISK_BYTES[level] * len(state["missing"]) / max(state["wanted"], 1)
    free = shutil.disk_usage(ROOT).free
    if free < need:
        raise Stop(
            "Not enough disk space: about {0:.1f} GB are needed and {1:.1f} GB are free in {2}. "
            "Free some and run the same command again.".format(need / 1e9, free / 1e9, ROOT)
        )


def examine(level):
    """Return what .venv holds (see ``look``), or None when its Python or pip does not work."""
    answer = in_venv(os.path.abspath(__file__), "_look", os.path.join(ROOT, LOCKS[level]))
    try:
        return json.loads(answer.decode("utf-8")) if answer else None
    except ValueError:
        return None


def add_pip():
    """Put pip into .venv from the copy that Python carries; no network."""
    return in_venv("-m", "ensurepip", "--upgrade", "--default-pip") is not None


def remove_venv():
    """Remove an environment that cannot be mended."""
    say("  removing the old .venv, which was moved, broken or cut off")
    try:
        shutil.rmtree(VENV)
    except OSError as error:
        inside = os.path.realpath(sys.prefix) == os.path.realpath(VENV)
        raise Stop(
            "{0} cannot be removed ({1}). {2}, then run the same command again.".format(
                VENV,
                error.strerror,
                "Leave it first with 'deactivate'" if inside else "Close JupyterLab and editors that use it",
            )
        )


def create_venv():
    """Make .venv with the Python that runs this."""
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        raise Stop(
            "This Python came without 'venv'. On Debian or Ubuntu: sudo apt install python{0}.{1}-venv; "
            "or use a Python from python.org.".format(*sys.version_info[:2])
        )
    say("  making the environment (Python {0}.{1}.{2})".format(*sys.version_info[:3]))
    venv.EnvBuilder(symlinks=not WINDOWS).create(VENV)
    add_pip()


def prepare_venv(level):
    """Make .venv, or keep the one that is there if it works; return what it holds."""
    if made_here():
        state = examine(level) or (add_pip() and examine(level))
        # A half-made environment follows the Python that is asked for now.
        if state and (state["python"][:2] == list(sys.version_info[:2]) or not state["missing"]):
            return state
    if os.path.lexists(VENV):
        remove_venv()
    create_venv()
    state = examine(level)
    if not state:
        raise Stop("{0} cannot make a working environment; try another: {1}\nWhat it said is in {2}".format(
            sys.executable, other_python(), LOG))  # fmt: skip
    return state


def install_packages(level, state):
    """Install what is missing of the lock."""
    check_disk(level, state)
    for folder in state["torn"]:
        shutil.rmtree(folder)
    progress = Progress(len(state["missing"]), state["site"])
    try:
        code, output = run_pip(["--require-hashes", "-r", LOCKS[level]], progress.feed)
    finally:
        progress.close()
    if code:
        now = examine(level) or state
        cause = explain_pip(output, LOCKS[level], len(now["missing"]), now["wanted"])
        raise Stop("{0}\nWhat pip said is in {1}".format(cause, LOG))


def install_kit(site):
    """Install this folder itself, so that the kit can be imported and its files edited."""
    say("  adding the crmlab kit itself")
    code, output = run_pip(["--no-deps", "--no-build-isolation", "-e", "."], lambda line: None)
    relink(site)
    if code or in_venv("-c", "import crmlab") is None:
        cause = known_trouble(output, 0, 0) or "the folder may be incomplete, or pyproject.toml changed"
        raise Stop(
            "The kit in this folder could not be installed: {0} ({1}).\nWhat pip said is in {2}".format(
                cause, last_error(output) if code else "import crmlab fails", LOG
            )
        )


def relink(site):
    """Let the kit's path file lead here by a relative path, which is plain ASCII.

    Python before 3.13 reads these files in the machine's own encoding; a folder called
    Uebung with an umlaut, or in Chinese, would keep .venv's Python from starting at all.
    """
    here = os.path.relpath(os.path.realpath(ROOT), os.path.realpath(site))
    for name in os.listdir(site):
        path = os.path.join(site, name)
        if name.endswith(".pth") and "crmlab" in name:
            with open(path, "wb") as handle:
                handle.write(here.encode("ascii") + b"\n")


def quiet_jupyter():
    """Keep JupyterLab from asking about news and looking for updates when it opens."""
    path = os.path.join(VENV, "share", "jupyter", "lab", "settings", "overrides.json")
    settings = read_json(path)
    settings["@jupyterlab/apputils-extension:notification"] = {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_json(path, settings)


def lock_folder():
    """Return an open file that keeps a second set-up of this folder out while it is held."""
    name = hashlib.sha256(os.path.realpath(ROOT).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    try:
        handle = open(os.path.join(tempfile.gettempdir(), "crmlab-{0}.lock".format(name)), "a")
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK) and not error.filename:
            raise Stop("Another start.py is setting this folder up. Wait until it is done, then try again.")
        return None  # a file system without locks: go on without
    return handle


def set_up(level):
    """Bring .venv to what ``level`` needs; costs next to nothing when it is already there."""
    if is_ready(level):
        return
    began = time.time()
    check_machine(level)
    guard = lock_folder()
    try:
        if read_json(MARKER).get("lock") == "test" and os.path.isfile(os.path.join(ROOT, LOCKS["test"])):
            level = "test"  # what was installed for the tests stays complete
        say("Setting up crmlab in {0}".format(VENV))
        if os.path.lexists(MARKER):
            os.remove(MARKER)
        state = prepare_venv(level)
        if state["missing"] or state["torn"]:
            if len(state["missing"]) > 100:
                say("  The first time takes about two minutes, the internet and 1.4 GB of disk (1.1 GB once done).")
            install_packages(level, state)
        install_kit(state["site"])
        quiet_jupyter()
        write_json(MARKER, dict(fingerprint(level), python=state["python"], base_python=state["base_python"]))
        say("Ready after {0:.0f} s.".format(time.time() - began))
    finally:
        if guard:
            guard.close()


# ---------------------------------------------------------------- commands


def jupyter_arguments(arguments):
    """Return JupyterLab's arguments: our defaults where the user has not chosen."""

    def chosen(*names):
        return any(argument.lstrip("-").split("=")[0].split(".")[-1] in names for argument in arguments)

    named = [item for item in arguments if not item.startswith("-") and os.path.exists(item)]
    inside = all(os.path.abspath(item).startswith(ROOT + os.sep) for item in named)
    defaults = ["-y"]  # Ctrl-C stops at once; Jupyter would ask back
    if inside and not chosen("root_dir", "notebook-dir", "notebook_dir"):
        defaults.append("--ServerApp.root_dir=" + ROOT)
    if not chosen("ip"):
        defaults.append("--ServerApp.ip=127.0.0.1")
    if not chosen("debug", "log-level", "log_level"):
        defaults += ["--ServerApp.log_level=WARN", "--LabApp.log_level=WARN"]
    if os.path.isfile(os.path.join(ROOT, FIRST_NOTEBOOK)) and not (named or chosen("default_url")):
        defaults.append("--LabApp.default_url=/lab/tree/" + FIRST_NOTEBOOK)
    if hasattr(os, "geteuid") and os.geteuid() == 0 and not chosen("allow-root", "allow_root"):
        defaults.append("--allow-root")  # a container; Jupyter would refuse otherwise
    return defaults + arguments


def open_course(arguments):
    """Open JupyterLab on the first notebook and wait until it is stopped."""
    set_up("base")
    say("Opening JupyterLab. Leave this window open; Ctrl-C in it stops JupyterLab.")
    code = run_child([PYTHON, "-P", "-c", JUPYTER] + jupyter_arguments(arguments))
    # Stopped by Ctrl-C before Jupyter was up: that is what the user asked for.
    return 0 if code == 130 else code


def test_arguments(extra):
    """Return pytest's arguments: the whole suite, or the paths that the user names."""
    arguments, named, previous = [], False, ""
    for item in extra:
        path, colons, rest = item.partition("::")
        value_of_option = previous in ("-k", "-m", "-n", "-p", "-c", "-o", "-W")
        if not item.startswith("-") and not value_of_option:
            if os.path.exists(path):
                item, named = os.path.abspath(path) + colons + rest, True
            elif os.path.exists(os.path.join(ROOT, path)):
                named = True
        arguments.append(item)
        previous = item
    return TEST_OPTIONS + ([] if named else TEST_PATHS) + arguments


def run_command(command, arguments):
    """Carry out one of COMMANDS; return the exit code."""
    if command == "setup":
        set_up("base")
        say("crmlab is set up. Open it with: {0} start.py".format("py" if WINDOWS else "python"))
        return 0
    if command == "test":
        set_up("test")
        return run_child([PYTHON, "-m", "pytest"] + test_arguments(arguments), cwd=ROOT)
    set_up("base")
    kit = [PYTHON, "-P", "-m", "crmlab"]
    if command == "crmlab":
        return run_child(kit + arguments)
    return run_child(kit + [command] + arguments, cwd=ROOT)


COMMANDS = ("setup", "test", "run", "build", "crmlab")


def dispatch(arguments):
    """Choose between a command and opening the course; return the exit code."""
    first = arguments[0] if arguments else ""
    if first == "_look":
        print(json.dumps(look(arguments[1])))
        return 0
    if first in ("-h", "--help", "help"):
        say(HELP.format(py="py" if WINDOWS else "python"))
        return 0
    if first in COMMANDS:
        return run_command(first, arguments[1:])
    if not first or first.startswith("-") or os.path.exists(first):
        return open_course(arguments)
    import difflib

    close = difflib.get_close_matches(first, COMMANDS, n=1)
    raise Stop("start.py has no command or file '{0}'.{1} Try --help.".format(
        first, " Did you mean '{0}'?".format(close[0]) if close else ""))  # fmt: skip


def terminated(*_):
    """Turn a request to stop into an exception, so that children are stopped too."""
    raise Terminated()


def main(arguments):
    """Do what the command line asks; every failure is a line and exit code 1."""
    problem = too_old(sys.version_info)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    if sys.getfilesystemencoding().lower() != "utf-8":
        # An old locale (never Windows): a folder with an umlaut could not be written to a file.
        os.execv(sys.executable, [sys.executable, "-X", "utf8", os.path.abspath(__file__)] + arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that cannot show a folder's name
    signal.signal(signal.SIGTERM, terminated)
    try:
        return dispatch(arguments)
    except Stop as stop:
        problem = str(stop)
    except KeyboardInterrupt:
        problem = "\nStopped. Nothing is lost: run the same command again and it carries on."
    except OSError as error:
        problem = explain_os_error(error)
    print(problem, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
