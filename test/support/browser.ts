import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const ARGUMENTS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Milliseconds: what has not come until then on a busy machine never comes. */
const PATIENCE = 60_000;

/** Where pictures of the steps go; kept by CI. */
const SCREENSHOTS = join(__dirname, '..', '..', '.tmp', 'screenshots');

function executable(name: string): string {
  const directories = (process.env.PATH ?? '').split(delimiter);
  const found = directories
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  if (found === undefined) throw new Error(`${name} is in no directory of PATH; apt-get install ${name}`);
  return found;
}

/** What axe-core found; as much of it as is looked at. */
interface Violation {
  id: string;
  impact: string | null;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** The Chromium of the machine, without a window. */
export class TestBrowser {
  /** What pages complained of: errors nobody caught, and whatever the browser refused them. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    return new TestBrowser(
      await chromium.launch({
        executablePath: executable('chromium'),
        args: ARGUMENTS,
        headless: true,
        timeout: PATIENCE,
      }),
    );
  }

  /** A page of somebody of his own: nothing is shared with other pages. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const viewport = { width: 1100, height: 760 };
    const context = await this.#browser.newContext({ viewport, locale: 'en-GB', reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(PATIENCE);
    this.#contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.stack ?? error.message));
    page.on('console', (message) => {
      // Who cannot connect is told so in the page.
      const { url } = message.location();
      if (message.type() === 'error' && !/WebSocket connection/.test(message.text())) {
        this.complaints.push(`${url}: ${message.text()}`);
      }
    });
    return page;
  }

  /** Closes all pages. */
  async clear(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
    this.complaints.length = 0;
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: 'disabled' });
}

/** Of what is behind all: 0 is black, 1 is white. */
export const lightness = (page: Page): Promise<number> =>
  page.evaluate<number>(`(() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number);
    return (red + green + blue) / 765;
  })()`);

const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds on a page that is serious, or worse. */
export async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run(document)');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${String(target)}: ${failureSummary}`),
    );
}
