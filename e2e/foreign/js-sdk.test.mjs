// matrix-js-sdk with its Rust cryptography against our homeserver.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import * as sdk from "matrix-js-sdk";
import { CryptoEvent } from "matrix-js-sdk/lib/crypto-api/index.js";
import { VerificationPhase, VerifierEvent } from "matrix-js-sdk/lib/crypto-api/verification.js";

import { Account, encryptedRoom, once, reads, say } from "./person.mjs";

let people = [];
const register = async (name) => {
  const account = await Account.register(name);
  people.push(account);
  return account;
};
afterEach(() => {
  for (const account of people) account.close();
  people = [];
});

test("two devices of a person and a friend talk encrypted", async () => {
  const [alice, bob] = [await register("alice"), await register("bob")];
  const laptop = await alice.logIn();
  const [phone] = alice.devices;
  const roomId = await encryptedRoom(phone, bob.devices[0]);

  const eventId = await say(phone, roomId, "the geese fly at dawn");
  const heard = await reads(bob.devices[0], roomId, "the geese fly at dawn");
  await reads(laptop, roomId, "the geese fly at dawn");
  await say(bob.devices[0], roomId, "so do the swans");
  await reads(phone, roomId, "so do the swans");
  await reads(laptop, roomId, "so do the swans");

  assert.equal(heard.getWireType(), "m.room.encrypted");
  const stored = await phone.fetchRoomEvent(roomId, eventId);
  assert.equal(stored.type, "m.room.encrypted");
  assert.ok(!JSON.stringify(stored).includes("geese"));
});

test("cross-signing is set up, and another device is trusted by the secrets of the account", async () => {
  const [alice, bob] = [await register("alice"), await register("bob")];
  await alice.setUpSecrets();
  const [phone] = alice.devices;
  assert.ok(await phone.getCrypto().isCrossSigningReady());
  assert.ok(await phone.getCrypto().isSecretStorageReady());
  const roomId = await encryptedRoom(phone, bob.devices[0]);
  await say(phone, roomId, "who am I?");
  await reads(bob.devices[0], roomId, "who am I?");

  const laptop = await alice.logIn();
  const crypto = laptop.getCrypto();
  const status = async () => await crypto.getDeviceVerificationStatus(alice.userId, laptop.getDeviceId());
  assert.equal((await status())?.crossSigningVerified, false);
  assert.ok(await crypto.userHasCrossSigningKeys(alice.userId, true));
  await crypto.bootstrapCrossSigning({});

  await trusted(laptop, alice.userId, laptop);
  const bobs = bob.devices[0].getCrypto();
  await bobs.getUserDeviceInfo([alice.userId], true);
  const seen = await bobs.getDeviceVerificationStatus(alice.userId, laptop.getDeviceId());
  assert.equal(seen?.signedByOwner, true);
});

test("a device that comes later reads history from the key backup", async () => {
  const [alice, bob] = [await register("alice"), await register("bob")];
  await alice.setUpSecrets();
  const [phone] = alice.devices;
  const roomId = await encryptedRoom(phone, bob.devices[0]);
  const kept = once(phone, CryptoEvent.KeyBackupSessionsRemaining, (remaining) => remaining === 0);
  await say(phone, roomId, "written before");
  await say(bob.devices[0], roomId, "answered before");
  await reads(phone, roomId, "answered before");
  await kept;
  const info = await phone.getCrypto().getKeyBackupInfo();
  assert.ok(info?.version);

  const laptop = await alice.logIn();
  const crypto = laptop.getCrypto();
  assert.ok(await crypto.userHasCrossSigningKeys(alice.userId, true));
  await crypto.bootstrapCrossSigning({});
  await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
  await crypto.checkKeyBackupAndEnable();
  const { imported } = await crypto.restoreKeyBackup();

  assert.ok(imported > 0);
  await reads(laptop, roomId, "written before");
});

test("two devices of a person verify each other by emoji", async () => {
  const alice = await register("alice");
  await alice.setUpSecrets();
  const [phone] = alice.devices;
  const laptop = await alice.logIn();

  // Whoever asks before that is not heard.
  await knows(phone, alice.userId, laptop);
  const asked = once(phone, CryptoEvent.VerificationRequestReceived);
  const ours = await laptop.getCrypto().requestOwnUserVerification();
  const [theirs] = await asked;
  await theirs.accept();
  while (ours.phase !== VerificationPhase.Ready) await once(ours, "change");
  const verifier = await ours.startVerification("m.sas.v1");
  const compared = Promise.all([verifier, await verifierOf(theirs)].map(compare));
  const [first, second] = await compared;

  assert.deepEqual(first, second);
  await trusted(phone, alice.userId, laptop);
});

test("edits, reactions and redactions are aggregated", async () => {
  const [alice, bob] = [await register("alice"), await register("bob")];
  const [phone] = alice.devices;
  const roomId = await encryptedRoom(phone, bob.devices[0]);
  const eventId = await say(phone, roomId, "tea at five?");
  const heard = await reads(bob.devices[0], roomId, "tea at five?");

  const edited = once(heard, sdk.MatrixEventEvent.Replaced);
  await phone.sendMessage(roomId, {
    msgtype: "m.text",
    body: "* tea at six?",
    "m.new_content": { msgtype: "m.text", body: "tea at six?" },
    "m.relates_to": { rel_type: "m.replace", event_id: eventId },
  });
  await edited;
  assert.equal(heard.getContent().body, "tea at six?");

  const relation = { rel_type: "m.annotation", event_id: eventId, key: "👍" };
  await bob.devices[0].sendEvent(roomId, "m.reaction", { "m.relates_to": relation });
  const { events } = await phone.relations(roomId, eventId, "m.annotation", "m.reaction");
  assert.deepEqual(events.map((event) => event.getRelation()?.key), ["👍"]);

  const redacted = once(heard, sdk.MatrixEventEvent.BeforeRedaction);
  await phone.redactEvent(roomId, eventId);
  await redacted;
});

/** Waits until a client trusts a device by its owner's cross-signing. */
async function trusted(client, userId, device) {
  const status = async () => await client.getCrypto().getDeviceVerificationStatus(userId, device.getDeviceId());
  for (;;) {
    // Listens before it asks, or what changes meanwhile is missed.
    const changed = once(client, CryptoEvent.DevicesUpdated);
    if ((await status())?.crossSigningVerified) return;
    await changed;
  }
}

/** Waits until a client knows the keys of a device. */
async function knows(client, userId, device) {
  for (;;) {
    const changed = once(client, CryptoEvent.DevicesUpdated);
    const devices = await client.getCrypto().getUserDeviceInfo([userId]);
    if (devices.get(userId)?.has(device.getDeviceId())) return;
    await changed;
  }
}

/** The verifier of a request, once the other side has begun. */
async function verifierOf(request) {
  while (!request.verifier) await once(request, "change");
  return request.verifier;
}

/** Confirms what is shown and answers it. */
async function compare(verifier) {
  let emoji;
  verifier.on(VerifierEvent.ShowSas, (shown) => {
    emoji = shown.sas.emoji;
    void shown.confirm();
  });
  await verifier.verify();
  return emoji;
}
