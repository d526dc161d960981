"""start.py: what it says when something is missing, and real set-ups of a miniature course.

The miniature has three tiny packages of its own in a folder, so pip, its checksums and the
editable installation are the real ones, and no network is needed.
"""

import ast
import errno
import importlib.util
import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals to a process group")


def load_start(folder):
    """Import the start.py of a folder; its paths then point into that folder."""
    spec = importlib.util.spec_from_file_location("start_under_test", Path(folder) / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def start(tmp_path):
    """Return start.py loaded from a folder that holds only it and what it reads."""
    for name in ("start.py", "pyproject.toml", "requirements.lock", "requirements-test.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return load_start(tmp_path)


# ------------------------------------------------------------------ too old, too small, in the way


def old_pythons():
    """Return the Pythons below 3.11 on this machine that really run."""
    names = ["python2.7", "python3.6", "python3.8", "python3.10"]
    found = {name: shutil.which(name) for name in names}
    for folder in (Path.home() / ".pyenv" / "versions").glob("*"):
        name = "python" + ".".join(folder.name.split(".")[:2])
        if name in names and (folder / "bin" / "python").exists():
            found[name] = str(folder / "bin" / "python")
    return found


@pytest.mark.parametrize("name", ["python2.7", "python3.6", "python3.8", "python3.10"])
def test_an_old_python_gets_one_clear_line(name):
    python = old_pythons()[name]
    if not python or subprocess.run([python, "-c", ""], capture_output=True).returncode:
        pytest.skip(f"no {name} on this machine")
    done = subprocess.run([python, str(ROOT / "start.py"), "setup"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"needs Python 3.11 or newer; this is {name[6:]}." in done.stderr


def test_the_file_parses_on_python_2_7_and_3_6():
    source = (ROOT / "start.py").read_bytes().decode("ascii")  # 2.7 refuses anything else
    tree = ast.parse(source, feature_version=(3, 6))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.Nonlocal | ast.NamedExpr), node.lineno
        if isinstance(node, ast.Raise):
            assert node.cause is None, node.lineno
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None and not node.args.kwonlyargs, node.name
            assert all(argument.annotation is None for argument in node.args.args), node.name


def test_the_minimum_is_that_of_the_package(start):
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert requires == ">={}.{}".format(*start.MINIMUM)
    assert start.too_old((3, 10, 13)) and not start.too_old((3, 11, 0)) and not start.too_old((4, 0, 0))


def test_a_32_bit_python_is_named(start, monkeypatch):
    monkeypatch.setattr(start.sys, "maxsize", 2**31 - 1)
    with pytest.raises(start.Stop, match="64-bit"):
        start.check_machine("base")


def test_a_missing_lock_a_file_and_a_link_in_the_way_are_named(start, tmp_path):
    start.check_machine("test")
    (tmp_path / ".venv").write_text("x", "utf-8")
    with pytest.raises(start.Stop, match="is a file where"):
        start.check_machine("base")
    (tmp_path / ".venv").unlink()
    (tmp_path / ".venv" / "conda-meta").mkdir(parents=True)
    with pytest.raises(start.Stop, match="of your own"):
        start.check_machine("base")
    (tmp_path / "requirements.lock").unlink()
    with pytest.raises(start.Stop, match=r"requirements\.lock is missing"):
        start.check_machine("base")


def test_too_little_disk_space_stops_before_the_download(start, monkeypatch):
    usage = shutil._ntuple_diskusage(10**12, 10**12 - 10**9, 10**9)
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: usage)
    state = {"missing": ["x"] * 100, "wanted": 100}
    with pytest.raises(start.Stop, match=r"1\.4 GB are needed and 1\.0 GB are free"):
        start.check_disk("base", state)
    start.check_disk("base", {"missing": ["x"] * 10, "wanted": 100})  # a tenth has room


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EACCES, "No permission to write"), (errno.EROFS, "No permission"), (errno.ENOSPC, "disk is full")],
)
def test_errors_of_the_file_system_are_one_line(start, number, words):
    line = start.explain_os_error(OSError(number, os.strerror(number), "/course/.venv"))
    assert words in line and "\n" not in line


# ------------------------------------------------------------------ what pip's words mean

