"""The command ``notify``."""

from __future__ import annotations

import click

from config.errors import EstateError
from estate.command import DONE, FAILED, Context, example, pass_context
from estate.console import say, warn


@click.command()
@click.option("--test", is_flag=True, help="Send a message that says it is a test instead; nothing is marked as sent.")
@example("estate notify --test")
@pass_context
def notify(context: Context, test: bool) -> int:  # noqa: FBT001 - click's
    """Send what mail and webhook still owe, now; or try the settings.

    The night sends by itself; this is for what did not get through, and for new settings. Exit status 1 when a message
    did not get through, with the reason.
    """
    from estate.store.database import open_database
    from schedules import logs, store
    from schedules.delivery import MAIL, WEBHOOK, channels
    from schedules.steps import utc_now
    from schedules.telling import Teller, try_out

    logs.set_up(0)
    settings, now = context.settings, utc_now()
    wanted = channels(settings)
    if not wanted:
        raise EstateError("nobody is to be told: fill mail.to or webhook.url in estate.toml")
    if test:
        ended = try_out(settings, context.folder, now)
    else:
        database = open_database(context.database)
        try:
            teller = Teller(database, context.folder, settings, now)
            every = {
                MAIL: lambda: teller.mail(f"estate-notify-{now:%Y%m%d%H%M%S}", owed_only=True),
                WEBHOOK: lambda: teller.webhook(None),
            }
            ended = {channel: every[channel]() for channel in wanted}
        finally:
            database.close()
    for channel, end in ended.items():
        (say if end.outcome == store.DONE else warn)(f"{channel}: {end.detail}")
    return DONE if all(end.outcome == store.DONE for end in ended.values()) else FAILED
