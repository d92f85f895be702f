// People who use matrix-js-sdk with its Rust cryptography.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import * as sdk from "matrix-js-sdk";
import { logger } from "matrix-js-sdk/lib/logger.js";

export const HOMESERVER = process.env.TRELLIS_URL;
const PASSWORD = "correct horse battery staple";

// What the library says while it works would hide what a failed test says.
logger.setLevel?.("error");

/** An account, and the key to its secrets once it has one. */
export class Account {
  devices = [];
  secretStorageKey;

  constructor(name) {
    this.name = `${name}-${randomBytes(4).toString("hex")}`;
  }

  /** Registers the account and opens it on its first device. */
  static async register(name) {
    const account = new Account(name);
    const body = { username: account.name, password: PASSWORD, auth: { type: "m.login.dummy" } };
    await account.#open(await sdk.createClient({ baseUrl: HOMESERVER }).registerRequest(body));
    return account;
  }

  /** Logs in on another device. */
  async logIn() {
    const client = sdk.createClient({ baseUrl: HOMESERVER });
    const identifier = { type: "m.id.user", user: this.name };
    return await this.#open(await client.loginRequest({ type: "m.login.password", identifier, password: PASSWORD }));
  }

  async #open(session) {
    this.userId = session.user_id;
    const client = sdk.createClient({
      baseUrl: HOMESERVER,
      userId: session.user_id,
      accessToken: session.access_token,
      deviceId: session.device_id,
      cryptoCallbacks: {
        getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0], this.secretStorageKey],
        cacheSecretStorageKey: (_id, _info, key) => (this.secretStorageKey = key),
      },
    });
    await client.initRustCrypto({ useIndexedDB: false });
    const ready = once(client, sdk.ClientEvent.Sync, (state) => state === "PREPARED");
    await client.startClient({ initialSyncLimit: 20 });
    await ready;
    this.devices.push(client);
    return client;
  }

  /** Cross-signing, secret storage and key backup, as a client sets them up once. */
  async setUpSecrets() {
    const crypto = this.devices[0].getCrypto();
    await crypto.bootstrapCrossSigning({
      authUploadDeviceSigningKeys: async (request) => {
        try {
          return await request(null);
        } catch (error) {
          if (error.httpStatus !== 401) throw error;
          const identifier = { type: "m.id.user", user: this.userId };
          const session = error.data.session;
          return await request({ type: "m.login.password", identifier, password: PASSWORD, session });
        }
      },
    });
    await crypto.bootstrapSecretStorage({
      createSecretStorageKey: async () => await crypto.createRecoveryKeyFromPassphrase(),
      setupNewSecretStorage: true,
      setupNewKeyBackup: true,
    });
  }

  close() {
    for (const client of this.devices) client.stopClient();
  }
}

/** Waits until an emitter says something that fulfils the condition; answers what it said. */
export function once(emitter, event, condition = () => true) {
  return new Promise((resolve) => {
    const hear = (...heard) => {
      if (!condition(...heard)) return;
      emitter.off(event, hear);
      resolve(heard);
    };
    emitter.on(event, hear);
  });
}

/** Waits until a message with these words stands, decrypted, in a room of the client. */
export async function reads(client, roomId, words) {
  for (;;) {
    const events = client.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [];
    const found = events.find((event) => event.getContent().body === words);
    if (found) return found;
    await Promise.race([
      once(client, sdk.RoomEvent.Timeline),
      once(client, sdk.MatrixEventEvent.Decrypted),
    ]);
  }
}

/** Waits until the client knows this many members of a room. */
export async function joinedBy(client, roomId, count) {
  while ((client.getRoom(roomId)?.getJoinedMemberCount() ?? 0) < count) {
    await once(client, sdk.ClientEvent.Sync);
  }
}

/** Makes an encrypted room of two people. */
export async function encryptedRoom(one, other) {
  const { room_id: roomId } = await one.createRoom({
    invite: [other.getUserId()],
    initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
  });
  await other.joinRoom(roomId);
  await joinedBy(one, roomId, 2);
  await joinedBy(other, roomId, 2);
  return roomId;
}

export async function say(client, roomId, body) {
  const { event_id: eventId } = await client.sendMessage(roomId, { msgtype: "m.text", body });
  assert.ok(eventId);
  return eventId;
}
