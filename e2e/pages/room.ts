import { type Locator, type Page, expect } from "@playwright/test";

/** The open room. */
export class RoomPage {
  readonly page: Page;
  readonly timeline: Locator;
  readonly composer: Locator;

  constructor(page: Page) {
    this.page = page;
    this.timeline = page.getByTestId("timeline");
    this.composer = page.getByTestId("composer-input");
  }

  /** The same place in one more tab of the same profile. */
  async another(): Promise<RoomPage> {
    const page = await this.page.context().newPage();
    await page.goto(this.page.url());
    return new RoomPage(page);
  }

  /** The open room's ID. */
  async roomId(): Promise<string> {
    return (await this.timeline.getAttribute("data-room-id")) ?? "";
  }

  item(text: string): Locator {
    return this.timeline.getByTestId("timeline-item").filter({ hasText: text }).last();
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  async expectSent(text: string): Promise<void> {
    await expect(this.item(text)).toHaveAttribute("data-event-id", /^\$/);
  }

  async expectBodies(bodies: string[]): Promise<void> {
    await expect(this.timeline.locator(".message-body")).toHaveText(bodies);
  }

  async attach(name: string, mimeType: string, buffer: Buffer): Promise<void> {
    const chooser = this.page.waitForEvent("filechooser");
    await this.page.getByRole("button", { name: "Attach files" }).click();
    await (await chooser).setFiles({ name, mimeType, buffer });
  }

  async action(text: string, name: string): Promise<void> {
    await this.item(text).hover();
    await this.item(text).getByRole("button", { name }).click();
  }
}
