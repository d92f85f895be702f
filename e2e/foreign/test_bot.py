"""simplematrixbotlib as a bot on our homeserver."""

import asyncio
import os
import tempfile
import unittest
import uuid

import simplematrixbotlib as botlib
from nio import RoomMessageText

from people import HOMESERVER, PASSWORD, Person


class Bot(unittest.IsolatedAsyncioTestCase):
    async def test_a_bot_joins_when_invited_and_answers(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        owner = await Person.register(f"bot-{uuid.uuid4().hex[:8]}")
        self.addAsyncCleanup(owner.close)
        credentials = botlib.Creds(
            HOMESERVER, owner.user_id, PASSWORD, session_stored_file=os.path.join(directory.name, "session")
        )
        config = botlib.Config()
        config.join_on_invite = True
        config.store_path = directory.name
        bot = botlib.Bot(credentials, config)

        @bot.listener.on_message_event
        async def echo(room, message):
            match = botlib.MessageMatch(room, message, bot, "!")
            if match.is_not_from_this_bot() and match.prefix() and match.command("echo"):
                await bot.api.send_text_message(room.room_id, " ".join(match.args()))

        running = asyncio.create_task(bot.main())
        self.addAsyncCleanup(stop, running, bot)
        alice = await Person.register("alice")
        self.addAsyncCleanup(alice.close)
        room = await alice.client.room_create(invite=[owner.user_id])
        while owner.user_id not in alice.client.rooms.get(room.room_id, Empty).users:
            await alice.sync(timeout=10_000)
            if running.done():
                running.result()

        await alice.say(room.room_id, "!echo good morning")

        answer = await alice.receive(room.room_id, RoomMessageText)
        self.assertEqual(answer.body, "good morning")


class Empty:
    users = ()


async def stop(task, bot):
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    if bot.async_client:
        await bot.async_client.close()
