"""Write the API reference: one page a room of the package, every public name on it once."""

import importlib
import inspect
import pkgutil
import typing

import crmlab

# the solutions of exercises are in the classes of their questions, and one in an example of student_code;
# commands explain themselves with --help
HIDDEN = ("crmlab.exercises.", "crmlab.teach.authoring.student_code", "crmlab.cli", "crmlab.__main__")
TOP = "crmlab"


def pages():
    """Return the pages: name of the room to reStructuredText."""
    modules = sorted(m.name for m in pkgutil.walk_packages(crmlab.__path__, "crmlab.") if not m.name.startswith(HIDDEN))
    rooms = [name for name in modules if name.count(".") == 1]
    described = {}  # object -> the name under which it is described
    made = {TOP: page(TOP, [TOP], described)}
    for room in rooms:
        inside = [room, *(name for name in modules if name.startswith(f"{room}."))]
        made[room.partition(".")[2]] = page(room, inside, described)
    return made


def page(title, modules, described):
    """Write the page of a room: the room itself, then each module inside it that adds something."""
    lines = [title, "=" * len(title), ""]
    for name in modules:
        module = importlib.import_module(name)
        names = [n for n in public(module) if not f"{name}.{n}".startswith(HIDDEN)]
        entries = {n: described.setdefault(key(getattr(module, n), name, n), f"{name}.{n}") for n in names}
        own = [n for n, full in entries.items() if full == f"{name}.{n}"]
        if name != title:
            if not own:
                continue
            lines += [name, "-" * len(name), ""]
        listed = names if name == title else own
        lines += [f".. automodule:: {name}", ""]
        lines += summary([entries[n] for n in listed if has_docstring(getattr(module, n))], name)
        for n in own:
            lines += directive(getattr(module, n), f"{name}.{n}")
    return "\n".join(lines) + "\n"


def public(module):
    """Return what a module offers: its ``__all__``, else the functions and classes that it defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(thing) or is_class(thing))
        and thing.__module__ == module.__name__
    ]


def is_class(thing):
    """Whether it is a class, and no abbreviation of a type, which Python takes for one."""
    return inspect.isclass(thing) and not is_abbreviation(thing)


def has_docstring(thing):
    """Whether it can have one of its own, as a value or an abbreviation of a type cannot."""
    return callable(thing) and not is_abbreviation(thing)


def is_abbreviation(thing):
    """Whether it stands for a type such as ``dict[str, int]`` or ``str | int``."""
    return typing.get_origin(thing) is not None


def key(thing, module, name):
    """Tell things apart: the same function under two names is one, equal constants are two."""
    return id(thing) if callable(thing) or inspect.ismodule(thing) else f"{module}.{name}"


def summary(names, module):
    """Write the table of a module's names, each with the first line of its docstring."""
    own = f"{module}."
    short = [n.removeprefix(own) if n.startswith(own) and "." not in n.removeprefix(own) else f"~{n}" for n in names]
    return [".. autosummary::", "   :nosignatures:", "", *[f"   {n}" for n in short], ""] if names else []


def directive(thing, name):
    """Write the entry of one thing."""
    if is_abbreviation(thing):
        return [f".. py:data:: {name}", "", f"   Stands for ``{thing}``.", ""]
    if not has_docstring(thing):
        return [f".. py:data:: {name}", "", f"   A {type(thing).__name__}.", ""]
    if inspect.isclass(thing):
        return [f".. autoclass:: {name}", "   :members:", ""]
    return [f".. autofunction:: {name}", ""]
