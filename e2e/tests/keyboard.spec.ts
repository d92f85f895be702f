import { Keyboard } from "../fixtures/keyboard.ts";
import { expect, expectAccessible, test } from "../fixtures/test.ts";
import { PASSWORD } from "../pages/person.ts";
import { RoomPage } from "../pages/room.ts";

test("everything can be done with a keyboard alone, and the focus is always seen", async ({ newPerson }) => {
  const before = await newPerson("ann");
  await before.signUp();
  await before.createRoom("Attic");
  await before.createRoom("Balcony");
  const ann = await newPerson("ann");
  const { page } = ann;
  const keyboard = new Keyboard(page);
  const room = new RoomPage(page);

  await test.step("logging in", async () => {
    await page.goto(`${ann.url}/#/login`);
    await keyboard.expectFocus(/Username/);
    await keyboard.type(ann.username);
    await keyboard.press("Tab");
    await keyboard.type(PASSWORD);
    await keyboard.press("Enter");
    await ann.expectLive();
    await keyboard.expectFocus(/Rooms/);
  });

  await test.step("moving through the room list", async () => {
    await keyboard.reach("Tab", /^B?Balcony/);
    await keyboard.press("ArrowDown");
    await keyboard.expectFocus(/Attic/);
    await keyboard.press("Home");
    await keyboard.expectFocus(/Balcony/);
    await keyboard.press("End", "Enter");
    await expect(page.getByRole("heading", { name: "Attic" })).toBeVisible();
    await keyboard.press("Alt+ArrowUp");
    await expect(page.getByRole("heading", { name: "Balcony" })).toBeVisible();
    await keyboard.press("Control+k");
    await keyboard.type("attic");
    await expect(page.getByTestId("room-tile")).toHaveCount(1);
    await keyboard.press("ArrowDown");
    await keyboard.expectFocus(/Attic/);
    await keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: "Attic" })).toBeVisible();
    await expect(room.composer).toBeVisible();
  });

  await test.step("writing, from wherever one is", async () => {
    await keyboard.type("Helo");
    await keyboard.expectFocus(/Message Attic/);
    await keyboard.press("Enter");
    await room.expectSent("Helo");
  });

  await test.step("mending what was written last", async () => {
    await keyboard.press("ArrowUp");
    await expect(room.composer).toHaveValue("Helo");
    await keyboard.type(" there");
    await keyboard.press("Enter");
    await expect(room.item("Helo there")).toContainText("edited");
    await expect(room.composer).toHaveValue("");
  });

  await test.step("answering", async () => {
    await keyboard.reach("Shift+Tab", /Helo there/);
    await keyboard.press("ArrowUp", "ArrowDown", "r");
    await keyboard.expectFocus(/Message Attic/);
    await keyboard.type("Hello yourself");
    await keyboard.press("Enter");
    await room.expectSent("Hello yourself");
    await expect(room.item("Hello yourself")).toContainText("Helo there");
  });

  await test.step("reacting", async () => {
    await keyboard.reach("Shift+Tab", /Helo there/);
    await keyboard.press("ArrowDown", "+");
    await keyboard.expectFocus(/Search emoji/);
    await keyboard.type("tada");
    await keyboard.reach("Tab", /🎉/);
    await keyboard.press("Enter");
    await expect(room.item("Hello yourself").getByRole("button", { name: /🎉/ })).toBeVisible();
    await keyboard.expectFocus(/Hello yourself/);
  });

  await test.step("a menu and what it opens", async () => {
    await keyboard.press("Enter");
    await keyboard.reach("ArrowDown", /View details/);
    await keyboard.press("Enter");
    await expect(page.getByTestId("dialog")).toContainText("Event ID");
    await keyboard.press("Escape");
    await expect(page.getByTestId("dialog")).toBeHidden();
  });

  await test.step("the people of the room", async () => {
    await keyboard.press("Control+.", "F6", "F6");
    await keyboard.reach("F6", /^People/, 3);
    await keyboard.reach("Tab", new RegExp(ann.username));
    await keyboard.press("Enter");
    await expect(page.getByText(ann.userId)).toBeVisible();
    await keyboard.reach("Tab", /Copy the ID/);
    await expectAccessible(page);
    await keyboard.press("Escape");
    await expect(page.getByRole("complementary", { name: "People" })).toBeHidden();
  });

  await test.step("the list of all keys", async () => {
    await keyboard.reach("Shift+Tab", /People|Room menu|Rooms|Attic/);
    await keyboard.press("?");
    await expect(page.getByTestId("dialog")).toContainText("Keyboard shortcuts");
    await keyboard.press("Escape");
    await expect(page.getByTestId("dialog")).toBeHidden();
    await keyboard.press("Tab");
  });
});
