"""What is added to a description renames nothing that a package has."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_package import Make, description, save

from modelhunter_codegen import ir
from modelhunter_codegen.arguments import flat_model
from modelhunter_codegen.build import build
from modelhunter_codegen.lock_names import Kept
from modelhunter_codegen.problems import DescriptionError, Report

if TYPE_CHECKING:
    from pathlib import Path

WORDS = st.lists(
    st.sampled_from(
        ["foo", "Foo", "FOO", "bar", "Bar", "_", "-", ".", "1", "List", "Value", "Model", "extra"]
    ),
    min_size=1,
    max_size=3,
).map("".join)
SCALAR = {"type": "string"}
CHOICE = {"type": "string", "enum": ["a", "b"]}

Names = dict[tuple[str, ...], str]


def part(*words: str) -> dict[str, Any]:
    """An object with inner schemas of the kinds that get classes."""
    return {
        "type": "object",
        "properties": {
            **dict.fromkeys(words, SCALAR),
            "part": {"type": "object", "properties": {"x": CHOICE, "y": SCALAR}},
            "parts": {"type": "array", "items": {"type": "object", "properties": {"z": CHOICE}}},
            "one of": {
                "oneOf": [
                    {"type": "object", "required": ["a"], "properties": {"a": SCALAR}},
                    {"type": "object", "required": ["b"], "properties": {"b": SCALAR}},
                ]
            },
        },
    }


def content(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def operation(operation_id: str | None, *parameters: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "tags": ["t"],
        "parameters": [{"name": name, "in": "query", "schema": SCALAR} for name in parameters],
        "requestBody": {"required": True, **content(part("first"))},
        "responses": {"200": {"description": "", **content(part())}},
    }
    return made if operation_id is None else {**made, "operationId": operation_id}


def spec(schemas: list[str], operations: list[str], words: list[str]) -> dict[str, Any]:
    return description(
        {
            **{name: part(*words) for name in schemas},
            "Choices": {"type": "string", "enum": ["start", *words]},
        },
        {f"/{number}": {"post": operation(name, *words)} for number, name in enumerate(operations)},
    )


def public_names(folder: Path, root: dict[str, Any], kept: Kept) -> tuple[Names, Kept]:
    """Every name that a user can write, by what it stands for in the description."""
    package = build(save(folder, root), "made", Report(), kept).package
    found: Names = {}
    for one in package.definitions.values():
        at = _without_index(one)
        found["class", *at] = f"{one.home.module}.{one.name}"
        if isinstance(one, ir.Model):
            found |= {("field", *at, prop.wire): prop.python for prop in one.properties}
        elif isinstance(one, ir.Enumeration):
            found |= {("member", *at, value): name for name, value in one.members}
    for module, endpoints in package.endpoints.items():
        for endpoint in endpoints:
            sent = endpoint.body.media_type if endpoint.body else ""
            at = (endpoint.method, endpoint.path, sent)
            found["function", *at] = f"{module}.{endpoint.python}"
            for one in endpoint.parameters:
                found["argument", *at, one.place, one.wire] = one.python
            model = flat_model(endpoint, package.definitions)
            for prop in model.properties if model else ():
                found["argument", *at, "body", prop.wire] = (endpoint.fields or {})[prop.python]
    return found, package.kept


def _without_index(one: ir.Definition) -> tuple[str, ...]:
    """The pointer of a definition; a variant goes by what it requires, not by its number."""
    required = one.node.get("required") or ()
    steps = one.node.pointer.split("/")
    return (*steps[:-1], *required) if len(steps) > 1 and steps[-2] == "oneOf" else tuple(steps)


def shuffled(root: dict[str, Any], seed: int) -> dict[str, Any]:
    """The same description with its mappings in another order."""
    order = random.Random(seed)

    def other(value: Any) -> Any:
        if isinstance(value, list):
            return [other(item) for item in value]
        if not isinstance(value, dict):
            return value
        keys = list(value)
        order.shuffle(keys)
        return {key: other(value[key]) for key in keys}

    made: dict[str, Any] = other(root)
    return made


unshrunk = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
several = st.lists(WORDS, min_size=1, max_size=4, unique=True)


@unshrunk
@given(several, several, several, several, several, several, st.integers(0, 99))
def test_adding_renames_nothing(
    tmp_path: Path,
    schemas: list[str],
    more_schemas: list[str],
    operations: list[str],
    more_operations: list[str],
    words: list[str],
    more_words: list[str],
    seed: int,
) -> None:
    before, kept = public_names(tmp_path, spec(schemas, operations, words), Kept())
    root = spec(
        list(dict.fromkeys([*schemas, *more_schemas])),
        list(dict.fromkeys([*operations, *more_operations])),
        list(dict.fromkeys([*words, *more_words])),
    )
    after, _ = public_names(tmp_path, shuffled(root, seed), kept)
    assert before.items() <= after.items()
    assert len({name for at, name in after.items() if at[0] in ("class", "function")}) == sum(
        at[0] in ("class", "function") for at in after
    )


@unshrunk
@given(several, several, several, st.integers(0, 99))
def test_names_do_not_depend_on_order(
    tmp_path: Path, schemas: list[str], operations: list[str], words: list[str], seed: int
) -> None:
    root = spec(schemas, operations, words)
    names, kept = public_names(tmp_path, root, Kept())
    assert public_names(tmp_path, shuffled(root, seed), Kept()) == (names, kept)
    assert public_names(tmp_path, root, kept) == (names, kept)


def test_only_the_newcomer_gets_the_longer_name(tmp_path: Path) -> None:
    _, kept = public_names(tmp_path, spec([], ["getIt"], []), Kept())
    after, _ = public_names(tmp_path, spec([], ["getIt", "Get-It", "get_it"], []), kept)
    functions = [name for at, name in after.items() if at[0] == "function"]
    assert functions == ["t.get_it", "t.get_it_post_1", "t.get_it_post_2"]


def test_without_a_record_an_operation_whose_id_is_a_name_has_it(tmp_path: Path) -> None:
    after, _ = public_names(tmp_path, spec([], ["getIt", "Get-It", "get_it"], []), Kept())
    assert after["function", "POST", "/2", "application/json"] == "t.get_it"


def test_a_function_keeps_its_name_when_its_operation_gets_another_id(tmp_path: Path) -> None:
    before, kept = public_names(tmp_path, spec([], ["getIt"], []), Kept())
    after, _ = public_names(tmp_path, spec([], ["fetchIt"], []), kept)
    assert after == before
    root = spec([], ["fetchIt"], [])
    root["paths"]["/0"]["post"]["x-renamed-from"] = ["getIt"]
    renamed, _ = public_names(tmp_path, root, kept)
    assert renamed["function", "POST", "/0", "application/json"] == "t.fetch_it"


def test_another_kind_of_body_or_answer_leaves_the_function_its_name(tmp_path: Path) -> None:
    root = spec([], ["send"], [])
    body = root["paths"]["/0"]["post"]["requestBody"]["content"]
    body["multipart/form-data"] = body.pop("application/json")
    before, kept = public_names(tmp_path, root, Kept())
    assert before["function", "POST", "/0", "multipart/form-data"] == "t.send"
    body["application/json"] = {"schema": part("first")}
    after, _ = public_names(tmp_path, root, kept)
    assert before.items() <= after.items()
    assert after["function", "POST", "/0", "application/json"] == "t.send_json"


def test_a_second_variant_renames_the_first_in_no_place(tmp_path: Path) -> None:
    variant = {"type": "object", "required": ["a"], "properties": {"a": SCALAR}}
    other = {"type": "object", "required": ["b"], "properties": {"b": CHOICE}}
    one = description({"A": {"oneOf": [variant, SCALAR]}, "B": {"oneOf": [variant]}})
    two = description({"A": {"oneOf": [other, variant, SCALAR]}, "B": {"oneOf": [other, variant]}})
    before, kept = public_names(tmp_path, one, Kept())
    after, _ = public_names(tmp_path, two, kept)
    variants = {at: name for at, name in before.items() if at[-1] == "a"}
    assert len(variants) == 4
    assert variants.items() <= after.items()


def test_more_choices_rename_no_choice(tmp_path: Path) -> None:
    def choice(*values: str) -> dict[str, Any]:
        return {"type": "string", "enum": list(values)}

    def listed(schema: dict[str, Any]) -> dict[str, Any]:
        return {"type": "array", "items": schema}

    one = {"oneOf": [choice("a", "b"), listed(choice("c", "d")), {"type": "integer"}]}
    two = {"oneOf": [choice("x", "y"), listed(choice("z", "w")), *one["oneOf"]]}
    two["oneOf"][2] = choice("a", "b", "new")
    _, kept = public_names(tmp_path, description({"A": one, "B": listed(one)}), Kept())
    _, later = public_names(tmp_path, description({"A": two, "B": listed(two)}), kept)
    assert len(kept.names) == 6
    assert kept.names.items() <= later.names.items()
    assert len(later.names) == 10


def test_variants_of_one_title_keep_their_names_wherever_they_stand(tmp_path: Path) -> None:
    def twin(*words: str) -> dict[str, Any]:
        return {"title": "Twin", **part(*words)}

    one = description({"A": {"oneOf": [twin("x"), twin("y")]}})
    two = description({"A": {"oneOf": [twin("z"), twin("y"), twin("x")]}})

    def fields(root: dict[str, Any], kept: Kept) -> dict[frozenset[str], str]:
        package = build(save(tmp_path, root), "made", Report(), kept).package
        return {
            frozenset(prop.wire for prop in model.properties): model.name
            for model in package.definitions.values()
            if isinstance(model, ir.Model) and len(model.properties) > 2
        }

    _, kept = public_names(tmp_path, one, Kept())
    assert fields(one, kept).items() <= fields(two, kept).items()


def test_a_parameter_takes_no_name_from_a_field_of_the_body(tmp_path: Path) -> None:
    before, kept = public_names(tmp_path, spec([], ["send"], []), Kept())
    after, _ = public_names(tmp_path, spec([], ["send"], ["first", "body"]), kept)
    at = ("argument", "POST", "/0", "application/json")
    assert before.items() <= after.items()
    assert after[*at, "query", "first"] == "first_query"
    assert after[*at, "body", "first"] == "first"


def test_arguments_that_would_share_a_name_reach_their_own_places(make: Make) -> None:
    shared = operation("send", "first", "a-b", "a_b")
    shared["parameters"] += [
        {"name": "a-b", "in": "header", "schema": SCALAR},
        {"name": "c", "in": "query", "schema": SCALAR, "x-python-name": "a_b"},
    ]
    made = make(paths={"/x": {"post": shared}})
    function = made.module("t").send
    call = function(body={}, first="1", a_b="c", a_b_query="u", a_b_header="h", a_dash_b="d")
    assert call.query == [("first", "1"), ("a-b", "d"), ("a_b", "u"), ("c", "c")]
    assert call.headers == {"a-b": "h"}


def test_what_the_description_says_comes_before_the_record(tmp_path: Path) -> None:
    root = spec(["Foo"], ["getIt"], ["hasMore"])
    _, kept = public_names(tmp_path, root, Kept())
    chosen = copy.deepcopy(root)
    chosen["components"]["schemas"]["Foo"]["x-python-name"] = "Bar"
    chosen["components"]["schemas"]["Foo"]["properties"]["hasMore"] = {
        **SCALAR,
        "x-python-name": "more",
    }
    posted = chosen["paths"]["/0"]["post"]
    posted["x-python-name"] = "fetch"
    posted["parameters"][0]["x-python-name"] = "further"
    after, _ = public_names(tmp_path, chosen, kept)
    schema = ("", "components", "schemas", "Foo")
    assert after["class", *schema] == "models.bar.Bar"
    assert after["field", *schema, "hasMore"] == "more"
    assert after["function", "POST", "/0", "application/json"] == "t.fetch"
    assert after["argument", "POST", "/0", "application/json", "query", "hasMore"] == "further"


def test_one_more_scheme_renames_no_credential(tmp_path: Path) -> None:
    def described(*schemes: str) -> dict[str, Any]:
        scheme = {"type": "http", "scheme": "bearer"}
        return description(components={"securitySchemes": dict.fromkeys(schemes, scheme)})

    def credentials(root: dict[str, Any], kept: Kept) -> tuple[str, Kept]:
        built = build(save(tmp_path, root), "made", Report(), kept)
        return built.files["client.py"], built.package.kept

    before, kept = credentials(described("apiToken", "timeout"), Kept())
    assert '_given["apiToken"] = _auth.bearer(api_token)' in before
    assert '_given["timeout"] = _auth.bearer(timeout_)' in before
    after, _ = credentials(described("api_token", "api-token", "apiToken", "timeout"), kept)
    assert '_given["apiToken"] = _auth.bearer(api_token)' in after


@pytest.mark.parametrize("name", ["not a name; import os", "class", "_x", 7, "Upper"])
def test_a_chosen_name_that_is_none_is_a_problem(tmp_path: Path, name: Any) -> None:
    root = spec([], ["getIt"], [])
    root["paths"]["/0"]["post"]["x-python-name"] = name
    with pytest.raises(DescriptionError, match="x-python-name"):
        public_names(tmp_path, root, Kept())


@pytest.mark.parametrize(
    "lock",
    [
        {"names": [], "parts": 3},
        {"names": {"POST /0": "t.import"}, "parts": {"POST /0": {"query q": "a b"}}},
        {"names": {"POST /0": 5, "#/components/schemas/Foo": "models.foo.Any"}},
        {"names": {"#/components/schemas/Foo/part": "../../x.Y()"}, "parts": {"POST /0": None}},
    ],
)
def test_a_record_that_makes_no_sense_counts_as_none(tmp_path: Path, lock: Any) -> None:
    root = spec(["Foo"], ["getIt"], ["q"])
    plain = public_names(tmp_path, root, Kept())
    assert public_names(tmp_path, root, Kept.of_lock(lock)) == plain
