import { StaticServer } from "../fixtures/static.ts";
import { expect, expectAccessible, test } from "../fixtures/test.ts";

test("the bundle works below a path of any server, with the homeserver elsewhere, and when that server is gone", async ({ homeserver, newPerson }) => {
  const server = await StaticServer.start("/chat/", process.env.TRELLIS_DIST ?? "", {
    default_homeserver: homeserver.url,
    brand: { name: "Acme Chat" },
  });
  const ben = await newPerson("ben");
  await ben.signUp();
  const ann = await newPerson("ann", { url: server.url });
  await ann.page.goto(`${server.url}/`);
  await expect(ann.page.getByText("Acme Chat")).toBeVisible();
  await expect(ann.page.getByTestId("login-homeserver")).toHaveValue(homeserver.url);
  await expectAccessible(ann.page);

  await ann.signUp();
  const annsRoom = await ann.createRoom("Harbour", [ben]);
  const bensRoom = await ben.acceptInvite("Harbour");
  await annsRoom.send("Ahoy");
  await expect(bensRoom.item("Ahoy")).toBeVisible();
  await expect(ann.page).toHaveURL(/\/chat\/#\/room\//);

  await test.step("a link opens the same place", async () => {
    await ann.page.reload();
    await ann.expectLive();
    await annsRoom.expectSent("Ahoy");
  });

  await test.step("without the server the shell opens, and the homeserver is all it needs", async () => {
    await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await server.close();
    await ann.page.reload();
    await ann.expectLive();
    await annsRoom.send("Still afloat");
    await expect(bensRoom.item("Still afloat")).toBeVisible();
  });

  await test.step("nothing outside the path is the client's", async () => {
    const scopes = await ann.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => new URL(scope).pathname));
    expect(scopes).toEqual(["/chat/"]);
  });
});
