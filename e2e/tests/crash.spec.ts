import { Api } from "../fixtures/api.ts";
import { Homeserver } from "../fixtures/homeserver.ts";
import { expect, expectAccessible, test } from "../fixtures/test.ts";

const texts = (tab: string) => Array.from({ length: 10 }, (_, index) => `${tab} ${index}`);

test("the homeserver dies while two tabs send: everything arrives exactly once and in order, by itself", async ({ newPerson }) => {
  const homeserver = await Homeserver.start();
  const ann = await newPerson("ann", { url: homeserver.url });
  const ben = await newPerson("ben", { url: homeserver.url });
  await ann.signUp();
  await ben.signUp();
  const first = await ann.createRoom("Ward", [ben]);
  const bensRoom = await ben.acceptInvite("Ward");
  await expect(bensRoom.composer).toBeVisible();
  const second = await first.another();
  await expect(second.composer).toBeVisible();

  const typing = Promise.all(
    [first, second].map(async (tab, index) => {
      for (const text of texts(`tab ${index}`)) await tab.send(text);
    }),
  );
  await second.expectSent("tab 1 3");
  await homeserver.end("SIGKILL");
  await typing;
  await ann.expectOffline();
  await expectAccessible(ann.page);
  await homeserver.restart();

  const all = [...texts("tab 0"), ...texts("tab 1")];
  for (const text of all) await Promise.all([first.expectSent(text), second.expectSent(text)]);
  const bodies = await (await Api.logIn(homeserver.url, ann)).bodies(await first.roomId());
  expect([...bodies].sort()).toEqual([...all].sort());
  for (const tab of [0, 1]) expect(bodies.filter((body) => body.startsWith(`tab ${tab}`))).toEqual(texts(`tab ${tab}`));
  for (const room of [first, second, bensRoom]) await room.expectBodies(bodies);
  await ann.expectLive();
  await ben.expectLive();
  await homeserver.remove();
});
