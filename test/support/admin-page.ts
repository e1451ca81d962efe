import type { Locator, Page } from 'playwright-core';
import { screenshot, type TestBrowser } from './browser.js';

/** Somebody at the dashboard. */
export class AdminPage {
  constructor(
    readonly page: Page,
    /** Of the server, `http://127.0.0.1:8080/`. */
    readonly url: string,
  ) {}

  /** Opens it; the token is not given yet. */
  static async open(
    browser: TestBrowser,
    url: string,
    options?: Parameters<TestBrowser['page']>[0],
  ): Promise<AdminPage> {
    const page = await browser.page(options);
    await page.goto(`${url}admin`);
    return new AdminPage(page, url);
  }

  /** Opens it, and gives the token. */
  static async enter(
    browser: TestBrowser,
    { url, token }: { url: string; token: string },
    options?: Parameters<TestBrowser['page']>[0],
  ): Promise<AdminPage> {
    const admin = await AdminPage.open(browser, url, options);
    await admin.give(token);
    await admin.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    // What happens from now on is heard of at once.
    await admin.page.getByText('Live', { exact: true }).waitFor();
    return admin;
  }

  async give(token: string): Promise<void> {
    await this.page.getByLabel('Token').fill(token);
    await this.page.getByRole('button', { name: 'Open' }).click();
  }

  async go(section: 'Overview' | 'Rooms' | 'Activity'): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name: section }).click();
    await this.page.getByRole('heading', { level: 1, name: section }).waitFor();
  }

  /** Opens one room, by the list. */
  async room(name: string): Promise<void> {
    await this.go('Rooms');
    await this.page.getByRole('link', { name, exact: true }).click();
    await this.page.getByRole('button', { name: 'Send as the room' }).waitFor();
  }

  /** The number with that name. */
  tile(name: string): Locator {
    return this.page.locator('.tile', { has: this.page.getByText(name, { exact: true }) }).locator('.tile-value');
  }

  person(name: string): Locator {
    return this.page.locator('li.person', { hasText: name });
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  /** Presses the button of the dialog that does it. */
  async confirm(action: string): Promise<void> {
    await this.dialog.getByRole('button', { name: action, exact: true }).click();
    await this.dialog.waitFor({ state: 'hidden' });
  }

  /** What the element that has the focus says. */
  focused(): Promise<unknown> {
    return this.page.evaluate('document.activeElement.textContent');
  }

  async picture(name: string): Promise<void> {
    await screenshot(this.page, `admin-${name}`);
  }
}
