import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLAG_NAMES, FLAGS } from '../../../plugin/config/flags.js';
import { SERVE_HELP } from '../../../plugin/config/help.js';
import { allKeys, SCHEMA_FILE, schemaText } from '../../../plugin/config/json-schema.js';
import { readConfigFile } from '../../../plugin/config/file.js';
import { loadConfig } from '../../../plugin/config/load.js';
import { withTables } from '../../support/config-docs.js';
import { fileWith, removeFiles } from '../../support/certificates.js';

const ROOT = join(__dirname, '../../..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** What to type when one of these fails. */
const REWRITE = 'npx tsx .ci/config-docs.ts';

test(`docs/config.schema.json is that of the code; else: ${REWRITE}`, () => {
  expect(text(SCHEMA_FILE)).toBe(schemaText());
});

test(`the tables of docs/configuration.md are those of the code; else: ${REWRITE}`, () => {
  const page = text('docs/configuration.md');
  expect(page).toBe(withTables(page));
});

test('every flag is in --help, and every option of a flag in the schema', () => {
  const keys = allKeys().map((path) => path.join('.'));
  for (const name of FLAG_NAMES) {
    if (!FLAGS[name].variableOnly) expect(SERVE_HELP).toContain(`  --${name}`);
    expect(keys.some((key) => key === FLAGS[name].key || key.startsWith(`${FLAGS[name].key}.`))).toBe(true);
  }
});

test('every option of the file says what it is for, and its default', () => {
  const undescribed: string[] = [];
  const look = (schema: Record<string, unknown>, path: string): void => {
    const { properties, anyOf, items, additionalProperties } = schema;
    for (const [key, inside] of Object.entries((properties ?? {}) as Record<string, Record<string, unknown>>)) {
      if (typeof inside.description !== 'string') undescribed.push(`${path}.${key}`);
      look(inside, `${path}.${key}`);
    }
    for (const inside of [...((anyOf ?? []) as unknown[]), items, additionalProperties]) {
      if (typeof inside === 'object' && inside !== null) look(inside as Record<string, unknown>, path);
    }
  };
  look(JSON.parse(schemaText()) as Record<string, unknown>, '');
  expect(undescribed).toEqual([]);
});

describe('what is shown as a configuration is one', () => {
  afterEach(removeFiles);

  test('examples/config/chatrooms.yaml', () => {
    const { config, warnings } = loadConfig({
      argv: ['--config', join(ROOT, 'examples/config/chatrooms.yaml')],
      env: {},
    });
    expect(warnings).toEqual([]);
    expect(Object.keys(config.chatrooms.rooms?.static ?? {})).toEqual(['lobby', 'staff', 'hotline']);
  });

  test('docs/configuration.md', async () => {
    const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(text('docs/configuration.md')) ?? [];
    const file = await fileWith(yaml.replace(/^.*(?:password|token)File:.*\n/gm, ''), 'chatrooms.yaml');
    expect(readConfigFile(file).problems).toEqual([]);
    expect(loadConfig({ argv: ['--config', file], env: {} }).config).toMatchObject({
      chatrooms: { auth: 'trusted-proxy', rooms: { static: { lobby: {}, staff: { allow: ['*@example.com'] } } } },
      drainTimeout: 10_000,
    });
  });
});
