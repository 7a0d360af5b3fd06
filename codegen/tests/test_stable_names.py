"""What is added to a description renames nothing that was there."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_package import description, save

from modelhunter_codegen.build import build
from modelhunter_codegen.problems import Report

WORDS = st.lists(
    st.sampled_from(["Foo", "foo", "FOO", "Bar", "_", "-", ".", "1", "List", "value", "Model"]),
    min_size=1,
    max_size=4,
).map("".join)
INLINE = {"type": "object", "properties": {"x": {"type": "string", "enum": ["a", "b"]}}}


def spec(schemas: list[str], operations: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"value": INLINE, "part": INLINE}}
    answer = {"200": {"description": "", "content": {"application/json": {"schema": INLINE}}}}
    return description(
        dict.fromkeys(schemas, schema),
        {
            f"/{name}": {"get": {"operationId": name, "tags": ["t"], "responses": answer}}
            for name in operations
        },
    )


def all_names(folder: Any, content: dict[str, Any], kept: dict[str, str]) -> tuple[Any, Any, Any]:
    built = build(save(folder, content), "made", Report(), kept)
    by_place = {
        d.node.pointer: d.name for d in built.package.definitions.values() if d.node is not None
    }
    functions = {e.path: e.python for found in built.package.endpoints.values() for e in found}
    return by_place, functions, built.names


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(WORDS, min_size=1, max_size=4, unique=True),
    WORDS,
    st.randoms(use_true_random=False),
)
def test_adding_a_schema_renames_nothing(
    tmp_path: Any, schemas: list[str], one: str, random: Any
) -> None:
    classes, functions, kept = all_names(tmp_path, spec(schemas, ["get_it"]), {})
    more = list(dict.fromkeys([*schemas, one]))
    random.shuffle(more)
    classes_now, functions_now, _ = all_names(tmp_path, spec(more, ["get_it"]), kept)
    assert classes.items() <= classes_now.items()
    assert functions == functions_now


def test_an_operation_whose_id_is_a_name_keeps_it(tmp_path: Any) -> None:
    _, before, _ = all_names(tmp_path, spec([], ["get_it", "other"]), {})
    _, after, _ = all_names(tmp_path, spec([], ["getIt", "Get-It", "get_it", "other"]), {})
    assert before.items() <= after.items()
    assert len(set(after.values())) == 4
