"""Models as tools of LangChain; run it, and it makes a video without a key.

It needs ``langchain-core`` beside ``modelhunter[sandbox]`` and ``modelhunter-vidu``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.tools import BaseTool, StructuredTool

from modelhunter import ModelHunter
from modelhunter.integrations.tools import Function, Toolbox, toolbox

if TYPE_CHECKING:
    from collections.abc import Iterable


def as_tool(box: Toolbox, function: Function) -> BaseTool:
    """A function as LangChain takes it, its schema unchanged; what goes wrong is its answer."""

    def call(**inputs: object) -> str:
        return box.call(function.name, inputs)

    return StructuredTool.from_function(
        call,
        name=function.name,
        description=function.description,
        args_schema=dict(function.parameters),
    )


def tools(mh: ModelHunter, models: Iterable[str], out: str) -> list[BaseTool]:
    """What LangChain's ``create_agent`` takes as the tools of an agent."""
    box = toolbox(mh, models, out=out)
    return [as_tool(box, function) for function in box.functions.values()]


if __name__ == "__main__":
    with ModelHunter(sandbox=True, budget=1) as mh:
        video, *_ = tools(mh, ["viduq3-turbo"], "clips")
        print(video.invoke({"prompt": "A sunset over the ocean", "duration": 4}))
