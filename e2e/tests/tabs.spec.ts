import { Api } from "../fixtures/api.ts";
import { expect, test } from "../fixtures/test.ts";
import { killCore } from "../fixtures/worker.ts";
import { type Person } from "../pages/person.ts";
import { RoomPage } from "../pages/room.ts";

async function openTabs(person: Person, first: RoomPage, count: number): Promise<RoomPage[]> {
  const tabs = [first];
  while (tabs.length < count) {
    const page = await person.page.context().newPage();
    await page.goto(person.page.url());
    tabs.push(new RoomPage(page));
  }
  return tabs;
}

test("every tab of an account is live, whichever is closed", async ({ newPerson }) => {
  const ann = await newPerson("ann");
  await ann.signUp();
  const tabs = await openTabs(ann, await ann.createRoom("Hall"), 3);

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

test("when the core dies every tab is live again, and nothing is sent twice", async ({ homeserver, newPerson }) => {
  const ann = await newPerson("ann");
  await ann.signUp();
  const tabs = await openTabs(ann, await ann.createRoom("Hall"), 3);
  await tabs[0].send("before");
  for (const tab of tabs) await tab.expectSent("before");

  await tabs[1].send("in between");
  await killCore(tabs[0].page);
  await tabs[2].send("after");

  for (const tab of tabs) {
    await tab.expectSent("in between");
    await tab.expectSent("after");
  }
  const api = await Api.logIn(homeserver.url, ann);
  const bodies = await api.bodies(await tabs[0].roomId());
  expect([...bodies].sort()).toEqual(["after", "before", "in between"]);
});
