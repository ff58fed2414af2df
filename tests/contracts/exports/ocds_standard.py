"""The OCDS 1.1.5 schemas for the official checker, from source packages that lie in the virtual environment.

The checker fetches the standard's repository as a ZIP file unless it is handed one. Here one is put together from the
schemas that the publishers of the standard ship with their own tools (requirements/ocds-schema.txt; `make setup` lays
the packages down). Closed code lists are taken from the schema itself; open ones are not in those packages.
"""

from __future__ import annotations

import functools
import io
import json
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from libcoveocds.api import ocds_json_output
from libcoveocds.config import LibCoveOCDSConfig

PACKAGES = Path(sys.prefix) / "share" / "ocds-schema"
SCHEMAS = {
    "release-schema.json": "ocdsextensionregistry-0.7.0",
    "versioned-release-validation-schema.json": "ocdsextensionregistry-0.7.0",
    "release-package-schema.json": "ocdskit-1.7.0",
}
TAG = "1__1__5"


@functools.cache
def standard() -> bytes:
    """The standard's ZIP file, as far as the checker reads it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"standard-{TAG}/", "")
        for name, package in SCHEMAS.items():
            text = _schema(package, name)
            assert json.loads(text)["id"] == f"https://standard.open-contracting.org/schema/{TAG}/{name}"
            archive.writestr(f"standard-{TAG}/schema/{name}", text)
            if name == "release-schema.json":
                for codelist, codes in closed_codelists(json.loads(text)).items():
                    lines = "".join(f"{code},{code}\n" for code in codes)
                    archive.writestr(f"standard-{TAG}/schema/codelists/{codelist}", f"Code,Title\n{lines}")
    return made.getvalue()


def check(package: dict[str, Any]) -> dict[str, Any]:
    """What the official checker says of a release package."""
    config = LibCoveOCDSConfig({"context": "api", "standard_zip": standard()})
    report: dict[str, Any] = ocds_json_output(json_data=package, lib_cove_ocds_config=config)
    return report


def closed_codelists(schema: Any) -> dict[str, list[str]]:
    """The closed code lists by file name."""
    found: dict[str, list[str]] = {}
    if isinstance(schema, dict):
        if "codelist" in schema:
            inner = schema.get("items", {})
            codes = schema.get("enum") or (inner.get("enum") if isinstance(inner, dict) else None)
            if codes:
                found[schema["codelist"]] = [code for code in codes if code]
        for value in schema.values():
            found |= closed_codelists(value)
    elif isinstance(schema, list):
        for value in schema:
            found |= closed_codelists(value)
    return found


def _schema(package: str, name: str) -> str:
    file = PACKAGES / f"{package}.tar.gz"
    assert file.is_file(), f"{file} is missing: `make setup` lays it down"
    with tarfile.open(file) as archive:
        member = archive.extractfile(f"{package}/tests/fixtures/{name}")
        assert member is not None
        return member.read().decode("utf-8")
