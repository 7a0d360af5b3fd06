"""Plugins in plain Python: what attrs classes say becomes models that work like any other."""

from __future__ import annotations

import json
from collections.abc import Sequence  # noqa: TC003 - read at run time
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal

import pytest
from attrs import Factory, define, evolve, field, validators

from modelhunter import InvalidInput
from modelhunter.plugins import (
    Audio,
    Between,
    Image,
    Input,
    Length,
    Matches,
    Media,
    MediaRule,
    Model,
    Output,
    Price,
    Provider,
    Role,
    Rule,
    Submission,
    UnverifiedInput,
    capability_from,
    check,
    standard_call,
)
from modelhunter.runtime.call import ResponseDecoder
from modelhunter.sandbox.checking import schema_of


@define(kw_only=True)
class TextToVideo(Input):
    """Make a video from a text.

    And more of it.
    """

    provider: ClassVar[str] = "acme"
    capability: ClassVar[str] = "text-to-video"

    model: Literal["acme/film-1", "acme/film-2"] | str = "acme/film-1"
    prompt: Annotated[str, Length(1, 500), "What to show"]
    duration: Annotated[int, Between(1, 16), "Length in seconds"] = 5
    style: Literal["plain", "sketch"] = "plain"


class Mood(Enum):
    CALM = "calm"
    WILD = "wild"


@define
class Layer:
    text: Annotated[str, Length(1, 5)]
    opacity: Annotated[float, Between(0, 1)] = 1.0


@define(kw_only=True)
class Everything(Input):
    """Show every type."""

    provider: ClassVar[str] = "acme"
    capability: ClassVar[str] = "text-to-image"

    model: str = "acme/pen-1"
    prompt: str
    size: Literal["small", "large"] | str = "small"
    mood: Mood = Mood.CALM
    steps: Annotated[int, Between(10, 50, step=10)] = 20
    guidance: float | None = None
    price_limit: Annotated[Decimal, Between(least=0)] | None = None
    code: Annotated[str, Matches("^[a-z]+$")] | None = None
    tags: Annotated[list[str], Length(1, 3)] | None = None
    layers: Sequence[Layer] | None = None
    picture: Annotated[Media | None, Image(max_bytes=1000, formats=("image/png",))] = None
    others: list[Annotated[Media, Image()]] = Factory(list)
    extras: dict[str, Any] | None = None
    aspect_ratio: str = field(default="1:1", metadata={"wire": "aspectRatio"})
    loud: bool = False


def fields_of(input_class: type[Input]) -> dict[str, Any]:
    return {f.keyword: f for f in capability_from(input_class, makes="image").fields}


def provider(*models: Model, name: str = "acme", **more: Any) -> Provider:
    return Provider(name=name, models=models, **more)


def film(id_: str = "acme/film-1", **more: Any) -> Model:
    return Model(id=id_, capabilities=(capability_from(TextToVideo, makes="video"),), **more)


# ------------------------------------------------------------------- what is derived


def test_limits_choices_defaults_and_words():
    capability = capability_from(TextToVideo, makes="video", typical_seconds=30)
    prompt, duration, style = capability.fields
    assert (capability.name, capability.title) == ("text-to-video", "Make a video from a text")
    assert (prompt.required, prompt.min_length, prompt.max_length) == (True, 1, 500)
    assert (prompt.type, prompt.description) == ("string", "What to show")
    assert (duration.type, duration.minimum, duration.maximum, duration.default) == (
        *("integer", 1, 16),
        5,
    )
    assert (style.choices, style.default) == (("plain", "sketch"), "plain")
    assert capability.load_input_class() is TextToVideo
    assert capability.output == Output(media="video", duration=Role(field="duration"))


def test_every_type_of_input():
    found = fields_of(Everything)
    kinds = {name: f.type for name, f in found.items()}
    assert kinds == {
        "prompt": "string",
        "size": "string",
        "mood": "string",
        "steps": "integer",
        "guidance": "number",
        "price_limit": "number",
        "code": "string",
        "tags": "array",
        "layers": "array",
        "picture": "string",
        "others": "array",
        "extras": "object",
        "aspect_ratio": "string",
        "loud": "boolean",
    }
    assert [name for name, f in found.items() if f.required] == ["prompt"]
    assert found["mood"].choices == ("calm", "wild")
    assert found["mood"].default == "calm"
    assert found["steps"].multiple_of == 10
    assert found["price_limit"].minimum == 0
    assert found["code"].pattern == "^[a-z]+$"
    assert (found["tags"].min_items, found["tags"].max_items) == (1, 3)
    assert [p.name for p in found["layers"].item.properties] == ["text", "opacity"]
    assert found["layers"].item.properties[0].max_length == 5
    assert found["picture"].media.max_bytes == 1000
    assert found["others"].item.media.kind == "image"
    assert found["aspect_ratio"].name == "aspectRatio"
    assert found["size"].unverified == {"choices"}


