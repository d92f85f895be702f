import { Api } from "../fixtures/api.ts";
import { DESK, PHONE, TABLET, look } from "../fixtures/look.ts";
import { PNG } from "../fixtures/png.ts";
import { loseKeys, lyingOpen } from "../fixtures/storage.ts";
import { type NewPerson, expect, test } from "../fixtures/test.ts";
import { type Person, PASSWORD } from "../pages/person.ts";

async function two(newPerson: NewPerson) {
  const ann = await newPerson("ann");
  const ben = await newPerson("ben");
  await ann.signUp();
  await ben.signUp();
  const annsRoom = await ann.startChat(ben);
  const bensRoom = await ben.acceptInvite("ann");
  await expect(bensRoom.composer).toBeVisible();
  return { ann, ben, annsRoom, bensRoom };
}

const lock = ({ page }: Person) => page.getByRole("img", { name: "Encrypted", exact: true });

test("two people chat in secret, and read it again after a reload", async ({ newPerson, homeserver }) => {
  const { ann, ben, annsRoom, bensRoom } = await two(newPerson);
  await expect(lock(ann)).toBeVisible();
  await annsRoom.send("Tea at five?");
  await expect(bensRoom.item("Tea at five?")).toBeVisible();
  await bensRoom.send("Gladly");
  await expect(annsRoom.item("Gladly")).toBeVisible();

  await test.step("nothing of it is on the homeserver", async () => {
    expect(await (await Api.logIn(homeserver.url, ann)).bodies(await annsRoom.roomId())).toEqual([]);
  });

  await test.step("it is still there after a reload, and goes on", async () => {
    await ben.page.reload();
    await bensRoom.expectBodies(["Tea at five?", "Gladly"]);
    await ben.expectLive();
    await annsRoom.send("See you");
    await expect(bensRoom.item("See you")).toBeVisible();
  });

  await test.step("nothing of it lies open in the browser", async () => {
    expect(await lyingOpen(ben.page, ["ben-"]), "what lies open is found").toEqual(["ben-"]);
    expect(await lyingOpen(ben.page, ["Tea at five", "Gladly", "See you", "ed25519", "curve25519"])).toEqual([]);
  });
});

test("files in an encrypted room are seen and saved by its people", async ({ newPerson }) => {
  const { ben, annsRoom, bensRoom } = await two(newPerson);
  await annsRoom.attach("flower.png", "image/png", PNG);
  await annsRoom.send("From the garden");
  await annsRoom.attach("plan.txt", "text/plain", Buffer.from("Dig at the old oak"));
  await annsRoom.page.getByTestId("composer-send").click();

  for (const room of [annsRoom, bensRoom]) await expect(room.timeline.getByRole("img", { name: "flower.png" })).toBeVisible();
  await expect(bensRoom.item("From the garden")).toBeVisible();
  await bensRoom.timeline.getByRole("img", { name: "flower.png" }).click();
  await expect(ben.page.getByTestId("lightbox").getByRole("img", { name: "flower.png" })).toBeVisible();
  await ben.page.goBack();

  const saved = ben.page.waitForEvent("download");
  await bensRoom.item("plan.txt").getByRole("button", { name: /plan\.txt/ }).click();
  const content = await (await saved).createReadStream();
  expect(Buffer.concat(await content.toArray()).toString()).toBe("Dig at the old oak");
  expect(await lyingOpen(ben.page, ["Dig at the old oak", "plan.txt", "flower.png", "A256CTR"])).toEqual([]);
});

test("a device whose keys were cleared away goes on as another", async ({ newPerson }) => {
  const { ann, ben, annsRoom, bensRoom } = await two(newPerson);
  await annsRoom.send("Before");
  await expect(bensRoom.item("Before")).toBeVisible();
  const room = ben.page.url();

  await ben.page.goto(`${ben.url}/config.json`);
  await expect(async () => expect(await loseKeys(ben.page)).toBe(2)).toPass();
  await ben.page.goto(room);
  const dialog = ben.page.getByTestId("dialog");
  await expect(dialog).toContainText("The keys of this device are gone");
  await look(ben.page, "keys-gone", [PHONE, DESK], ["light", "dark"]);
  await dialog.getByTestId("login-password").fill(PASSWORD);
  await dialog.getByTestId("dialog-confirm").click();
  await expect(dialog).toBeHidden();
  await ben.expectLive();
  await expect(bensRoom.item("Before")).toBeVisible();

  await bensRoom.send("Here again");
  await expect(annsRoom.item("Here again")).toBeVisible();
  await annsRoom.send("Welcome back");
  await expect(bensRoom.item("Welcome back")).toBeVisible();
  expect(ann.page.url()).toContain("#/room/");
});

test("who comes later is told why they cannot read what was before", async ({ newPerson }) => {
  test.setTimeout(180_000);
  const ann = await newPerson("ann");
  const ben = await newPerson("ben");
  await ann.signUp();
  await ben.signUp();
  const annsRoom = await ann.createRoom("Garden", [], { encrypted: true });
  await annsRoom.send("Alone");
  await annsRoom.expectSent("Alone");

  await ann.page.getByRole("button", { name: "Room menu" }).click();
  await ann.page.getByRole("menuitem", { name: "Invite" }).click();
  const dialog = ann.page.getByTestId("dialog");
  await dialog.getByTestId("people-input").fill(ben.userId);
  await dialog.getByTestId("people-input").press("Enter");
  await dialog.getByTestId("dialog-confirm").click();
  const bensRoom = await ben.acceptInvite("Garden");

  await expect(bensRoom.item("It was sent before you joined")).toBeVisible();
  await look(ben.page, "encrypted-room", [PHONE, TABLET, DESK], ["light", "dark"]);
});
