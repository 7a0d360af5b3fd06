from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sample_package import description

from modelhunter.runtime.decode import WireError
from modelhunter.runtime.encode import plain

if TYPE_CHECKING:
    from sample_package import Make

CAT = {
    "type": "object",
    "required": ["kind", "lives"],
    "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
}
DOG = {
    "type": "object",
    "required": ["kind", "name"],
    "properties": {"kind": {"type": "string", "enum": ["dog", "wolf"]}, "name": {"type": "string"}},
}
REFS = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]


@pytest.mark.parametrize(
    "extra",
    [
        {"discriminator": {"propertyName": "kind"}},
        {
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"cat": "#/components/schemas/Cat", "dog": "Dog"},
            }
        },
        {},
    ],
    ids=["tag", "mapping", "constants only"],
)
def test_a_tag_decides(make: Make, extra: dict[str, Any]) -> None:
    made = make({"Cat": CAT, "Dog": DOG, "Pet": {"oneOf": REFS, **extra}})
    assert isinstance(made.decode("Pet", {"kind": "cat", "lives": 9}), made.Cat)
    dog = made.decode("Pet", {"kind": "wolf", "name": "Rex"})
    assert isinstance(dog, made.Dog)
    assert plain(dog) == {"kind": "wolf", "name": "Rex"}
    with pytest.raises(WireError, match=r"\$\.lives"):
        made.decode("Pet", {"kind": "cat", "lives": "many"})
    unknown = {"kind": "emu", "height": 2}
    assert made.decode("Pet", unknown) == unknown
    assert plain(made.decode("Pet", unknown)) == unknown


def test_variants_with_one_tag_in_common_are_told_apart_by_their_members(make: Make) -> None:
    kind = {"kind": {"const": "message"}}
    schemas = {
        "Sent": {
            "type": "object",
            "required": ["kind", "text"],
            "properties": {**kind, "text": {"type": "string"}},
        },
        "Received": {
            "type": "object",
            "required": ["kind", "parts"],
            "properties": {**kind, "parts": {"type": "array", "items": {"type": "string"}}},
        },
        "Cat": CAT,
        "Item": {
            "oneOf": [
                {"$ref": f"#/components/schemas/{name}"} for name in ("Sent", "Received", "Cat")
            ],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"cat": "#/components/schemas/Cat"},
            },
        },
    }
    made = make(schemas)
    assert isinstance(made.decode("Item", {"kind": "message", "text": "a"}), made.Sent)
    assert isinstance(made.decode("Item", {"kind": "message", "parts": ["a"]}), made.Received)
    assert isinstance(made.decode("Item", {"kind": "cat", "lives": 9}), made.Cat)
    with pytest.raises(WireError, match=r"\$\.parts\[0\]"):
        made.decode("Item", {"kind": "message", "parts": [1]})


def test_without_a_tag_the_members_decide(make: Make) -> None:
    made = make(
        {
            "Circle": {"type": "object", "properties": {"radius": {"type": "number"}}},
            "Box": {
                "type": "object",
                "properties": {"radius": {"type": "number"}, "width": {"type": "number"}},
            },
            "Shape": {
                "anyOf": [
                    {"$ref": "#/components/schemas/Circle"},
                    {"$ref": "#/components/schemas/Box"},
                    {"type": "string"},
                    {"type": "array", "items": {"type": "integer"}},
                    {"type": "null"},
                ]
            },
        }
    )
    assert isinstance(made.decode("Shape", {"radius": 1.0}), made.Circle)
    assert isinstance(made.decode("Shape", {"radius": 1.0, "width": 2.0}), made.Box)
    assert made.decode("Shape", "round") == "round"
    assert made.decode("Shape", [1, 2]) == [1, 2]
    assert made.decode("Shape", None) is None
    with pytest.raises(WireError, match=r"Circle or Box or a string or an array"):
        made.decode("Shape", 4)
    with pytest.raises(WireError, match=r"\$\[1\]"):
        made.decode("Shape", [1, "x"])


def test_scalars_of_a_union_keep_their_type(make: Make) -> None:
    made = make(
        {
            "Id": {"type": ["string", "integer"]},
            "When": {"oneOf": [{"type": "string", "format": "date-time"}, {"type": "number"}]},
            "Model": {
                "anyOf": [{"type": "string"}, {"type": "string", "enum": ["small", "large"]}]
            },
        }
    )
    assert made.decode("Id", 3) == 3
    assert made.decode("Id", "3") == "3"
    assert made.decode("When", "2026-01-01T00:00:00Z").year == 2026
    assert made.decode("When", 1.5) == 1.5
    assert made.decode("Model", "huge") == "huge"
    for name, bad in (("Id", True), ("When", "soon"), ("Model", 1)):
        with pytest.raises(WireError):
            made.decode(name, bad)


