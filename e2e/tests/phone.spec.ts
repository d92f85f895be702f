import { PHONE } from "../fixtures/look.ts";
import { expect, expectAccessible, test } from "../fixtures/test.ts";
import { RoomPage } from "../pages/room.ts";

test("on a phone everything is in reach of a thumb, and going back closes one layer after the other", async ({ newPerson }) => {
  const ben = await newPerson("ben");
  await ben.signUp();
  const ann = await newPerson("ann", { context: { viewport: PHONE, hasTouch: true, isMobile: true } });
  const { page } = ann;
  // Browsers of phones have had none for long: each tab has a worker of its own then.
  await page.addInitScript(() => Reflect.deleteProperty(globalThis, "SharedWorker"));
  await ann.signUp();
  const bensRoom = await ben.createRoom("Garden", [ann]);
  const room = new RoomPage(page);
  const list = page.getByRole("region", { name: "Rooms" });
  const panel = page.getByRole("complementary", { name: "People" });

  await test.step("an invite is accepted", async () => {
    await ann.tile("Garden").tap();
    await expect(list).toBeHidden();
    await page.getByRole("button", { name: "Back to the list" }).tap();
    await ann.tile("Garden").tap();
    await page.getByRole("button", { name: "Accept", exact: true }).tap();
    await bensRoom.send("Hello Ann");
    await expect(room.item("Hello Ann")).toBeVisible();
  });

  await test.step("a message that is touched shows what can be done", async () => {
    await room.item("Hello Ann").tap();
    await room.item("Hello Ann").getByRole("button", { name: "Reply" }).tap();
    await room.composer.fill("Hello Ben");
    await page.getByTestId("composer-send").tap();
    await expect(bensRoom.item("Hello Ben")).toContainText("Hello Ann");
    await expectAccessible(page);
  });

  await test.step("all is there after loading it anew", async () => {
    await page.reload();
    await ann.expectLive();
    await room.expectSent("Hello Ben");
  });

  await test.step("what is touched is large enough", async () => {
    // What stands in a line of text is as high as that line.
    const small = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("button, a[href]")]
        .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
        .filter((element) => !element.matches(".message__sender, .reply-quote"))
        .map((element) => ({ html: element.outerHTML.slice(0, 120), size: element.getBoundingClientRect() }))
        .filter(({ size }) => size.width < 44 || size.height < 44)
        .map(({ html, size }) => `${size.width}x${size.height} ${html}`),
    );
    expect(small).toEqual([]);
  });

  await test.step("back closes the dialog, the panel and the room, in this order", async () => {
    await page.getByRole("button", { name: "People", exact: true }).tap();
    await expect(panel).toBeVisible();
    await panel.getByRole("button", { name: "Close" }).tap();
    await expect(panel).toBeHidden();
    await page.getByRole("button", { name: "People", exact: true }).tap();
    await expect(panel).toBeVisible();
    await page.goBack();
    await expect(panel).toBeHidden();
    await page.getByRole("button", { name: "Room menu" }).tap();
    await page.getByRole("menuitem", { name: "Leave" }).tap();
    await expect(page.getByTestId("dialog")).toBeVisible();
    await page.goBack();
    await expect(page.getByTestId("dialog")).toBeHidden();
    await expect(room.composer).toBeVisible();
    await page.goBack();
    await expect(list).toBeVisible();
    await expect(page).toHaveURL(/#\/$/);
  });
});
