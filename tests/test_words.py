"""Names and docstrings say what things are: each class has a name of its own, and no name or first word is a riddle.

The words below are those that a reader has to guess at: “found” what, “told” whom? Name the thing (`matches`,
`form_data`) or the act (`convert_form_to_text`), and begin a docstring with an imperative or the domain's noun.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MODULES = sorted(
    path
    for folder in ("controversies", "config")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
# First words of docstrings that say nothing. (“Whether …” is that of a predicate.)
OPENINGS = """
    what who whom whose whoever whatever whichever where wherever when whenever why which how it its that those these
    they this something somebody someone anything as for so there also else from some any such to
"""
# For no variable, parameter, function, class or module.
RIDDLES = """
    told found made asked sent typed turned taken given said heard come came gone put left whoever somebody what who
    which it those these
"""
# For no function, class or module.
PARTICIPLES = """
    shown known held kept placed offered opened called named meant drawn chosen joined marked moved merged shared parsed
    decided proposed amended withdrawn checked saved counted added reviewed quoted numbered renumbered hidden recorded
    cited backed described remembered matched listed relabelled written finished wanted folded sorted changed replaced
    edited answered served removed explained touched ordered keyed imported derived redacted stored filled decoded
    unattributed cleaned resolved updated masked aligned escaped overruled dumped signed settled reordered departed
    relocated labelled withheld assembled installed alone beside own other others revised accepted grouped shortened
    compared cut recent arrived renamed queued restored wrapped isolated headed stated seen worded believed lent aside
    between about when where how why without within outside inside
"""
_OPENINGS, _RIDDLES = set(OPENINGS.split()), set(RIDDLES.split())
_NO_DEFINITION = _RIDDLES | set(PARTICIPLES.split())
DJANGO_CLASSES = {"Meta", "Command", "Media"}
# Parameters annotated `Any`, at the edges of Django and of other libraries: these may only become fewer.
MOST_ANY = {
    "accounts": 34,
    "admin": 25,
    "api": 0,
    "checks": 0,
    "config": 0,
    "document": 18,
    "following": 0,
    "history": 5,
    "interchange": 12,
    "kit": 0,
    "likeness": 0,
    "management": 8,
    "models": 5,
    "pages": 3,
    "public": 3,
    "rights": 0,
    "search": 0,
    "sql": 7,
    "workflow": 0,
}


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            yield path, node


def bare(name: str) -> str:
    return name.strip("_").lower()


def test_each_class_has_a_name_of_its_own():
    """A part of the document and the model that indexes it may share theirs."""
    places = defaultdict(list)
    for path, node in nodes():
        if isinstance(node, ast.ClassDef) and node.name not in DJANGO_CLASSES:
            places[node.name].append(place(path, node))

    assert {
        name: where
        for name, where in places.items()
        if len(where) > 1 and [each.split("/")[1] for each in sorted(where)] != ["document", "models"]
    } == {}
    assert len(places["Position"]) == 2


def test_no_name_of_a_module_function_or_class_is_a_riddle():
    modules = [str(path.relative_to(ROOT)) for path in MODULES if bare(path.stem) in _NO_DEFINITION]
    definitions = [
        f"{place(path, node)} {node.name}"
        for path, node in nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and bare(node.name) in _NO_DEFINITION
    ]

    assert [*modules, *definitions] == []


def test_no_name_of_a_variable_or_parameter_is_a_riddle():
    assert [
        f"{place(path, node)} {node.arg if isinstance(node, ast.arg) else node.id}"
        for path, node in nodes()
        if (isinstance(node, ast.arg) and bare(node.arg) in _RIDDLES)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and bare(node.id) in _RIDDLES)
    ] == []


def test_docstrings_begin_with_a_verb_or_a_noun():
    described = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

    assert [
        f"{place(path, node)} {docstring.splitlines()[0]}"
        for path, node in nodes()
        if isinstance(node, described)
        and (docstring := ast.get_docstring(node))
        and docstring.split()[0].strip('.,:;“”"‘’').lower() in _OPENINGS
    ] == []


def annotated_any() -> dict[str, list[str]]:
    """The parameters annotated `Any`, by package."""
    parameters = defaultdict(list)
    for path, node in nodes():
        if (
            isinstance(node, ast.arg)
            and isinstance(node.annotation, ast.Name)
            and node.annotation.id == "Any"
        ):
            parts = path.relative_to(ROOT).with_suffix("").parts
            parameters[parts[1] if parts[0] == "controversies" else parts[0]].append(
                f"{place(path, node)} {node.arg}"
            )
    return parameters


def test_parameters_of_any_type_do_not_become_more():
    for package, parameters in annotated_any().items():
        assert len(parameters) <= MOST_ANY.get(package, 0), (package, parameters)


def test_every_package_has_its_ceiling_of_parameters_of_any_type():
    code = ROOT / "controversies"
    packages = {path.relative_to(code).with_suffix("").parts[0] for path in MODULES if code in path.parents}

    assert MOST_ANY.keys() == packages - {"__init__", "apps"} | {"config"}
