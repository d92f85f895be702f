"""matrix-nio with encryption against our homeserver."""

import io
import unittest
from urllib.parse import quote

from nio import (
    KeyVerificationAccept,
    KeyVerificationKey,
    KeyVerificationMac,
    KeyVerificationStart,
    ReactionEvent,
    RedactionEvent,
    RoomEncryptedImage,
    RoomMessageText,
)
from nio.crypto.attachments import decrypt_attachment

from people import Person


class Encryption(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.alice = await Person.register("alice")
        self.bob = await Person.register("bob")

    async def asyncTearDown(self):
        await self.alice.close()
        await self.bob.close()

    async def test_two_people_talk_and_the_homeserver_reads_nothing(self):
        room_id = await self.alice.create_encrypted_room(self.bob)
        event_id = await self.alice.say(room_id, "the geese fly at dawn")

        heard = await self.bob.receive(room_id, RoomMessageText)

        self.assertEqual(heard.body, "the geese fly at dawn")
        self.assertTrue(heard.decrypted)
        path = f"/_matrix/client/v3/rooms/{quote(room_id)}/event/{quote(event_id)}"
        bearer = {"Authorization": f"Bearer {self.bob.client.access_token}"}
        stored = await (await self.bob.client.send("GET", path, headers=bearer)).json()
        self.assertEqual(stored["type"], "m.room.encrypted")
        self.assertNotIn("geese", str(stored))

    async def test_replies_edits_reactions_and_redactions_arrive(self):
        room_id = await self.alice.create_encrypted_room(self.bob)
        first = await self.alice.say(room_id, "tea at five?")
        await self.bob.receive(room_id, RoomMessageText)

        await self.bob.send(
            room_id,
            {"msgtype": "m.text", "body": "gladly", "m.relates_to": {"m.in_reply_to": {"event_id": first}}},
        )
        reply = await self.alice.receive(room_id, RoomMessageText)
        self.assertEqual(reply.source["content"]["m.relates_to"]["m.in_reply_to"]["event_id"], first)

        await self.alice.send(
            room_id,
            {
                "msgtype": "m.text",
                "body": "* tea at six?",
                "m.new_content": {"msgtype": "m.text", "body": "tea at six?"},
                "m.relates_to": {"rel_type": "m.replace", "event_id": first},
            },
        )
        edit = await self.bob.receive(room_id, RoomMessageText)
        self.assertEqual(edit.source["content"]["m.new_content"]["body"], "tea at six?")

        await self.bob.send(
            room_id, {"m.relates_to": {"rel_type": "m.annotation", "event_id": first, "key": "👍"}}, "m.reaction"
        )
        reaction = await self.alice.receive(room_id, ReactionEvent)
        self.assertEqual((reaction.key, reaction.reacts_to), ("👍", first))

        await self.alice.client.room_redact(room_id, first)
        redaction = await self.bob.receive(room_id, RedactionEvent)
        self.assertEqual(redaction.redacts, first)

    async def test_an_encrypted_picture_arrives_whole(self):
        room_id = await self.alice.create_encrypted_room(self.bob)
        picture = bytes(range(256)) * 64
        upload, keys = await self.alice.client.upload(
            io.BytesIO(picture), content_type="image/png", filename="picture.png", encrypt=True, filesize=len(picture)
        )
        file = {"url": upload.content_uri, **keys}
        await self.alice.send(room_id, {"msgtype": "m.image", "body": "picture.png", "file": file})

        image = await self.bob.receive(room_id, RoomEncryptedImage)
        found = await self.bob.client.download(image.url)

        self.assertNotIn(picture[:256], found.body)
        plain = decrypt_attachment(found.body, image.key["k"], image.hashes["sha256"], image.iv)
        self.assertEqual(plain, picture)

    async def test_who_comes_later_reads_what_is_said_then(self):
        room_id = await self.alice.create_encrypted_room(self.bob)
        await self.alice.say(room_id, "before")
        await self.bob.receive(room_id, RoomMessageText)
        carol = await Person.register("carol")
        self.addAsyncCleanup(carol.close)
        await self.alice.client.room_invite(room_id, carol.user_id)
        await carol.client.join(room_id)
        await carol.sync()
        await self.alice.sync()

        await self.alice.say(room_id, "after")

        heard = await carol.receive(room_id, RoomMessageText)
        self.assertEqual(heard.body, "after")

    async def test_two_people_verify_each_other_by_emoji(self):
        room_id = await self.alice.create_encrypted_room(self.bob)
        await self.alice.say(room_id, "let us compare")
        await self.bob.receive(room_id, RoomMessageText)
        await self.bob.say(room_id, "yes")
        await self.alice.receive(room_id, RoomMessageText)
        device = next(self.alice.client.device_store.active_user_devices(self.bob.user_id))
        heard = {self.alice.user_id: [], self.bob.user_id: []}
        kinds = (KeyVerificationStart, KeyVerificationAccept, KeyVerificationKey, KeyVerificationMac)
        for person in (self.alice, self.bob):
            person.client.add_to_device_callback(heard[person.user_id].append, kinds)

        async def hear(person, kind):
            while not any(isinstance(event, kind) for event in heard[person.user_id]):
                await person.sync(timeout=10_000)

        await self.alice.client.start_key_verification(device)
        await hear(self.bob, KeyVerificationStart)
        transaction = heard[self.bob.user_id][0].transaction_id
        await self.bob.client.accept_key_verification(transaction)
        await hear(self.alice, KeyVerificationAccept)
        await hear(self.bob, KeyVerificationKey)
        await hear(self.alice, KeyVerificationKey)

        ours = self.alice.client.key_verifications[transaction]
        theirs = self.bob.client.key_verifications[transaction]
        self.assertEqual(ours.get_emoji(), theirs.get_emoji())
        await self.alice.client.confirm_short_auth_string(transaction)
        await self.bob.client.confirm_short_auth_string(transaction)
        await hear(self.alice, KeyVerificationMac)
        await hear(self.bob, KeyVerificationMac)

        self.assertTrue(ours.verified and theirs.verified)


if __name__ == "__main__":
    unittest.main()
