import { expect, expectAccessible, test } from "../fixtures/test.ts";
import { PNG } from "../fixtures/png.ts";

test("two people sign up, meet in a room and chat", async ({ newPerson }) => {
  const ann = await newPerson("ann");
  const ben = await newPerson("ben");
  await ann.signUp();
  await ben.signUp();

  const annsRoom = await ann.createRoom("Garden", [ben]);
  const bensRoom = await ben.acceptInvite("Garden");
  await annsRoom.send("Hello Ben");
  await expect(bensRoom.item("Hello Ben")).toBeVisible();

  await test.step("typing is seen on the other side", async () => {
    await bensRoom.composer.pressSequentially("Hel");
    await expect(ann.page.getByText(/ben.* is typing/i).last()).toBeVisible();
    await bensRoom.composer.fill("");
  });

  await test.step("a reply quotes what it answers", async () => {
    await bensRoom.action("Hello Ben", "Reply");
    await bensRoom.send("Hello Ann");
    await expect(annsRoom.item("Hello Ann")).toContainText("Hello Ben");
    await expect(ann.page.getByRole("status").filter({ hasText: /ben.*: Hello Ann/ }), "it is read out").toBeAttached();
  });

  await test.step("an edit replaces the text on both sides", async () => {
    await bensRoom.expectSent("Hello Ann");
    await bensRoom.action("Hello Ann", "Edit");
    await bensRoom.send("Hello dear Ann");
    await expect(annsRoom.item("Hello dear Ann")).toContainText("edited");
    await expect(bensRoom.item("Hello dear Ann")).toContainText("edited");
  });

  await test.step("a reaction is counted on both sides", async () => {
    await annsRoom.action("Hello dear Ann", "React");
    await ann.page.getByTestId("dialog").getByRole("button", { name: /👍/ }).click();
    await expect(bensRoom.item("Hello dear Ann").getByRole("button", { name: /👍/ })).toContainText("1");
  });

  await test.step("an image arrives", async () => {
    await annsRoom.attach("flower.png", "image/png", PNG);
    await ann.page.getByTestId("composer-send").click();
    await expect(bensRoom.timeline.getByRole("img", { name: "flower.png" })).toBeVisible();
  });

  await test.step("a removed message is gone on both sides", async () => {
    await annsRoom.send("Nonsense");
    await annsRoom.expectSent("Nonsense");
    await annsRoom.item("Nonsense").hover();
    await annsRoom.item("Nonsense").getByRole("button", { name: "More" }).click();
    await ann.page.getByRole("menuitem", { name: "Remove" }).click();
    await ann.page.getByTestId("dialog-confirm").click();
    await expect(bensRoom.item("Message removed")).toBeVisible();
    await expect(bensRoom.timeline.getByText("Nonsense")).toHaveCount(0);
  });

  await test.step("a receipt shows who has read", async () => {
    await annsRoom.send("Read me");
    await expect(bensRoom.item("Read me")).toBeVisible();
    await expect(annsRoom.item("Read me").getByLabel(/Read by .*ben/i)).toBeVisible();
  });

  await expectAccessible(ann.page);
  await expectAccessible(ben.page);
});
