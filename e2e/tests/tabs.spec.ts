import { expect, test } from "../fixtures/test.ts";
import { RoomPage } from "../pages/room.ts";

test("every tab of an account is live, whichever is closed", async ({ newPerson }) => {
  const ann = await newPerson("ann");
  await ann.signUp();
  const first = await ann.createRoom("Hall");
  const context = ann.page.context();
  const tabs = [first];
  for (let count = 0; count < 2; count++) {
    const page = await context.newPage();
    await page.goto(ann.page.url());
    tabs.push(new RoomPage(page));
  }

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
