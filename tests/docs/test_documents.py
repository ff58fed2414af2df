"""The documents say what the code is: their commands parse, their links lead somewhere, their tables are complete."""

import ast
import re
import shlex
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from itaku.cli import _parser
from itaku.commands.tables import drawn
from itaku.issuance.protocol.refusals import REFUSALS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "itaku"
READMES = [ROOT / "README.md", ROOT / "README.ja.md"]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
OPERATIONS = ROOT / "docs" / "operations.md"
GLOSSARY = ROOT / "docs" / "glossary.md"


def named(path):
    return str(path.relative_to(ROOT))


def read(path):
    return path.read_text(encoding="utf-8")


def commands(path):
    """Every line of a shell block, without its remark."""
    blocks = re.findall(r"```sh\n(.*?)```", read(path), re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.split("#")[0].strip()]


def rows(section):
    """The cells of each row of the tables in a section."""
    lines = [line for line in section.splitlines() if line.startswith("|") and not set(line) <= set("|- ")]
    return [[cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")] for line in lines]


def headings(path):
    """The anchors that a reader's link may name, as they are made from headings."""
    found = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", read(path), flags=re.DOTALL), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading.lower())).strip().replace(" ", "-") for heading in found
    }


def code_of_the_product():
    return "\n".join(read(path) for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.sql"), *SOURCE.rglob("*.js")])


def test_the_drawn_tables_are_those_that_the_machines_run_on():
    assert read(ROOT / "docs" / "transition-tables.md") == drawn(), (
        "run: itaku tables --write docs/transition-tables.md"
    )


@pytest.mark.parametrize("readme", READMES, ids=named)
def test_every_command_in_a_readme_is_one_that_the_program_takes(readme):
    parsed = 0
    for line in commands(readme):
        if line.startswith("itaku "):
            arguments = _parser().parse_args(shlex.split(line)[1:])
            assert callable(arguments.command)
            parsed += 1
    assert parsed > 5


def test_both_readmes_name_the_same_commands():
    assert commands(READMES[0]) == commands(READMES[1])


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_subcommand_and_make_target_that_a_document_names_exists(document):
    known = re.findall(r"^  make ([a-z]+)", _make_help(), re.MULTILINE)
    assert set(re.findall(r"[`\n]make ([a-z]+)", read(document))) <= set(known)
    for line in re.findall(r"`itaku ([a-z][a-z-]*(?: [a-z]+)?)", read(document)):
        with pytest.raises(SystemExit) as ended:
            _parser().parse_args([*_words(line), "--help"])
        assert ended.value.code == 0, line


def _words(line):
    return line.split()[: 2 if line.startswith("record") else 1]


def _make_help():
    return subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_between_documents_leads_somewhere(document):
    links = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", read(document), flags=re.DOTALL))
    for link in links:
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / unquote(path)).resolve() if path else document
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert unquote(anchor) in headings(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_document_names_no_issue_and_no_place_on_somebodys_machine(document):
    text = read(document)
    assert not re.search(r"(?<![\w/(])#\d+\b", text), "an issue's number"
    assert not re.search(r"(?<![\w.])/(?:work|home|root|tmp|Users)/", text), "a local path"


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_test_that_a_document_leans_on_exists(document):
    tests = "\n".join(read(path) for path in (ROOT / "tests").rglob("test_*.py"))
    for name in re.findall(r"`(test_\w+)`", read(document)):
        assert f"def {name}(" in tests, name


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_source_file_that_a_document_names_exists(document):
    places = [ROOT, SOURCE, SOURCE / "issuance", SOURCE / "issuance" / "municipality", SOURCE / "issuance" / "protocol"]
    for name in re.findall(r"`((?:[\w-]+/)+[\w-]+\.(?:py|typ|sql)|src/[\w/]+)`", read(document)):
        assert any((place / name).exists() for place in places), name


def test_operations_says_for_every_refusal_what_it_is_and_what_to_do():
    section = read(OPERATIONS).split("\n## Refusals\n")[1].split("\n## ")[0]
    table = {row[0].strip("`"): row[1:] for row in rows(section)[1:]}
    assert set(table) == set(REFUSALS)
    for code, refusal in REFUSALS.items():
        temper, words, what_to_do = table[code]
        assert temper == refusal.temper.value, code
        assert words == refusal.en, code
        assert what_to_do, code


def test_operations_explains_every_line_that_a_node_can_log():
    explained = set(re.findall(r"`([a-z]+(?:[_ ][a-z]+)*)`", read(OPERATIONS)))
    for path in SOURCE.rglob("*.py"):
        for event in _logged(path):
            assert event in explained, f"{named(path)} logs {event}"


def _logged(path):
    for node in ast.walk(ast.parse(read(path))):
        is_log = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"info", "warning", "error"}
            and ast.unparse(node.func.value) in {"log", "self._log"}
        )
        if is_log and node.args and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


def test_operations_explains_every_incident():
    machines = [SOURCE / "issuance" / node / "machine.py" for node in ("center", "municipality")]
    codes = {code for path in machines for code in re.findall(r'Incident\(\s*"([a-z_]+)"', read(path))}
    assert len(codes) > 5
    section = read(OPERATIONS).split("\n## Incidents\n")[1].split("\n## ")[0]
    assert codes <= set(re.findall(r"`([a-z_]+)`", section))


def test_every_name_in_the_glossary_is_a_name_in_the_code():
    code = code_of_the_product()
    for japanese, english, names, where, *_ in rows(read(GLOSSARY)):
        if japanese == "Japanese":
            continue
        assert english
        for name in re.findall(r"`([^`]+)`", names):
            assert re.search(rf"\b{re.escape(name)}\b", code), f"{japanese}: {name}"
        for place in re.findall(r"`([^`]+)`", where):
            assert (SOURCE / place).exists(), f"{japanese}: {place}"


def test_the_glossary_has_one_line_for_each_term():
    terms = [term.strip() for row in rows(read(GLOSSARY)) for term in row[0].split("、") if row[0] != "Japanese"]
    assert len(terms) == len(set(terms))
