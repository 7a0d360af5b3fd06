"""``modelhunter webhooks``: tell of tasks that end, and see the events as they come."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import click

from modelhunter import documents
from modelhunter.cli import options
from modelhunter.cli.commands import Group
from modelhunter.cli.link import Server, connected
from modelhunter.cli.options import pass_screen
from modelhunter.cli.values import Event, WebAddress, Whole

if TYPE_CHECKING:
    from modelhunter.api.models import WebhookEvent
    from modelhunter.cli.screen import Screen
    from modelhunter.webhooks import Receiver

SECRET_VARIABLE = "MODELHUNTER_WEBHOOK_SECRET"  # noqa: S105 - the name, not the secret


@click.group(
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=False,
    examples=(
        "modelhunter webhooks create https://shop.example/hooks/modelhunter",
        "modelhunter webhooks listen --port 8000",
    ),
)
@click.pass_context
def webhooks(ctx: click.Context) -> None:
    """Register addresses for the events of all tasks, or see the events as they come."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@webhooks.command(
    examples=(
        "modelhunter webhooks create https://shop.example/hooks/modelhunter",
        "modelhunter webhooks create https://shop.example/failures --event task.failed",
    )
)
@click.argument("url", metavar="URL", type=WebAddress())
@click.option(
    "--event",
    "events",
    type=Event(),
    multiple=True,
    metavar="EVENT",
    help="Tell it of this: task.completed or task.failed; may be repeated. By default of both.",
)
@options.address
@options.output
@pass_screen
def create(screen: Screen, *, url: str, events: tuple[str, ...], server: Server) -> None:
    """Register URL for the events of all tasks, and print the secret that verifies them."""
    with connected(server) as link:
        chosen = {"events": [*dict.fromkeys(events)]} if events else {}
        hook = link.client.webhooks.create(url, **chosen)
    if screen.json:
        screen.document(
            {
                "id": hook.id,
                "url": hook.url or url,
                "events": [str(event) for event in hook.events or ()],
                "secret": hook.secret,
            }
        )
        return
    screen.lines([hook.secret or "the API did not show the secret"])
    screen.note(
        f"Registered as {hook.id or 'a webhook without an id'}. Keep the secret: it verifies what "
        f"is sent to {url}, and is shown this once."
    )


@webhooks.command(
    examples=(
        "modelhunter webhooks listen --port 8000",
        "modelhunter webhooks listen --port 8000 --public-url https://tunnel.example --register",
    )
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; 0.0.0.0 for all networks of this machine.",
)
@click.option(
    "--port",
    type=Whole(0, 65535),
    default=0,
    help="Port to listen on; by default a free one.",
)
@click.option(
    "--public-url",
    metavar="URL",
    help="Where the API reaches this address, if through a tunnel or proxy.",
)
@click.option(
    "--register",
    is_flag=True,
    help="Register the address for the events of all tasks, and verify what comes.",
)
@options.address
@options.output
@pass_screen
def listen(
    screen: Screen,
    *,
    host: str,
    port: int,
    public_url: str | None,
    register: bool,
    server: Server,
) -> None:
    """Print the events that are sent to an address of this machine, until Ctrl-C.

    Give the address as webhook_url of a job, or use --register. Events of registered webhooks are
    verified with their secret, which MODELHUNTER_WEBHOOK_SECRET holds if it was registered
    before. Those of a single job are not signed: read the task before you believe them.
    """
    from modelhunter.webhooks import Receiver

    secret = os.environ.get(SECRET_VARIABLE)
    receiver = Receiver(
        host,
        port,
        public_url=public_url,
        secrets=secret or None,
        on_event=lambda event: _print(screen, event),
    )
    with receiver:
        if register:
            _register(screen, receiver, server)
        screen.note(f"Listening; events go to {receiver.url}. Ctrl-C stops it.", url=receiver.url)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def _register(screen: Screen, receiver: Receiver, server: Server) -> None:
    with connected(server) as link:
        hook = link.client.webhooks.create(receiver.url)
    if hook.secret is not None:
        receiver.trust(hook.secret)
    screen.note(f"Registered as {hook.id or 'a webhook without an id'}.", webhook=hook.id)


def _print(screen: Screen, event: WebhookEvent) -> None:
    from modelhunter.jobs.task_base import TaskView

    task = TaskView(event.data.task, None)
    if screen.json:
        screen.document(
            {
                "id": event.id,
                "type": str(event.type),
                "created_at": event.created_at.isoformat(),
                "task": documents.of_task(task),
            }
        )
        return
    why = f" ({task.error.code}: {task.error.message})" if task.error is not None else ""
    screen.lines(
        [f"{event.created_at:%H:%M:%S}  {event.type}  {task.id}  {task.model}  {task.status}{why}"]
    )