def test_an_open_list_lets_others_through_with_a_warning():
    capability = capability_from(Everything, makes="image")
    model = Model(id="m", capabilities=(capability,))
    with pytest.warns(UnverifiedInput, match="size='huge'"):
        assert check(model, capability, {"prompt": "x", "size": "huge"}) == []


def test_the_output_may_be_given_whole():
    output = Output(media="video", resolution=Role(value="720p"))
    assert capability_from(TextToVideo, makes=output).output is output


def test_the_standard_call():
    call = standard_call("acme", "text to/video")(
        Submission(model="m", input={"a": 1}, webhook_url="https://example.com", metadata={"b": 2})
    )
    assert (call.method, call.target) == ("POST", "/api/v1/acme/text%20to%2Fvideo")
    assert (call.safety, call.body.value) == (
        "unsafe",
        {
            "model": "m",
            "input": {"a": 1},
            "webhookUrl": "https://example.com",
            "metadata": {"b": 2},
        },
    )
    bare = standard_call("acme", "x")(Submission(model="m", input={}))
    assert bare.body.value == {"model": "m", "input": {}}


def test_the_schema_of_the_request_has_the_same_limits():
    schema = schema_of(capability_from(TextToVideo, makes="video"), "acme/film-1")
    duration = schema["properties"]["input"]["properties"]["duration"]
    assert duration == {"type": "integer", "minimum": 1, "maximum": 16}


# ------------------------------------------------------------------- validators


@define(kw_only=True)
class Validated(Input):
    """Limits as attrs validators."""

    provider: ClassVar[str] = "acme"
    capability: ClassVar[str] = "text-to-image"

    model: str = "m"
    prompt: str = field(validator=[validators.min_len(2), validators.max_len(9)])
    steps: int = field(default=10, validator=validators.and_(validators.ge(1), validators.le(50)))
    style: str = field(default="a", validator=validators.in_(["a", "b"]))
    seed: int | None = field(default=None, validator=validators.optional(validators.le(7)))
    tags: list[str] | None = field(
        default=None, validator=validators.optional(validators.max_len(2))
    )
    width: int = field(default=64, validator=validators.gt(10))
    odd: int = field(default=1)

    @odd.validator
    def _odd(self, attribute: Any, value: int) -> None:
        if value % 2 == 0:
            raise ValueError(f"{attribute.name} is odd, or below steps ({self.steps})")


def test_validators_that_state_a_limit_become_it():
    found = fields_of(Validated)
    assert (found["prompt"].min_length, found["prompt"].max_length) == (2, 9)
    assert (found["steps"].minimum, found["steps"].maximum) == (1, 50)
    assert found["style"].choices == ("a", "b")
    assert found["seed"].maximum == 7
    assert found["tags"].max_items == 2


def test_other_validators_are_run():
    capability = capability_from(Validated, makes="image")
    model = Model(id="m", capabilities=(capability,))
    assert check(model, capability, {"prompt": "xx", "odd": 3}) == []
    (odd, width) = sorted(
        check(model, capability, {"prompt": "xx", "odd": 2, "steps": 4, "width": 10}),
        key=lambda problem: problem.field,
    )
    assert str(odd) == "odd=2: odd is odd, or below steps (4)"
    assert (width.field, width.given) == ("width", "10")


def test_an_own_check_comes_after_validators():
    def refuse(values):
        return [type(problem)("prompt", "not today")]

    model = Model(id="m", capabilities=(capability_from(Validated, makes="image"),))
    (problem,) = check(model, model.capabilities[0], {"prompt": "xx", "odd": 2})
    both = capability_from(Validated, makes="image", check=refuse)
    found = check(model, both, {"prompt": "xx", "odd": 2})
    assert [one.field for one in found] == ["odd", "prompt"]


# ------------------------------------------------------------------- what makes no sense


