import { type Page } from "@playwright/test";

import { PNG } from "../fixtures/png.ts";
import { expect, expectAccessible, test } from "../fixtures/test.ts";

const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
];

/** Looks at a screen in every size, light and dark; the pictures are for people, the checks for axe and the layout. */
async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await page.screenshot({ path: `test-results/screens/${name}-${size.width}-${colorScheme}.png` });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${name} at ${size.width} pixels does not scroll sideways`).toBeLessThanOrEqual(0);
      await expectAccessible(page);
    }
  }
  await page.setViewportSize(SIZES[2]);
}

test("every screen fits every size, light and dark, and is accessible", async ({ newPerson }) => {
  test.setTimeout(300_000);
  const ann = await newPerson("ann");
  const { page } = ann;
  await page.goto(`${ann.url}/#/login`);
  await expect(page.getByTestId("login-submit")).toBeVisible();
  await look(page, "login");
  await page.goto(`${ann.url}/#/register`);
  await expect(page.getByTestId("register-submit")).toBeVisible();
  await look(page, "register");
  await ann.signUp();
  await look(page, "empty");

  const room = await ann.createRoom("Greenhouse");
  await room.send("Some **bold** words, `code` and a list:\n\n- one\n- two\n\n> quoted");
  await room.expectSent("bold");
  await room.attach("flower.png", "image/png", PNG);
  await page.getByTestId("composer-send").click();
  await expect(room.timeline.getByRole("img", { name: "flower.png" })).toBeVisible();
  await look(page, "room");

  for (const name of ["profile", "devices", "appearance"]) {
    await page.goto(`${ann.url}/#/settings/${name}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await look(page, `settings-${name}`);
  }
});
