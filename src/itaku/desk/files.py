"""Files that the desk gives out and takes in (ファイル): their types, and the answer that carries one."""

from __future__ import annotations

from django.http import HttpResponse

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GIVEN_OUT = {
    "pdf": "application/pdf",
    "docx": WORD,
    "xlsx": EXCEL,
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}
"""The types of what is given out, by the ending of its name."""


def download(content: bytes, name: str, *, inline: bool = False) -> HttpResponse:
    """The answer with a file, to be saved under its name (in ASCII) or shown in place; its type follows the ending."""
    answer = HttpResponse(content, content_type=GIVEN_OUT[name.rpartition(".")[2]])
    answer.headers["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    return answer
