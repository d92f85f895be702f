import { Api } from "../fixtures/api.ts";
import { expect, test } from "../fixtures/test.ts";
import { Proxy } from "../fixtures/proxy.ts";

test("without a network the client opens, queues what is written, and sends it once in order", async ({ homeserver, newPerson }) => {
  const proxy = await Proxy.to(homeserver.port);
  const ann = await newPerson("ann", { url: proxy.url });
  await ann.signUp();
  const room = await ann.createRoom("Cellar");
  await room.send("before");
  await room.expectSent("before");
  await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

  proxy.cut();
  await ann.page.reload();
  await expect(ann.tile("Cellar")).toBeVisible();
  await expect(room.item("before")).toBeVisible();
  await ann.expectOffline();
  for (const text of ["one", "two", "three"]) await room.send(text);
  await room.expectBodies(["before", "one", "two", "three"]);
  await room.send("better not");
  await room.item("better not").getByRole("button", { name: "Cancel" }).click();
  await room.expectBodies(["before", "one", "two", "three"]);

  proxy.mend();
  await ann.expectLive();
  await room.expectSent("three");
  await room.expectBodies(["before", "one", "two", "three"]);

  const api = await Api.logIn(homeserver.url, ann);
  expect(await api.bodies(await room.roomId())).toEqual(["before", "one", "two", "three"]);
  await proxy.close();
});
