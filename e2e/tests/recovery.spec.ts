import { Api } from "../fixtures/api.ts";
import { DESK, PHONE, TABLET, look } from "../fixtures/look.ts";
import { lyingOpen } from "../fixtures/storage.ts";
import { expect, test } from "../fixtures/test.ts";
import { PASSWORD, type Person } from "../pages/person.ts";

const show = ({ page, url }: Person) => page.goto(`${url}/#/settings/encryption`);

test("a later device reads what was before with the recovery key", async ({ newPerson, homeserver }) => {
  test.setTimeout(240_000);
  const ann = await newPerson("ann");
  const ben = await newPerson("ben");
  await ann.signUp();
  await ben.signUp();
  const annsRoom = await ann.startChat(ben);
  const bensRoom = await ben.acceptInvite("ann");
  await annsRoom.send("Tea at five?");
  await expect(bensRoom.item("Tea at five?")).toBeVisible();

  const key = await test.step("the recovery key is shown once, and saved", async () => {
    await show(ben);
    await expect(ben.page.getByText("Recovery is not set up")).toBeVisible();
    await look(ben.page, "recovery-missing", [PHONE, DESK], ["light", "dark"]);
    await ben.page.getByTestId("recovery-set-up").click();
    const shown = ben.page.getByTestId("recovery-key-new");
    await expect(shown).toHaveText(/^(\w{4} ){11}\w{4}$/);
    await look(ben.page, "recovery-key", [PHONE, TABLET, DESK], ["light", "dark"]);
    const key = await shown.innerText();
    const saved = ben.page.waitForEvent("download");
    await ben.page.getByTestId("recovery-save").click();
    const content = await (await saved).createReadStream();
    expect(Buffer.concat(await content.toArray()).toString().trim()).toBe(key);
    await ben.page.getByTestId("recovery-kept").click();
    await expect(ben.page.getByText("this device has it")).toBeVisible();
    return key;
  });

  await test.step("it is there after a reload, and the key lies nowhere", async () => {
    await ben.page.reload();
    await expect(ben.page.getByText("this device has it")).toBeVisible();
    expect(await lyingOpen(ben.page, [key, key.slice(5, 19)])).toEqual([]);
  });

  const api = await Api.logIn(homeserver.url, ben);
  await expect.poll(() => api.backedUp()).toBeGreaterThan(0);
  const later = await newPerson("ben");
  await later.logIn();
  await later.expectLive();
  const laterRoom = await later.open("ann");
  await expect(laterRoom.item("It was sent before you logged in on this device")).toBeVisible();

  await test.step("another key opens nothing", async () => {
    await show(later);
    await later.page.getByTestId("recovery-key").fill(key.split(" ").reverse().join(" "));
    await later.page.getByTestId("recovery-unlock").click();
    await expect(later.page.getByRole("alert")).toContainText("This is not your recovery key");
    await look(later.page, "recovery-locked", [PHONE, DESK], ["light", "dark"]);
  });

  await test.step("the key opens what was before", async () => {
    await later.page.getByTestId("recovery-key").fill(key);
    await later.page.getByTestId("recovery-unlock").click();
    await expect(later.page.getByText("this device has it")).toBeVisible();
    await later.open("ann");
    await expect(laterRoom.item("Tea at five?")).toBeVisible();
  });

  await test.step("who has lost it begins anew", async () => {
    const last = await newPerson("ben");
    await last.logIn();
    await last.expectLive();
    await show(last);
    await last.page.getByText("I have lost my recovery key").click();
    await last.page.getByTestId("recovery-password").fill(PASSWORD);
    await last.page.getByTestId("recovery-set-up").click();
    await expect(last.page.getByTestId("recovery-key-new")).not.toHaveText(key);
  });
});
