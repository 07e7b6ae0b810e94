"""Forms of pages: `application/x-www-form-urlencoded`, read once and of bounded size."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request

from rvosbench_leaderboard.web.refusal import bad_request

URLENCODED = "application/x-www-form-urlencoded"
MOST_FIELDS = 200


async def read_form(request: Request) -> Mapping[str, str]:
    """A dependency: the fields, each once; of several with one name the last. Empty where no form was
    sent."""
    known: Mapping[str, str] | None = getattr(request.state, "form", None)
    if known is not None:
        return known
    fields: dict[str, str] = {}
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == URLENCODED:
        body = await request.body()
        try:
            pairs = parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
            )
        except ValueError as error:
            raise bad_request("form", "UTF-8 text in at most 200 fields", "something else") from error
        fields = dict(pairs)
        if any("\x00" in text for pair in fields.items() for text in pair):
            raise bad_request("form", "printable characters", "a NUL")
    request.state.form = fields
    return fields


def text_field(
    fields: Mapping[str, str], name: str, most: int = 200, *, least: int = 0, lines: bool = False
) -> str:
    """The text without spaces around it; refuses control characters, and line breaks unless `lines`."""
    value = fields.get(name, "").replace("\r\n", "\n").strip()
    if not least <= len(value) <= most:
        raise bad_request(name, f"{least} to {most} characters", f"{len(value)}")
    if any((not one.isprintable()) and not (lines and one in "\n\t") for one in value):
        raise bad_request(name, "printable characters", "control characters")
    return value
