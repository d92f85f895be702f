import { DESK, PHONE, TABLET, look } from "../fixtures/look.ts";
import { PNG } from "../fixtures/png.ts";
import { expect, test } from "../fixtures/test.ts";
import { type Person } from "../pages/person.ts";
import { RoomPage } from "../pages/room.ts";

/** Makes a room in which everything stands that a room can show. */
async function settle(person: Person): Promise<void> {
  const room = await person.createRoom("Greenhouse");
  await room.send("Some **bold** words, `code` and a list:\n\n- one\n- two\n\n> quoted");
  await room.expectSent("bold");
  await room.attach("flower.png", "image/png", PNG);
  await person.page.getByTestId("composer-send").click();
  await expect(room.timeline.getByRole("img", { name: "flower.png" })).toBeVisible();
}

/** Shows every screen of a settled person, the ones without an account last. */
async function visit(person: Person, seen: (name: string) => Promise<void>): Promise<void> {
  const { page, url } = person;
  await new RoomPage(page).expectSent("bold");
  await seen("room");
  await page.goto(`${url}/#/`);
  await seen("list");
  for (const name of ["profile", "devices", "appearance"]) {
    await page.goto(`${url}/#/settings/${name}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await seen(`settings-${name}`);
  }
  await person.logOut();
  await expect(page.getByTestId("login-submit")).toBeVisible();
  await seen("login");
  await page.goto(`${url}/#/register`);
  await expect(page.getByTestId("register-submit")).toBeVisible();
  await seen("register");
}

test("every screen fits every size, light and dark, and is accessible", async ({ newPerson }) => {
  test.setTimeout(180_000);
  const ann = await newPerson("ann");
  await ann.signUp();
  await look(ann.page, "empty", [PHONE, TABLET, DESK], ["light", "dark"]);
  await settle(ann);
  await visit(ann, (name) => look(ann.page, name, [PHONE, TABLET, DESK], ["light", "dark"]));
});

test("places where one is not yet, or never was, say so in every size", async ({ newPerson }) => {
  const ann = await newPerson("ann");
  const ben = await newPerson("ben");
  await ann.signUp();
  await ben.signUp();
  await ben.createRoom("The very long name of a room in which everything that grows in the garden is talked about", [ann]);
  const { page, url } = ann;
  const seen = (name: string) => look(page, name, [PHONE, DESK], ["light", "dark"]);

  await expect(ann.tile("The very long name")).toBeVisible();
  await seen("list-invite");
  await ann.tile("The very long name").click();
  await expect(page.getByRole("heading", { name: /You are invited/ })).toBeVisible();
  await seen("invite");
  await page.getByRole("button", { name: "Accept", exact: true }).click();
  await expect(page.getByTestId("composer-input")).toBeVisible();
  await seen("long-name");
  await page.goto(`${url}/#/room/!nowhere:localhost`);
  await expect(page.getByRole("heading", { name: "This room is not on your list" })).toBeVisible();
  await seen("missing");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await expect(page.getByTestId("toast").or(page.getByRole("alert"))).toBeVisible();
  await seen("missing-refused");
  await page.goto(`${url}/#/no/such/place`);
  await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
  await seen("unknown");
  await page.goto(`${url}/#/user/${ben.userId}`);
  await expect(page.getByRole("heading", { name: "ben" })).toBeVisible();
  await seen("person");
  await page.getByRole("button", { name: "Send a message" }).click();
  await expect(page.getByTestId("composer-input")).toBeVisible();
});

test("every screen is legible where the person or the system asks for contrast, or for colours of its own", async ({ newPerson }) => {
  test.setTimeout(180_000);
  const ann = await newPerson("ann");
  await ann.signUp();
  await settle(ann);
  const { page } = ann;
  const room = page.url();
  await page.goto(`${ann.url}/#/settings/appearance`);
  await page.getByLabel("High contrast").click();
  await look(page, "theme-contrast-settings", [DESK], ["light", "dark"]);
  await page.goto(room);
  await new RoomPage(page).expectSent("bold");
  await look(page, "theme-contrast-room", [DESK, PHONE], ["light", "dark"]);
  await page.goto(`${ann.url}/#/settings/appearance`);
  await page.getByLabel("As the system").click();
  await page.goto(room);
  await visit(ann, async (name) => {
    await look(ann.page, name, [DESK], ["contrast-light", "contrast-dark", "forced-light", "forced-dark"]);
    await look(ann.page, name, [PHONE], ["forced-dark"]);
  });
});

test("every screen turns around for a language that is written from right to left", async ({ newPerson }) => {
  test.setTimeout(180_000);
  const ann = await newPerson("ann");
  await ann.signUp();
  await settle(ann);
  const { page } = ann;
  const room = page.url();
  await page.goto(`${ann.url}/#/settings/appearance`);
  await page.getByLabel("English, mirrored (for testing)").click();
  await expect(page.locator("html")).toHaveAttribute("dir", "rtl");
  await page.goto(room);
  await visit(ann, (name) => look(page, `mirrored-${name}`, [PHONE, DESK], ["light"]));
});
