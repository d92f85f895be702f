"""People who use matrix-nio: they register, synchronise and meet in a room."""

import os
import tempfile
import uuid

from nio import AsyncClient, AsyncClientConfig, RoomCreateResponse, SyncResponse
from nio.event_builders.state_events import EnableEncryptionBuilder
from nio.responses import JoinResponse, RegisterResponse

HOMESERVER = os.environ["TRELLIS_URL"]
PASSWORD = "correct horse battery staple"


class Person:
    """A person on a device of their own."""

    def __init__(self, client, store):
        self.client = client
        self._store = store

    @classmethod
    async def register(cls, name):
        store = tempfile.TemporaryDirectory()
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False)
        name = f"{name}-{uuid.uuid4().hex[:8]}"
        client = AsyncClient(HOMESERVER, name, store_path=store.name, config=config)
        answer = await client.register(name, PASSWORD)
        assert isinstance(answer, RegisterResponse), answer
        person = cls(client, store)
        await person.sync()
        return person

    @property
    def user_id(self):
        return self.client.user_id

    async def close(self):
        await self.client.close()
        self._store.cleanup()

    async def sync(self, timeout=0):
        """One synchronisation, and what the keys ask for after it."""
        answer = await self.client.sync(timeout=timeout)
        assert isinstance(answer, SyncResponse), answer
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        if self.client.should_claim_keys:
            await self.client.keys_claim(self.client.get_users_for_key_claiming())
        await self.client.send_to_device_messages()
        return answer

    async def receive(self, room_id, kind, condition=lambda event: True):
        """Synchronises until an event of this kind comes."""
        while True:
            answer = await self.sync(timeout=10_000)
            joined = answer.rooms.join.get(room_id)
            for event in joined.timeline.events if joined else []:
                if isinstance(event, kind) and event.sender != self.user_id and condition(event):
                    return event

    async def create_encrypted_room(self, *others):
        answer = await self.client.room_create(
            invite=[other.user_id for other in others],
            initial_state=[EnableEncryptionBuilder().as_dict()],
        )
        assert isinstance(answer, RoomCreateResponse), answer
        for other in others:
            joined = await other.client.join(answer.room_id)
            assert isinstance(joined, JoinResponse), joined
        for person in (self, *others):
            await person.sync()
        return answer.room_id

    async def send(self, room_id, content, kind="m.room.message"):
        answer = await self.client.room_send(room_id, kind, content, ignore_unverified_devices=True)
        return answer.event_id

    async def say(self, room_id, body):
        return await self.send(room_id, {"msgtype": "m.text", "body": body})
