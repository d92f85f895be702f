import { drag, paste } from "../fixtures/files.ts";
import { PNG } from "../fixtures/png.ts";
import { expect, expectAccessible, test } from "../fixtures/test.ts";

const picture = (name: string) => ({ name, type: "image/png", content: PNG });
const notes = { name: "notes.txt", type: "text/plain", content: Buffer.from("Water the plants.") };

test("files are pasted and dropped, arrive, and are looked at and saved", async ({ newPerson }) => {
  const ann = await newPerson("ann");
  const ben = await newPerson("ben");
  await ann.signUp();
  await ben.signUp();
  const annsRoom = await ann.createRoom("Greenhouse", [ben]);
  const bensRoom = await ben.acceptInvite("Greenhouse");
  await expect(bensRoom.composer).toBeVisible();
  const files = ann.page.getByRole("list", { name: "Files to send" });
  const image = (room: typeof annsRoom, name: string) => room.timeline.getByRole("img", { name });

  await test.step("a pasted picture waits for its words", async () => {
    await paste(annsRoom.composer, [picture("pasted.png")]);
    await expect(files.getByText("pasted.png")).toBeVisible();
    await expectAccessible(ann.page);
    await annsRoom.send("From the clipboard");
    await expect(files).toBeHidden();
    await expect(image(bensRoom, "pasted.png")).toBeVisible();
    await expect(bensRoom.item("From the clipboard")).toBeVisible();
  });

  await test.step("dropped files can be taken back one by one", async () => {
    const drop = await drag(annsRoom.timeline, [picture("dropped.png"), notes, picture("mistake.png")]);
    await expect(ann.page.getByText("Drop the files here to send them")).toBeVisible();
    await expectAccessible(ann.page);
    await drop();
    await expect(ann.page.getByText("Drop the files here to send them")).toBeHidden();
    await files.getByRole("button", { name: "Do not send mistake.png" }).click();
    await expect(files.getByText("mistake.png")).toHaveCount(0);
    await ann.page.getByTestId("composer-send").click();
    await expect(image(bensRoom, "dropped.png")).toBeVisible();
    await expect(bensRoom.item("notes.txt")).toBeVisible();
  });

  await test.step("pictures are shown large, one after the other", async () => {
    const lightbox = ben.page.getByTestId("lightbox");
    await image(bensRoom, "pasted.png").click();
    await expect(lightbox.getByRole("img", { name: "pasted.png" })).toBeVisible();
    await lightbox.getByRole("button", { name: "Zoom in" }).click();
    await expect(lightbox.getByRole("img")).toHaveAttribute("data-zoomed", "true");
    await ben.page.keyboard.press("ArrowRight");
    await expect(lightbox.getByRole("img", { name: "dropped.png" })).toBeVisible();
    await expectAccessible(ben.page);
    const saved = ben.page.waitForEvent("download");
    await lightbox.getByRole("button", { name: "Save" }).click();
    expect((await saved).suggestedFilename()).toBe("dropped.png");
    await ben.page.goBack();
    await expect(lightbox).toBeHidden();
    await expect(bensRoom.composer).toBeVisible();
  });

  await test.step("a file is saved", async () => {
    const saved = ben.page.waitForEvent("download");
    await bensRoom.item("notes.txt").getByRole("button", { name: /notes\.txt/ }).click();
    expect((await saved).suggestedFilename()).toBe("notes.txt");
  });

  await test.step("a link is copied, and a word says so", async () => {
    await ben.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await bensRoom.action("notes.txt", "More");
    await ben.page.getByRole("menuitem", { name: "Copy link" }).click();
    const toast = ben.page.getByTestId("toast");
    await expect(toast).toContainText("The link is copied.");
    await expectAccessible(ben.page);
    await toast.getByRole("button", { name: "Dismiss" }).click();
    await expect(toast).toBeHidden();
    await ben.page.goto(await ben.page.evaluate(() => navigator.clipboard.readText()));
    await expect(bensRoom.item("notes.txt")).toHaveAttribute("data-focused", "true");
  });
});