def odd_class(annotation: Any) -> type[Input]:
    names = {
        "provider": "acme",
        "capability": "text-to-image",
        "__annotations__": {"model": str, "value": annotation},
        "__module__": __name__,
    }
    return define(kw_only=True)(type("Odd", (Input,), names))


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (Annotated[str, Between(1, 2)], "Odd.value: Between is for numbers, and this is of the"),
        (Annotated[int, Length(1, 2)], "Length is for text and lists"),
        (Annotated[int, Matches("x")], "Matches is for text"),
        (Annotated[int, Image()], "Image belongs to Media"),
        (Media, r"say which media it takes, as Annotated\[Media, Image\(\)\]"),
        (Media | None, "say which media it takes"),
        (int | str, "an input has one type"),
        (Literal["a", 1], "must be of one type"),
        (object, "is no type of an input"),
        (set[int], "is no type of an input"),
        ("Fraction", "'Fraction', which is not there at run time"),
        ("list[Validated] | None", "validators of Validated.width"),
    ],
)
def test_what_means_nothing_as_an_input_is_said_at_once(annotation, said):
    with pytest.raises(TypeError, match=said):
        capability_from(odd_class(annotation), makes="image")


# ------------------------------------------------------------------- in the sandbox


def test_model_ids_with_slashes_several_models_and_aliases(connect, plugin):
    mh = connect(plugin(provider(film(), film("acme/film-2", aliases=("film-latest",)))))
    for name, model in (("acme/film-1", "acme/film-1"), ("film-latest", "acme/film-2")):
        task = mh.generate(name, prompt="x", duration=2)
        assert (task.status, task.model, task.outputs[0].duration) == ("succeeded", model, 2)
    typed = mh.generate(TextToVideo(model="acme/film-2", prompt="x", duration=1))
    assert typed.model == "acme/film-2"
    with pytest.raises(TypeError, match="acme/film-1, acme/film-2"):
        mh.acme.text_to_video(prompt="x")


def test_a_price_in_plain_python(connect, plugin):
    price = Price(
        unit="second",
        quantity="duration",
        low=Decimal("0.05"),
        high=Decimal("0.05"),
        as_of=date(2026, 11, 1),
    )
    mh = connect(plugin(provider(film(price=price))))
    assert mh.estimate("acme/film-1", duration=4).likely == Decimal("0.20")
    assert mh.generate("acme/film-1", prompt="x", duration=4).cost == Decimal("0.20")


def test_a_model_added_to_the_provider_of_another_plugin(connect, plugin):
    @define(kw_only=True)
    class Upscale(Input):
        """Make a picture larger."""

        provider: ClassVar[str] = "acme"
        capability: ClassVar[str] = "image-upscale"

        model: str = "guest/upscaler"
        image: Annotated[Media, Image()]
        times: Literal[2, 4] = 2

    guest = Model(id="guest/upscaler", capabilities=(capability_from(Upscale, makes="image"),))
    mh = connect(plugin(provider(film())), plugin(acme=(guest, film("guest/film"))))
    url = "https://example.com/a.png"

    assert {model.id for model in mh.acme.models} == {"acme/film-1", "guest/upscaler", "guest/film"}
    assert dir(mh.acme) == ["image_upscale", "models", "text_to_video"]
    task = mh.acme.image_upscale(image=url, times=4).wait()
    assert (task.status, task.provider, task.model) == ("succeeded", "acme", "guest/upscaler")
    assert mh.acme.text_to_video("guest/film", prompt="x").wait().model == "guest/film"
    with pytest.raises(TypeError, match="acme/film-1, guest/film"):
        mh.acme.text_to_video(prompt="x")
    with pytest.raises(AttributeError, match="it has: image_upscale, text_to_video"):
        mh.acme.text_to_music  # noqa: B018
    with pytest.raises(InvalidInput, match="allowed: 2 or 4"):
        mh.submit("guest/upscaler", image=url, times=3)


@pytest.mark.parametrize(
    ("media", "capability", "inputs", "begins"),
    [
        ("audio", "text-to-speech", {"duration": 1}, b"ID3"),
        ("3d", "text-to-3d", {}, b"glTF"),
        ("hologram", "text-to-hologram", {}, b"{"),
    ],
)
def test_a_media_kind_and_a_capability_that_nobody_had(
    connect, plugin, tmp_path, media, capability, inputs, begins
):
    @define(kw_only=True)
    class Make(Input):
        """Make something new."""

        model: str = "new-1"
        prompt: str
        duration: Annotated[int, Between(1, 5)] = 1

    Make.provider, Make.capability = "novel", capability
    model = Model(id="new-1", capabilities=(capability_from(Make, makes=media),))
    mh = connect(plugin(provider(model, name="novel")))
    task = getattr(mh.novel, capability.replace("-", "_"))(prompt="x", **inputs).wait()
    (path,) = task.download(f"{tmp_path}/")
    assert task.type == media
    assert path.read_bytes().startswith(begins)


SOLID = MediaRule(kind="3d", formats=("model/gltf-binary",))


