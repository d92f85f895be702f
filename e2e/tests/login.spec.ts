import { freePort } from "../fixtures/process.ts";
import { expect, expectAccessible, test } from "../fixtures/test.ts";

test("somebody with an account logs in, is told what is wrong, logs out, and comes back", async ({ newPerson }) => {
  const before = await newPerson("ann");
  await before.signUp();
  await before.createRoom("Shed");
  const ann = await newPerson("ann");
  const { page } = ann;
  const refusal = page.getByRole("alert");

  await test.step("a homeserver that does not answer", async () => {
    await page.goto(`${ann.url}/#/login`);
    await page.getByTestId("login-homeserver").fill(`http://localhost:${await freePort()}`);
    await page.getByTestId("login-username").fill(ann.username);
    await page.getByTestId("login-password").fill("wrong");
    await page.getByTestId("login-submit").click();
    await expect(refusal).toContainText("No Matrix homeserver answers at this address.");
    await expectAccessible(page);
  });

  await test.step("a wrong password", async () => {
    await page.getByTestId("login-homeserver").fill(ann.url);
    await page.getByTestId("login-submit").click();
    await expect(refusal).toContainText("The username and password do not match.");
    await expect(page.getByTestId("login-username")).toHaveValue(ann.username);
    await expectAccessible(page);
  });

  await test.step("the right one, and it is remembered", async () => {
    await ann.logIn();
    await ann.expectLive();
    await expect(ann.tile("Shed")).toBeVisible();
    await page.reload();
    await expect(ann.tile("Shed")).toBeVisible();
    await ann.expectLive();
  });

  await test.step("logging out leaves nothing", async () => {
    const second = await page.context().newPage();
    await second.goto(ann.url);
    await expect(second.getByTestId("room-tile")).toBeVisible();
    await ann.logOut();
    for (const tab of [page, second]) {
      await expect(tab.getByTestId("login-submit")).toBeVisible();
      await expect(tab.getByText("You are logged out.")).toBeVisible();
    }
    await expect.poll(() => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))).toEqual(["trellis-boot"]);
    await page.reload();
    await expect(page.getByTestId("login-submit")).toBeVisible();
  });

  await test.step("the same profile takes another sign-in", async () => {
    await ann.logIn();
    await ann.expectLive();
    await expect(ann.tile("Shed")).toBeVisible();
    const room = await ann.open("Shed");
    await room.send("Back again");
    await room.expectSent("Back again");
  });
});