RETRY = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /simple/x/\n"
NONE = (
    "ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)\n"
    "ERROR: No matching distribution found for x==1\n"
)
PIP_SAID = {
    "offline": (RETRY + NONE, "needs the internet once, and 3 of 9 packages"),
    "no build for this Python": (NONE, "No index offers x ready-made"),
    "build failed after a retry": (RETRY + "ERROR: Failed to build 'x' when installing\n", "No index offers x"),
    "timeout": ("ERROR: HTTPSConnectionPool(host='i', port=443): Read timed out.\n", "needs the internet once"),
    "certificate": (
        "WARNING: Retrying after connection broken by 'SSLError([SSL: CERTIFICATE_VERIFY_FAILED])'\n" + NONE,
        "certificate",
    ),
    "hash": (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated\n"
        "    x==1 from https://index/x-1.whl (from -r requirements.lock (line 1)):\n"
        "        Expected sha256 aa\n             Got        bb\n",
        "x==1 does not match its checksum in requirements.lock",
    ),
    "disk": (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
        "disk is full",
    ),
    "in use": (
        "ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied: 'x.pyd'\n",
        "Close JupyterLab",
    ),
    "unknown": ("Collecting x\nERROR: the moon is in the way\n", "pip could not finish: ERROR: the moon"),
    "silent": ("", "it gave no reason"),
}


@pytest.mark.parametrize("case", PIP_SAID)
def test_what_pip_said_becomes_one_line(start, case):
    output, words = PIP_SAID[case]
    line = start.explain_pip(output, "requirements.lock", 3, 9)
    assert words in line and "\n" not in line
    if case != "offline":
        assert "internet" not in line or case == "timeout"


def test_progress_counts_packages_and_prints_few_lines(start, tmp_path, capsys):
    progress = start.Progress(8, str(tmp_path))
    for number in range(8):
        progress.feed(f"Collecting name-{number}==1.{number} (from -r requirements.lock (line 1))\n")
        progress.feed("  Downloading name.whl (3 kB)\n")
    assert (progress.fetched, progress.name) == (8, "name-7")
    progress.feed("Processing /a folder/py_arrow-21.0-cp312-none-any.whl (from -r x (line 2))\n")
    assert progress.name == "py_arrow"
    progress.feed("Installing collected packages: a, b\n")
    progress.close()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5 and lines[0].startswith("  fetched 2 of 8") and "installing 8" in lines[-1]


# ------------------------------------------------------------------ is it ready, and was it made here


def pretend_ready(start, level):
    """Write what a finished set-up leaves behind, as far as the quick check looks."""
    Path(start.PYTHON).parent.mkdir(parents=True, exist_ok=True)
    Path(start.PYTHON).touch()
    start.write_json(start.MARKER, {**start.fingerprint(level), "base_python": sys.executable})


@pytest.mark.parametrize(("level", "serves_base", "serves_test"), [("base", True, False), ("test", True, True)])
def test_the_test_lock_serves_for_both(start, level, serves_base, serves_test):
    assert not start.is_ready("base")
    pretend_ready(start, level)
    assert (start.is_ready("base"), start.is_ready("test")) == (serves_base, serves_test)


def change(name):
    return lambda start: Path(start.ROOT, name).write_text("changed", "utf-8")


@pytest.mark.parametrize(
    "spoil",
    [
        change("requirements.lock"),
        change("pyproject.toml"),
        change(".venv/crmlab-ready.json"),
        lambda start: Path(start.MARKER).unlink(),
        lambda start: Path(start.PYTHON).unlink(),
        lambda start: start.write_json(
            start.MARKER, {**start.fingerprint("base"), "folder": "/moved", "base_python": sys.executable}
        ),
        lambda start: start.write_json(start.MARKER, {**start.fingerprint("base"), "base_python": "/gone/python3.12"}),
    ],
    ids=["lock", "pyproject", "damaged", "no marker", "no python", "moved", "base python gone"],
)
def test_any_change_makes_it_not_ready(start, spoil):
    pretend_ready(start, "base")
    assert start.is_ready("base")
    spoil(start)
    assert not start.is_ready("base")


def test_a_moved_environment_is_recognised(start):
    assert not start.made_here()
    folder = Path(start.VENV)
    folder.mkdir()
    for command, here in [
        (f"command = /usr/bin/python3 -m venv --without-pip {folder}", True),
        (f"command = /usr/bin/python3 -m venv /elsewhere{folder}", False),
        ("uv = 0.9", True),  # other tools do not write the line; their Python decides
    ]:
        (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\n{command}\n", "utf-8")
        assert start.made_here() is here


# ------------------------------------------------------------------ arguments


def test_pytest_gets_the_whole_suite_or_what_is_named(start, tmp_path, monkeypatch):
    (tmp_path / "tests").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "test_mine.py").touch()
    monkeypatch.chdir(elsewhere)
    whole = start.TEST_OPTIONS + start.TEST_PATHS
    assert start.test_arguments([]) == whole
    assert start.test_arguments(["-x", "-k", "tests"]) == [*whole, "-x", "-k", "tests"]
    assert start.test_arguments(["tests"]) == [*start.TEST_OPTIONS, "tests"]
    assert start.test_arguments(["test_mine.py::test_a"])[-1] == str(elsewhere / "test_mine.py") + "::test_a"


