import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerUnderTest } from '../support/server.js';
import { parseScript } from './language/parser.js';
import { runScript } from './language/runner.js';
import { SENTENCES } from './language/sentences/index.js';
import { SERVER_OPTIONS } from './language/stage.js';

let server: ServerUnderTest;

beforeAll(async () => {
  server = await ServerUnderTest.start(SERVER_OPTIONS);
});
afterAll(() => server?.close());

const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.script'))
  .toSorted();

// A script that cannot be read fails here, before any runs.
const scripts = files.map((file) =>
  parseScript(`test/scripts/${file}`, readFileSync(join(__dirname, file), 'utf8'), SENTENCES),
);

test.each(scripts.map((script) => [script.title, script] as const))('%s', (_title, script) =>
  runScript(script, server),
);
