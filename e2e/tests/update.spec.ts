import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Homeserver } from "../fixtures/homeserver.ts";
import { expect, test } from "../fixtures/test.ts";
import { RoomPage } from "../pages/room.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Makes the bundle in a directory a newer build of itself. */
async function makeNewer(directory: string): Promise<string> {
  const [index, serviceWorker] = ["index.html", "sw.js"].map((name) => join(directory, name));
  const old = await readFile(index, "utf8");
  const build = /name="trellis-build" content="(\d+)"/.exec(old)?.[1];
  if (!build) throw new Error("the bundle does not name its build");
  const newer = String(Number(build) + 1).padStart(build.length, "0");
  const html = old.replaceAll(build, newer);
  await writeFile(index, html);
  const script = await readFile(serviceWorker, "utf8");
  await writeFile(serviceWorker, script.replaceAll(build, newer).replaceAll(sha256(old), sha256(html)));
  for (const file of [index, serviceWorker]) {
    for (const suffix of [".br", ".gz"]) await rm(file + suffix, { force: true });
  }
  return newer;
}

test("a newer build takes over without losing a draft or a queued message", async ({ newPerson }) => {
  const directory = await mkdtemp(join(tmpdir(), "trellis-bundle-"));
  await cp(process.env.TRELLIS_DIST ?? "", directory, { recursive: true });
  const homeserver = await Homeserver.start(directory);
  const ann = await newPerson("ann", { url: homeserver.url });
  await ann.signUp();
  const room = await ann.createRoom("Attic");
  await room.send("sent by the old build");
  await room.expectSent("sent by the old build");
  await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

  await homeserver.end();
  await ann.expectOffline();
  await room.send("queued by the old build");
  await room.composer.fill("a draft of the old build");
  const newer = await makeNewer(directory);
  await homeserver.restart();
  const second = await ann.page.context().newPage();
  await second.goto(ann.page.url());
  await second.evaluate(() => navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => undefined));
  await second.getByTestId("update-take").click();

  for (const page of [second, ann.page]) {
    await expect(page.locator('meta[name="trellis-build"]')).toHaveAttribute("content", newer);
    const reloaded = new RoomPage(page);
    await reloaded.expectSent("queued by the old build");
    await reloaded.expectBodies(["sent by the old build", "queued by the old build"]);
    await expect(reloaded.composer).toHaveValue("a draft of the old build");
  }
  await homeserver.remove();
  await rm(directory, { recursive: true, force: true });
});
