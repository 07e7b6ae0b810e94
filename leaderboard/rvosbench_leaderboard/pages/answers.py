"""What happens to a form that is not taken: the same page again, with each complaint at its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rvosbench.errors import RvosbenchError


def complaints(error: RvosbenchError, fields: Iterable[str]) -> dict[str, str]:
    """By field; what belongs to no field of the form is under `form`."""
    known = set(fields)
    found: dict[str, str] = {}
    for problem in error.problems:
        if problem.path in known:
            found[problem.path] = f"Expected {problem.expected}, found {problem.found}."
        else:
            found["form"] = f"Expected {problem.expected}, found {problem.found}. {_sentence(problem.fix)}"
    return found


def local_path(text: str | None, otherwise: str = "/") -> str:
    """A path on this server; anything that could lead elsewhere is not followed."""
    if not text or not text.startswith("/") or text.startswith("//"):
        return otherwise
    return otherwise if "\\" in text or not text.isprintable() else text


def kept(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """What is filled in again. Never passwords."""
    return {name: form.get(name, "") for name in names}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
