import { Api } from "../fixtures/api.ts";
import { expect, test } from "../fixtures/test.ts";
import { killCore, recovery } from "../fixtures/worker.ts";
import { RoomPage } from "../pages/room.ts";

test("every tab of an account is live, whichever is closed", async ({ newPerson }) => {
  const ann = await newPerson("ann");
  await ann.signUp();
  const first = await ann.createRoom("Hall");
  const tabs = [first, await first.another(), await first.another()];

  await tabs[1].send("from the second");
  for (const tab of tabs) await tab.expectSent("from the second");

  await tabs[0].page.close();
  await tabs[1].send("after the first was closed");
  for (const tab of tabs.slice(1)) await tab.expectSent("after the first was closed");

  await tabs[1].page.close();
  await tabs[2].send("alone");
  await tabs[2].expectSent("alone");
  await tabs[2].expectBodies(["from the second", "after the first was closed", "alone"]);
});

test("when the core dies every tab is live again within two seconds, and nothing is sent twice", async ({ homeserver, newPerson }) => {
  const ann = await newPerson("ann");
  await ann.signUp();
  const first = await ann.createRoom("Hall");
  const tabs = [first, await first.another(), await first.another()];
  await tabs[0].send("before");
  for (const tab of tabs) await tab.expectSent("before");
  const said = tabs.map((_, index) => `after, from tab ${index}`);

  const recoveries = await Promise.all(tabs.map((tab, index) => recovery(tab.page, said[index], said)));
  await tabs[1].send("in between");
  await killCore(tabs[0].page);
  for (const waited of recoveries) expect(await waited()).toBeLessThan(2_000);

  await test.step("a second crash is survived as well, and by a tab that comes later", async () => {
    await killCore(tabs[0].page);
    await tabs[2].send("after the second crash");
    tabs.push(await first.another());
    for (const tab of tabs) await tab.expectSent("after the second crash");
  });

  const api = await Api.logIn(homeserver.url, ann);
  const bodies = await api.bodies(await tabs[0].roomId());
  expect([...bodies].sort()).toEqual(["before", "in between", "after the second crash", ...said].sort());
});

test("tabs that started two cores come together at the newer one", async ({ newPerson }) => {
  const ann = await newPerson("ann");
  await ann.signUp();
  const first = await ann.createRoom("Hall");
  await first.send("before");
  await first.expectSent("before");

  // This tab takes the core of the other for dead, and several after it.
  const page = await ann.page.context().newPage();
  await page.addInitScript(() => {
    const query = navigator.locks.query.bind(navigator.locks);
    navigator.locks.query = async () => {
      const { held = [], pending } = await query();
      return { held: held.map((lock) => ({ ...lock, name: lock.name?.replace(/\/\d+\/tab\//, "/7/tab/") })), pending };
    };
  });
  await page.goto(first.page.url());
  const second = new RoomPage(page);
  await second.expectSent("before");

  await first.send("from the first");
  await second.expectSent("from the first");
  await second.send("from the second");
  await first.expectSent("from the second");
  const cores = () => first.page.evaluate(async () => (await navigator.locks.query()).held?.filter(({ name }) => /\/worker\//.test(name ?? "")).length);
  await expect.poll(cores).toBe(1);
});
