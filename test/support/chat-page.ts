import type { Locator, Page } from 'playwright-core';
import { screenshot, type TestBrowser } from './browser.js';

export interface Visit {
  /** Of the server, `http://127.0.0.1:8080/`. */
  url: string;
  room: string;
  nickname: string;
}

/** Somebody at the chat page. */
export class ChatPage {
  constructor(readonly page: Page) {}

  /** Opens the page, and joins. */
  static async join(
    browser: TestBrowser,
    visit: Visit,
    options?: Parameters<TestBrowser['page']>[0],
  ): Promise<ChatPage> {
    const chat = await ChatPage.open(browser, visit, options);
    await chat.enter();
    await chat.page.getByText(`You joined #${visit.room}.`).waitFor();
    return chat;
  }

  /** Opens the page, and fills the form. */
  static async open(
    browser: TestBrowser,
    { url, room, nickname }: Visit,
    options?: Parameters<TestBrowser['page']>[0],
  ): Promise<ChatPage> {
    const page = await browser.page(options);
    await page.goto(`${url}?room=${encodeURIComponent(room)}`);
    await page.getByLabel('Your nickname').fill(nickname);
    return new ChatPage(page);
  }

  async enter(): Promise<void> {
    await this.page.getByRole('button', { name: 'Join', exact: true }).click();
  }

  /** Where one writes. */
  get field(): Locator {
    return this.page.locator('textarea');
  }

  get log(): Locator {
    return this.page.getByRole('log');
  }

  get people(): Locator {
    return this.page.locator('aside.people');
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  /** The bubble with that text. */
  message(text: string): Locator {
    return this.page.locator('article.message', { hasText: text });
  }

  /** Waits for a message of that text. */
  async sees(text: string): Promise<Locator> {
    const message = this.message(text).last();
    await message.waitFor();
    return message;
  }

  /** Waits until a message of our own is that far. */
  async delivered(text: string, delivery: 'queued' | 'sent' | 'delivered' | 'displayed' | 'failed'): Promise<void> {
    await this.page.locator(`article.own[data-delivery="${delivery}"]`, { hasText: text }).last().waitFor();
  }

  person(name: string): Locator {
    return this.people.getByRole('button', { name: new RegExp(`^${name}`) }).first();
  }

  /** Chooses somebody in the list, so that what is written goes to nobody else. */
  async whisperTo(name: string): Promise<void> {
    await this.person(name).click();
    await this.page.getByText(`To ${name}, privately`).waitFor();
  }

  async picture(name: string): Promise<void> {
    await screenshot(this.page, `chat-${name}`);
  }
}