def test_jupyter_gets_our_defaults_only_where_the_user_has_not_chosen(start, tmp_path, monkeypatch):
    notebook = tmp_path / "notebooks" / "00_start_here.ipynb"
    notebook.parent.mkdir()
    notebook.touch()
    plain = start.jupyter_arguments(["--no-browser"])
    assert plain[-1] == "--no-browser"
    assert {"--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={tmp_path}"} <= set(plain)
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in plain
    own = " ".join(start.jupyter_arguments(["--ip", "0.0.0.0", "--debug", str(notebook)]))
    assert "127.0.0.1" not in own and "log_level" not in own and "default_url" not in own
    assert "root_dir" not in " ".join(start.jupyter_arguments([str(ROOT)]))  # a folder elsewhere


def test_children_do_not_inherit_what_leads_python_astray(start, monkeypatch):
    for name in ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_QUIET"):
        monkeypatch.setenv(name, "astray")
    monkeypatch.setenv("PIP_INDEX_URL", "http://mirror.example/simple")
    environment = start.child_environment()
    assert not {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_QUIET"} & set(environment)
    assert environment["PIP_INDEX_URL"] == "http://mirror.example/simple"  # the machine's mirror stays
    assert environment["PYTHONUTF8"] == "1"


# ------------------------------------------------------------------ the locks and environment.yml


def pins(name):
    """Return a lock's lines as requirements."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [Requirement(line.rstrip("\\ ")) for line in lines if line[:1].isalnum()]


def versions(name):
    """Return {(package, marker): version} of a lock."""
    return {(pin.name, str(pin.marker)): str(pin.specifier) for pin in pins(name)}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_locks_are_hashed_and_name_no_host(name):
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text and "index" not in text.lower().split("--hash")[0]
    entries = [entry for entry in text.replace("\\\n", " ").splitlines() if entry and entry[0] != "#"]
    assert len(entries) > 100
    for entry in entries:
        assert "==" in entry and "--hash=sha256:" in entry, entry[:60]


def test_the_test_lock_holds_the_base_lock():
    assert versions("requirements.lock").items() <= versions("requirements-test.lock").items()


def test_the_locks_satisfy_the_project_and_the_constraints():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    constraints = [Requirement(line) for line in lines if line and line[0] != "#"]
    tests = project["optional-dependencies"]["test"]
    for lock, wanted in [("requirements.lock", []), ("requirements-test.lock", tests)]:
        locked = pins(lock)
        for want in map(Requirement, project["dependencies"] + wanted):
            found = [pin for pin in locked if pin.name.lower() == want.name.lower()]
            assert found, f"{want.name} is not in {lock}"
            for pin in found:
                assert want.specifier.contains(str(pin.specifier)[2:]), f"{pin} does not satisfy {want}"
        for limit in constraints:
            for pin in locked:
                assert pin.name != limit.name or limit.specifier.contains(str(pin.specifier)[2:])


def test_environment_yml_defers_to_the_lock():
    recipe = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    assert recipe["channels"] == ["conda-forge", "nodefaults"]
    python, pip, section = recipe["dependencies"]
    assert (pip, section) == ("pip", {"pip": ["-r requirements.lock"]})
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert Requirement("python" + requires).specifier.contains(python.removeprefix("python="))


# ------------------------------------------------------------------ real set-ups of a miniature


def make_wheel(folder, name, version, files):
    """Write a package as pip expects it; also the miniature course's whole build backend."""
    info = f"{name}-{version}.dist-info"
    files = dict(files)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    path = Path(folder) / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in files.items():
            archive.writestr(inner, text)
    return path


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Build as hatchling does: a path file in UTF-8 that names the folder."""
    return make_wheel(wheel_directory, "crmlab", "0.1", {"_crmlab.pth": str(Path.cwd())}).name


JUPYTERLAB = """
import json, os, signal, sys, time
def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    print(json.dumps(sys.argv[1:]), flush=True)
    while "--stay" in sys.argv:
        time.sleep(0.05)
"""
KIT = """
import json, os, sys
print(json.dumps([os.getcwd(), sys.argv[1:]]))
sys.exit(5 if "fail" in sys.argv else 0)
"""


class Course:
    """A miniature course in a folder, and the means to run its start.py."""

    def __init__(self, parent):
        self.folder, self.wheels = parent / "Kurs Übung 客户", parent / "wheels"
        self.wheels.mkdir()
        (self.folder / "crmlab").mkdir(parents=True)
        shutil.copy(ROOT / "start.py", self.folder)
        self.write("crmlab/__init__.py", "")
        self.write("crmlab/__main__.py", KIT)
        backend = ["import zipfile", "from pathlib import Path", "", inspect.getsource(make_wheel)]
        self.write("mini_backend.py", "\n".join([*backend, inspect.getsource(build_editable)]))
        self.pyproject = '[build-system]\nrequires = []\nbuild-backend = "mini_backend"\nbackend-path = ["."]\n'
        self.write("pyproject.toml", self.pyproject)
        self.pins = [
            self.package("jupyterlab", {"jupyterlab/__init__.py": "", "jupyterlab/labapp.py": JUPYTERLAB}),
            self.package("alpha", {"alpha.py": "data = 1"}),
            "elsewhere==1 ; sys_platform == 'nowhere' --hash=sha256:" + "0" * 64,
        ]
        self.lock(self.pins)
        tests = self.package("pytest", {"pytest/__init__.py": "", "pytest/__main__.py": KIT})
        self.write("requirements-test.lock", "\n".join([*self.pins, tests]) + "\n")

    def write(self, name, text):
        (self.folder / name).write_text(text, "utf-8")

    def package(self, name, files):
        """Make a package; return its line in a lock."""
        path = make_wheel(self.wheels, name, "1.0", files)
        return f"{name}==1.0 --hash=sha256:{sha256(path.read_bytes()).hexdigest()}"

    def lock(self, lines):
        self.write("requirements.lock", "\n".join(lines) + "\n")

    def environment(self, **more):
        """Return an environment in which pip sees only the miniature's packages."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull}
        return {**kept, **offline, "PYTHONIOENCODING": "utf-8", **more}

    def run(self, *arguments, cwd=None, **more):
        """Run start.py to its end."""
        command = [sys.executable, str(self.folder / "start.py"), *arguments]
        return subprocess.run(
            command, cwd=cwd or self.folder, env=self.environment(**more), capture_output=True, encoding="utf-8"
        )

    def begin(self, *arguments):
        """Begin start.py in a process group of its own, as a terminal would."""
        command = [sys.executable, str(self.folder / "start.py"), *arguments]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment(), start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip

    @property
    def venv(self):
        return self.folder / ".venv"

    @property
    def log(self):
        return (self.venv / "install.log").read_text("utf-8")

    @property
    def marker(self):
        return self.venv / "crmlab-ready.json"

    def python(self, code, **more):
        """Run a line in .venv, from elsewhere and without the caller's PYTHONPATH."""
        environment = {name: value for name, value in self.environment(**more).items() if name != "PYTHONPATH"}
        python = load_start(self.folder).PYTHON
        return subprocess.check_output([python, "-c", code], env=environment, cwd=self.wheels, encoding="utf-8")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a miniature that was set up over a half-made .venv."""
    made = Course(tmp_path_factory.mktemp("start"))
    (made.venv / "lib").mkdir(parents=True)
    made.write(".venv/pyvenv.cfg", f"home = {sys.prefix}\ncommand = python -m venv {made.venv}\n")
    made.first = made.run("setup", PYTHONPATH="/astray")
    return made


def test_a_half_made_environment_becomes_a_whole_one(course):
    done = course.first
    assert (done.returncode, done.stderr) == (0, "")
    assert "Ready after" in done.stdout and len(done.stdout.splitlines()) < 15
    assert "Collecting" not in done.stdout and "Successfully installed" in course.log
    assert course.python("import alpha; print(alpha.data)").strip() == "1"
    settings = course.venv / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert '"fetchNews": "false"' in settings.read_text("utf-8")


def test_the_kit_is_found_in_a_folder_whose_name_the_locale_cannot_write(course):
    found = course.python("import crmlab; print(ascii(crmlab.__file__))", LC_ALL="C")
    assert found.strip() == ascii(str(course.folder / "crmlab" / "__init__.py"))


def test_a_second_start_runs_no_pip_and_says_nothing(course):
    before = course.log
    began = time.perf_counter()
    done = course.run("crmlab")
    assert time.perf_counter() - began < 5
    assert done.stdout.count("\n") == 1 and course.log == before


def test_commands_reach_the_kit_with_arguments_folder_and_exit_code(course, tmp_path):
    report = course.run("crmlab", "report", "a b.csv", "--amount=x*y", cwd=tmp_path, PYTHONPATH="/astray")
    assert json.loads(report.stdout) == [str(tmp_path), ["report", "a b.csv", "--amount=x*y"]]
    run = course.run("run", "03", cwd=tmp_path)
    assert json.loads(run.stdout) == [str(course.folder), ["run", "03"]]
    assert course.run("build", "fail").returncode == 5
    wrong = course.run("biuld")
    assert wrong.returncode == 1 and "Did you mean 'build'?" in wrong.stderr


def test_only_the_kit_is_installed_anew_when_only_pyproject_changed(course):
    before = course.log
    course.write("pyproject.toml", course.pyproject + "# changed\n")
    assert course.run("setup").returncode == 0
    new = course.log.removeprefix(before)
    assert "-e ." in new and "requirements.lock" not in new


def test_a_package_that_was_cut_off_is_installed_again(course):
    record = next(course.venv.rglob("alpha-1.0.dist-info")) / "RECORD"
    next(course.venv.rglob("alpha.py")).unlink()
    record.write_text("alpha.py,,\nalpha-1.0.dist-info/RECORD,,\n", "utf-8")  # as it comes in the package
    course.marker.unlink()
    assert course.run("setup").returncode == 0
    assert course.python("import alpha; print(alpha.data)").strip() == "1"


def test_without_a_network_it_says_so_and_the_next_run_carries_on(course):
    course.lock([*course.pins, course.package("beta", {"beta.py": "data = 2"})])
    closed = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_FIND_LINKS": "", "PIP_RETRIES": "1"}
    done = course.run("setup", **closed, PIP_NO_INDEX="0")
    assert done.returncode == 1 and not course.marker.exists()
    assert "needs the internet once, and 1 of 3 packages are still missing" in done.stderr
    assert "install.log" in done.stderr and len(done.stderr.splitlines()) == 2
    assert course.run("setup").returncode == 0
    assert course.python("import beta; print(beta.data)").strip() == "2"


def test_a_wrong_checksum_stops_and_names_the_package(course):
    line = course.package("gamma", {"gamma.py": ""})
    course.lock([*course.pins, line[:-3] + "000"])
    done = course.run("setup")
    assert done.returncode == 1 and "gamma==1.0 does not match its checksum" in done.stderr
    course.lock(course.pins)
    assert course.run("setup").returncode == 0


def test_two_set_ups_at_once_are_kept_apart(course):
    course.marker.unlink()
    guard = load_start(course.folder).lock_folder()
    done = course.run("setup")
    guard.close()
    assert done.returncode == 1 and "Another start.py" in done.stderr
    assert course.run("setup").returncode == 0


def test_tests_need_more_and_serve_for_both(course):
    done = course.run("test", "-k", "x", "fail")
    assert done.returncode == 5
    folder, arguments = json.loads(done.stdout.splitlines()[-1])
    assert folder == str(course.folder) and arguments[-3:] == ["-k", "x", "fail"]
    before = course.log
    assert "Setting up" not in course.run("setup").stdout and course.log == before


def test_jupyter_gets_the_users_options(course):
    done = course.run("--no-browser", "--port=9999")
    assert done.returncode == 0
    assert json.loads(done.stdout.splitlines()[-1])[-2:] == ["--no-browser", "--port=9999"]


@POSIX_ONLY
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_request_to_stop_end_jupyter_without_a_traceback(course, number):
    process = course.begin("--stay")
    assert "Opening" in process.stdout.readline() and "--stay" in process.stdout.readline()
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # a terminal tells the whole group
    else:
        process.terminate()  # another program tells only start.py
    assert process.wait(20) == 7  # either way, Jupyter's own way to stop is what runs
    assert process.stderr.read() == ""


def test_a_moved_course_is_set_up_anew_also_after_ctrl_c(course):
    moved = course.folder.with_name("moved to here")
    course.folder.rename(moved)
    course.folder = moved
    if os.name != "nt":
        process = course.begin("setup")
        while "making the environment" not in process.stdout.readline():
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 1
        assert process.stderr.read().strip().splitlines() == [
            "Stopped. Nothing is lost: run the same command again and it carries on."
        ]
    done = course.run("setup")
    assert done.returncode == 0, done.stderr
    assert course.python("import crmlab; print(crmlab.__file__)").startswith(str(moved))
