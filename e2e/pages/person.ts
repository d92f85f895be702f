import { type Locator, type Page, expect } from "@playwright/test";

import { RoomPage } from "./room.ts";

/** Everybody's. */
export const PASSWORD = "correct horse battery staple";

/** Somebody at the client, in a profile of their own. */
export class Person {
  readonly page: Page;
  readonly username: string;
  readonly url: string;
  readonly homeserver?: string;
  readonly status: Locator;
  readonly roomList: Locator;

  constructor(page: Page, username: string, url: string, homeserver?: string) {
    this.page = page;
    this.username = username.toLowerCase();
    this.url = url;
    this.homeserver = homeserver;
    this.status = page.getByTestId("sync-status");
    this.roomList = page.getByTestId("room-list");
  }

  get userId(): string {
    return `@${this.username}:localhost`;
  }

  async signUp(): Promise<void> {
    await this.page.goto(`${this.url}/#/register`);
    await this.#chooseHomeserver();
    await this.page.getByTestId("register-username").fill(this.username);
    await this.page.getByTestId("register-password").fill(PASSWORD);
    await this.page.getByTestId("register-submit").click();
    await this.expectLive();
  }

  async logIn(password = PASSWORD): Promise<void> {
    await this.page.goto(`${this.url}/#/login`);
    await this.#chooseHomeserver();
    await this.page.getByTestId("login-username").fill(this.username);
    await this.page.getByTestId("login-password").fill(password);
    await this.page.getByTestId("login-submit").click();
  }

  async logOut(): Promise<void> {
    await this.page.goto(`${this.url}/#/settings/profile`);
    await this.page.getByTestId("log-out").click();
    await this.page.getByTestId("dialog-confirm").click();
  }

  async expectLive(): Promise<void> {
    await expect(this.status).toHaveAttribute("data-state", "live");
  }

  async expectOffline(): Promise<void> {
    await expect(this.status).toHaveAttribute("data-state", "offline");
  }

  tile(name: string): Locator {
    return this.page.getByTestId("room-tile").filter({ hasText: name });
  }

  async createRoom(name: string, invite: Person[] = [], { encrypted = false } = {}): Promise<RoomPage> {
    await this.#choose("Create a room");
    const dialog = this.page.getByTestId("dialog");
    await dialog.getByLabel("Name").fill(name);
    await dialog.getByTestId("create-room-encrypted").setChecked(encrypted);
    for (const person of invite) {
      await dialog.getByLabel("Invite people").fill(person.userId);
      await dialog.getByLabel("Invite people").press("Enter");
    }
    await dialog.getByTestId("dialog-confirm").click();
    await expect(this.page).toHaveURL(/#\/room\//);
    return new RoomPage(this.page);
  }

  async startChat(person: Person): Promise<RoomPage> {
    await this.#choose("Start a chat");
    const dialog = this.page.getByTestId("dialog");
    await dialog.getByLabel("With whom").fill(person.userId);
    await dialog.getByLabel("With whom").press("Enter");
    await dialog.getByTestId("dialog-confirm").click();
    await expect(this.page).toHaveURL(/#\/room\//);
    return new RoomPage(this.page);
  }

  async acceptInvite(name: string): Promise<RoomPage> {
    await this.tile(name).click();
    await this.page.getByRole("button", { name: "Accept", exact: true }).click();
    return new RoomPage(this.page);
  }

  async open(name: string): Promise<RoomPage> {
    await this.tile(name).click();
    return new RoomPage(this.page);
  }

  async #chooseHomeserver(): Promise<void> {
    if (this.homeserver) await this.page.getByTestId("login-homeserver").fill(this.homeserver);
  }

  async #choose(item: string): Promise<void> {
    await this.page.getByTestId("new-room-menu").click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }
}