def test_what_stands_beside_a_union_belongs_to_each_variant(make: Make) -> None:
    made = make(
        {
            "Payment": {
                "type": "object",
                "required": ["amount"],
                "properties": {"amount": {"type": "integer"}},
                "oneOf": [
                    {"properties": {"card": {"type": "string"}}, "required": ["card"]},
                    {"properties": {"iban": {"type": "string"}}, "required": ["iban"]},
                ],
            }
        }
    )
    card = made.decode("Payment", {"amount": 1, "card": "c"})
    bank = made.decode("Payment", {"amount": 1, "iban": "i"})
    assert type(card).__name__ == "PaymentWithCard"
    assert type(bank).__name__ == "PaymentWithIban"
    assert plain(bank) == {"amount": 1, "iban": "i"}
    with pytest.raises(WireError):
        made.decode("Payment", {"card": "c"})


def test_groups_that_only_ask_for_members_add_no_types(make: Make) -> None:
    made = make(
        {
            "Ref": {
                "type": "object",
                "properties": {"url": {"type": "string"}, "id": {"type": "string"}},
                "anyOf": [{"required": ["url"]}, {"required": ["id"]}],
                "not": {"required": ["url", "id"]},
            }
        }
    )
    assert made.decode("Ref", {"url": "u"}).url == "u"
    assert "At least one of these must be given" in made.Ref.__doc__
    assert "Not together: `url`, `id`" in made.Ref.__doc__


def test_a_base_with_a_tag_is_read_as_its_subtypes(make: Make) -> None:
    def child(name: str, **properties: Any) -> dict[str, Any]:
        base = {"$ref": "#/components/schemas/Animal"}
        return {"allOf": [base, {"type": "object", "properties": properties}]}

    made = make(
        {
            "Animal": {
                "type": "object",
                "required": ["petType"],
                "properties": {"petType": {"type": "string"}},
                "discriminator": {"propertyName": "petType", "mapping": {"d": "Dog"}},
            },
            "Dog": child("Dog", bark={"type": "string"}),
            "Lizard": child("Lizard", lovesRocks={"type": "boolean"}),
            "Zoo": {
                "type": "object",
                "properties": {
                    "animals": {"type": "array", "items": {"$ref": "#/components/schemas/Animal"}}
                },
            },
        }
    )
    wire = {
        "animals": [
            {"petType": "d", "bark": "wuff"},
            {"petType": "Lizard", "lovesRocks": True},
            {"petType": "Yak"},
        ]
    }
    zoo = made.decode("Zoo", wire)
    assert [type(animal).__name__ for animal in zoo.animals] == ["Dog", "Lizard", "Animal"]
    assert made.encode("Zoo", zoo) == wire


def test_a_base_that_lists_its_children(make: Make) -> None:
    made = make(
        {
            "Pet": {
                "type": "object",
                "properties": {"kind": {"type": "string"}},
                "oneOf": REFS,
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat", "dog": "Dog"}},
            },
            "Cat": {
                "allOf": [
                    {"$ref": "#/components/schemas/Pet"},
                    {"type": "object", "properties": {"lives": {"type": "integer"}}},
                ]
            },
            "Dog": {
                "allOf": [
                    {"$ref": "#/components/schemas/Pet"},
                    {"type": "object", "properties": {"bark": {"type": "string"}}},
                ]
            },
        }
    )
    cat = made.decode("Pet", {"kind": "cat", "lives": 9})
    assert isinstance(cat, made.Cat)
    assert plain(cat) == {"kind": "cat", "lives": 9}


def test_inline_variants_are_named_by_what_they_are(make: Make) -> None:
    def part(kind: str) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"const": kind}, "value": {"type": "string"}},
        }

    def names(*kinds: str) -> set[str]:
        made = make({"Content": {"oneOf": [part(kind) for kind in kinds]}})
        return {type(made.decode("Content", {"type": kind})).__name__ for kind in kinds}

    assert names("text", "image") == {"ContentText", "ContentImage"}
    assert names("image", "audio", "text") == {"ContentText", "ContentImage", "ContentAudio"}


@pytest.mark.parametrize(
    ("beside", "kept"),
    [
        ({"type": "string"}, "when: str\n"),
        ({"allOf": [{"oneOf": [{"type": "integer"}, {"type": "array"}]}]}, "when: int\n"),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}, False]}, "when: int\n"),
        ({"enum": [1, 2]}, "when: Literal[1, 2] | int\n"),
    ],
)
def test_branches_that_something_rules_out_go(make: Make, beside: Any, kept: str) -> None:
    choice = {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "object"}]}
    base = {"type": "object", "required": ["when"], "properties": {"when": choice}}
    narrow = {"allOf": [base, {"properties": {"when": beside}}]}
    made = make({"Base": base, "Narrow": narrow})
    assert kept in (made.folder / "models" / "narrow.py").read_text()


def test_a_union_without_a_branch_that_can_be_is_a_contradiction(make: Make, problems: Any) -> None:
    thing = {"type": "boolean", "oneOf": [{"type": "string"}, {"type": "integer"}]}
    own = {"oneOf": [{"allOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "string"}]}
    spec = description({"Thing": thing, "Own": own})
    assert problems(spec) == [
        "contradiction /components/schemas/Thing/oneOf/0/type",
        "contradiction /components/schemas/Thing/oneOf/1/type",
        "contradiction /components/schemas/Own/oneOf/0/allOf/1/type",
    ]
    made = make(spec=spec, allow={"contradiction"})
    assert len(made.report.notes) == 3
    assert made.decode("Thing", "x") == "x"
    assert made.decode("Own", "x") == "x"
