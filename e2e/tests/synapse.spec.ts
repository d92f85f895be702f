import { PNG } from "../fixtures/png.ts";
import { Synapse } from "../fixtures/synapse.ts";
import { expect, test } from "../fixtures/test.ts";

test("the main journey works on a homeserver that is not ours", async ({ newPerson }) => {
  const synapse = await Synapse.start();
  const ann = await newPerson("ann", { homeserver: synapse.url });
  const ben = await newPerson("ben", { homeserver: synapse.url });
  await ann.signUp();
  await ben.signUp();

  const annsRoom = await ann.createRoom("Orchard", [ben]);
  const bensRoom = await ben.acceptInvite("Orchard");
  await annsRoom.send("Apples");
  await expect(bensRoom.item("Apples")).toBeVisible();
  await bensRoom.attach("pear.png", "image/png", PNG);
  await ben.page.getByTestId("composer-send").click();
  await expect(annsRoom.timeline.getByRole("img", { name: "pear.png" })).toBeVisible();

  await ann.page.reload();
  await expect(ann.tile("Orchard")).toBeVisible();
  await expect(annsRoom.item("Apples")).toBeVisible();
  await ann.expectLive();
  await synapse.remove();
});
