import { type Page } from "@playwright/test";

import { DESK, PHONE, look } from "../fixtures/look.ts";
import { PNG } from "../fixtures/png.ts";
import { expect, test } from "../fixtures/test.ts";

/** Something above the page: what it is, by a selector, and how it is opened. Escape closes it. */
interface Layer {
  name: string;
  open: () => Promise<void>;
  shown: string;
}

const DIALOG = "[data-testid=dialog]";
const MENU = "[role=menu]";
const LIGHTBOX = "[data-testid=lightbox]";
const PANEL = "aside";
const CARD = ".profile-card";

/** Opens each layer in both sizes, looks at it, and sees that Escape leads back to where the focus was. */
async function expectLayers(page: Page, layers: Layer[]): Promise<void> {
  for (const size of [PHONE, DESK]) {
    await page.setViewportSize(size);
    for (const { name, open, shown } of layers) {
      await test.step(`${name} at ${size.width} pixels`, async () => {
        await open();
        await expect(page.locator(shown)).toBeVisible();
        await look(page, `layer-${name}`, [size], ["light", "dark"], shown);
        await page.keyboard.press("Escape");
        await expect(page.locator(shown)).toBeHidden();
        await expect(page.locator(":focus"), "the focus is not lost").not.toHaveCount(0);
      });
    }
  }
}

test("every layer above a room is accessible in both sizes, and Escape closes it", async ({ newPerson }) => {
  test.setTimeout(240_000);
  const ann = await newPerson("ann");
  const ben = await newPerson("ben");
  await ann.signUp();
  await ben.signUp();
  const { page } = ann;
  const room = await ann.createRoom("Greenhouse", [ben]);
  const bensRoom = await ben.acceptInvite("Greenhouse");
  await bensRoom.send("Look at @ann's flower");
  await expect(room.item("flower")).toBeVisible();
  await room.send("Mine");
  await room.expectSent("Mine");
  await room.attach("flower.png", "image/png", PNG);
  await page.getByTestId("composer-send").click();
  const image = room.timeline.getByRole("button", { name: "flower.png", exact: true });
  await expect(image).toBeVisible();

  const choose = (item: string) => page.getByRole("menuitem", { name: item }).click();
  const openMenu = () => page.getByRole("button", { name: "Room menu" }).click();
  const openMore = () => room.action("Mine", "More");
  const openPanel = () => page.getByRole("button", { name: "People", exact: true }).click();
  const openCard = async () => {
    await openPanel();
    await page.locator(PANEL).getByRole("button", { name: /ben/ }).click();
  };

  await expectLayers(page, [
    { name: "room-menu", open: openMenu, shown: MENU },
    { name: "invite", open: () => openMenu().then(() => choose("Invite people")), shown: DIALOG },
    { name: "leave", open: () => openMenu().then(() => choose("Leave")), shown: DIALOG },
    { name: "message-menu", open: openMore, shown: MENU },
    { name: "message-details", open: () => openMore().then(() => choose("View details")), shown: DIALOG },
    { name: "message-remove", open: () => openMore().then(() => choose("Remove")), shown: DIALOG },
    { name: "emoji-picker", open: () => room.action("Mine", "React"), shown: DIALOG },
    { name: "lightbox", open: () => image.click(), shown: LIGHTBOX },
    { name: "suggestions", open: () => room.composer.fill("").then(() => room.composer.pressSequentially("@be")), shown: "[role=listbox]" },
    { name: "members", open: openPanel, shown: PANEL },
    { name: "member-card", open: openCard, shown: CARD },
  ]);
});

test("every layer above the list and the settings is accessible in both sizes, and Escape closes it", async ({ newPerson }) => {
  const ann = await newPerson("ann");
  await ann.signUp();
  await ann.createRoom("Greenhouse");
  const { page } = ann;
  const go = (route: string) => page.goto(`${ann.url}/#${route}`);
  const choose = (item: string) => page.getByRole("menuitem", { name: item }).click();
  const openNew = () => page.getByTestId("new-room-menu").click();
  const openTile = () => ann.tile("Greenhouse").click({ button: "right" });

  await go("/");
  await expectLayers(page, [
    { name: "new-menu", open: openNew, shown: MENU },
    { name: "create-room", open: () => openNew().then(() => choose("Create a room")), shown: DIALOG },
    { name: "start-chat", open: () => openNew().then(() => choose("Start a chat")), shown: DIALOG },
    { name: "join-room", open: () => openNew().then(() => choose("Join by address")), shown: DIALOG },
    { name: "tile-menu", open: openTile, shown: MENU },
    { name: "shortcuts", open: () => page.keyboard.press("?"), shown: DIALOG },
  ]);
  await go("/settings/profile");
  await expectLayers(page, [{ name: "log-out", open: () => page.getByTestId("log-out").click(), shown: DIALOG }]);
});
