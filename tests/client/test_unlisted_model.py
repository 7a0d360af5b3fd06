"""A model that is newer than the plugin of its provider."""

from __future__ import annotations

import math
import warnings

import pytest

from modelhunter import InvalidInput, ModelHunter, OverBudget, UnknownModel, UnlistedModel
from modelhunter.plugins import default_registry
from modelhunter.plugins.unlisted import unlisted_model
from modelhunter.provenance import read
from modelhunter.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(speed=math.inf, media="tiny", unlisted_models=True) as running:
        yield running


@pytest.fixture
def mh(sandbox):
    with ModelHunter(sandbox=sandbox) as client:
        yield client


def test_it_is_sent_by_the_method_of_its_provider(mh):
    with pytest.warns(UnlistedModel, match="viduq9-pro") as warned:
        task = mh.vidu.text_to_video("viduq9-pro", prompt="x", duration=1)

    assert [one.filename for one in warned] == [__file__]
    assert (task.provider, task.model, task.type) == ("vidu", "viduq9-pro", "video")
    assert task.wait(60).status == "succeeded"


def test_it_is_sent_where_provider_and_capability_are_named(mh):
    with pytest.warns(UnlistedModel):
        task = mh.submit("viduq9-pro", "text-to-video", provider="vidu", prompt="x")
    again = mh.resume(task.resume_token())

    assert again.model == "viduq9-pro"


def test_it_is_prepared_and_sent_later(mh):
    with pytest.warns(UnlistedModel):
        prepared = mh.prepare("viduq9-pro", "text-to-video", provider="vidu", prompt="x")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert mh.submit(prepared.token).model == "viduq9-pro"


def test_an_id_alone_stays_unknown_and_the_error_says_the_way(mh):
    with pytest.raises(UnknownModel, match=r"provider=…, capability=…"):
        mh.submit("viduq9-pro", prompt="x")


@pytest.mark.filterwarnings("ignore::modelhunter.UnlistedModel")
def test_what_no_model_of_the_capability_takes_is_refused(mh):
    with pytest.raises(InvalidInput, match="duration"):
        mh.vidu.text_to_video("viduq9-pro", prompt="x", duration=1000)
    with pytest.raises(InvalidInput, match="no such input"):
        mh.vidu.text_to_video("viduq9-pro", prompt="x", colour="blue")


@pytest.mark.filterwarnings("ignore::modelhunter.UnlistedModel")
def test_its_price_is_unknown(mh, sandbox):
    with pytest.raises(LookupError, match="price"):
        mh.estimate("viduq9-pro", "text-to-video", provider="vidu", prompt="x")
    with pytest.raises(OverBudget, match="allow_unpriced"):
        mh.vidu.text_to_video("viduq9-pro", prompt="x", max_cost=1)
    with ModelHunter(sandbox=sandbox, budget=1) as limited:
        with pytest.raises(OverBudget, match="allow_unpriced"):
            limited.vidu.text_to_video("viduq9-pro", prompt="x")
        task = limited.vidu.text_to_video("viduq9-pro", prompt="x", allow_unpriced=True)
        assert task.model == "viduq9-pro"


def test_a_provider_of_another_model_is_refused(mh):
    with pytest.raises(InvalidInput, match="is a model of vidu, not of kling"):
        mh.submit("viduq3-turbo", provider="kling", prompt="x")


@pytest.mark.parametrize("provider", default_registry().providers())
def test_its_limits_are_the_widest_of_its_providers(provider):
    models = [model for _, model in default_registry().models(provider)]
    new = unlisted_model("new", models)

    for capability in (one for model in models for one in model.capabilities):
        wide = new.capability(capability.name)
        for field in capability.fields:
            mine = wide.field(field.name)
            assert mine.maximum is None or mine.maximum >= field.maximum
            assert mine.minimum is None or mine.minimum <= field.minimum
            assert mine.max_length is None or mine.max_length >= field.max_length
            assert field.required or not mine.required
            assert not mine.choices or set(field.choices) <= set(mine.choices)


def test_the_warning_says_what_is_nearest(mh):
    with pytest.warns(UnlistedModel, match=r"did you mean viduq3-turbo\?"):
        mh.submit("viduq3-turba", "text-to-video", provider="vidu", prompt="x")


@pytest.mark.filterwarnings("ignore::modelhunter.UnlistedModel")
def test_it_is_made_again_from_a_record(mh, tmp_path):
    task = mh.vidu.text_to_video("viduq9-pro", prompt="x", duration=1).wait(60)
    (path,) = task.download(tmp_path / "x.mp4", provenance="sidecar")
    again = mh.submit(read(path))
    assert (again.model, again.submission.input) == ("viduq9-pro", {"prompt": "x", "duration": 1})
    assert mh.submit(read(path), duration=2).submission.input["duration"] == 2


@pytest.mark.filterwarnings("ignore::modelhunter.UnlistedModel")
def test_rows_of_a_batch_name_its_provider(mh, tmp_path):
    jobs = tmp_path / "jobs.csv"
    jobs.write_text(
        "model,capability,provider,prompt,duration\n"
        "viduq9-pro,text-to-video,vidu,one,1\n"
        "viduq3-turbo,text-to-video,,two,1\n"
    )
    counts = mh.batch(tmp_path / "ledger.db").run(jobs)
    assert (counts.done, counts.total) == (2, 2)
