"""A form in the browser, with Gradio: ``pip install gradio``, then ``python app.py``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import gradio as gr

from modelhunter import ModelHunter, ModelHunterError

mh = ModelHunter(budget=5)
MODELS = [
    model.id
    for model in mh.models()
    if model.status == "current" and model.capability("text-to-video")
]


def price(model: str, seconds: float) -> str:
    """What a film will cost, in words."""
    try:
        return str(mh.estimate(model, prompt="…", duration=int(seconds)))
    except ModelHunterError as error:
        return str(error)


def make(model: str, prompt: str, seconds: float, progress: gr.Progress = gr.Progress()) -> str:  # noqa: B008
    """A film; what is wrong with the inputs is said beside the form."""
    try:
        task = mh.generate(
            model,
            prompt=prompt,
            duration=int(seconds),
            on_update=lambda task: progress(task.progress or 0, desc=str(task.status)),
        )
        (film,) = task.download(Path(tempfile.mkdtemp()) / "film.mp4")
    except ModelHunterError as error:
        raise gr.Error(str(error)) from error
    return str(film)


with gr.Blocks(title="Films") as app:
    model = gr.Dropdown(MODELS, value="viduq3-turbo", label="Model")
    prompt = gr.Textbox(label="What to show")
    seconds = gr.Slider(1, 10, value=4, step=1, label="Seconds")
    cost = gr.Textbox(label="Price", interactive=False)
    film = gr.Video(label="Film")
    gr.Button("What will it cost?").click(price, [model, seconds], cost)
    gr.Button("Make it").click(make, [model, prompt, seconds], film)

if __name__ == "__main__":
    app.launch()