def test_media_of_another_kind_go_in(connect, plugin, tmp_path):
    @define(kw_only=True)
    class Remix(Input):
        """Mix a sound and a solid."""

        provider: ClassVar[str] = "novel"
        capability: ClassVar[str] = "remix"

        model: str = "new-1"
        sound: Annotated[Media, Audio()]
        solid: Annotated[Media | None, SOLID] = None

    model = Model(id="new-1", capabilities=(capability_from(Remix, makes="audio"),))
    mh = connect(plugin(provider(model, name="novel")))
    (tmp_path / "a.mp3").write_bytes(b"ID3 sound")
    (tmp_path / "a.glb").write_bytes(b"glTF solid")
    task = mh.generate(Remix(sound=tmp_path / "a.mp3", solid=tmp_path / "a.glb"))
    assert task.status == "succeeded"
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(InvalidInput, match="takes a sound here"):
        mh.submit("new-1", sound=tmp_path / "a.png")


def test_strings_where_others_have_numbers(connect, plugin):
    @define(kw_only=True)
    class Texts(Input):
        """Numbers as text."""

        provider: ClassVar[str] = "texts"
        capability: ClassVar[str] = "text-to-video"

        model: str = "texts-1"
        prompt: str
        duration: Literal["4", "8"] = "4"

    def as_text(inputs):
        given = inputs.get("duration")
        return {**inputs, "duration": str(given)} if isinstance(given, int) else inputs

    price = Price(
        unit="second",
        quantity="duration",
        low=Decimal("0.5"),
        high=Decimal("0.5"),
        as_of=date(2026, 11, 1),
    )
    made = capability_from(Texts, makes="video", prepare=as_text)
    model = Model(id="texts-1", capabilities=(made,), price=price)
    mh = connect(plugin(provider(model, name="texts")))
    for duration in ("8", 8):
        task = mh.generate("texts-1", prompt="x", duration=duration)
        assert (task.outputs[0].duration, task.cost) == (8, Decimal("4.0"))
    with pytest.raises(InvalidInput, match="allowed: '4' or '8'"):
        mh.submit("texts-1", prompt="x", duration=5)


def test_rules_and_nested_inputs(connect, plugin):
    rule = Rule(
        schema={"not": {"required": ["tags", "extras"]}}, message="tags or extras, not both"
    )
    made = capability_from(Everything, makes="image", rules=(rule,))
    mh = connect(plugin(provider(Model(id="acme/pen-1", capabilities=(made,)))))
    layers = [Layer("a"), {"text": "b", "opacity": 0.5}]
    assert mh.generate("acme/pen-1", prompt="x", layers=layers, mood="wild").status == "succeeded"
    with pytest.raises(InvalidInput) as caught:
        mh.submit("acme/pen-1", prompt="x", layers=[Layer("too long")], tags=["a"], extras={})
    assert len(caught.value.problems) == 2


def test_the_capability_says_what_the_command_line_shows():
    from modelhunter.documents import of_model_in_full

    shown = of_model_in_full(provider(film()), film())
    assert json.loads(json.dumps(shown))["capabilities"][0]["inputs"][1]["maximum"] == 16


# ------------------------------------------------------------------- requests of their own


@define
class Ticket:
    """An answer with less in it than ModelHunter's."""

    id: str


def sent_to(path, read):
    """What makes a request to another path, and reads its answer in a way of its own."""

    def call(given: Submission):
        usual = standard_call("acme", "text-to-video")(given)
        own = evolve(usual.operation, path=path, answers={"2XX": ResponseDecoder("json", read)})
        return evolve(usual, operation=own, path_params={})

    return call


@pytest.mark.parametrize("path", ["/api/v1/acme/films/new", "/api/v1/acme/films", "/v2/films"])
def test_another_path_is_served_in_the_sandbox(connect, plugin, path):
    made = capability_from(
        TextToVideo, makes="video", call=sent_to(path, lambda v: Ticket(v["data"]["id"]))
    )
    mh = connect(plugin(provider(Model(id="acme/film-1", capabilities=(made,)))))
    task = mh.submit("acme/film-1", prompt="x", metadata={"mine": 1})
    assert (task.provider, task.model, task.status) == ("acme", "acme/film-1", "pending")
    assert task.wait().status == "succeeded"
    assert (task.type, task.metadata) == ("video", {"mine": 1})


def test_an_answer_without_an_id_loses_no_job(connect, plugin):
    call = sent_to("/api/v1/acme/text-to-video", lambda v: v)
    made = capability_from(TextToVideo, makes="video", call=call)
    mh = connect(plugin(provider(Model(id="acme/film-1", capabilities=(made,)))))
    assert mh.generate("acme/film-1", prompt="x").status == "succeeded"
    assert len(list(mh.tasks.list())) == 1
