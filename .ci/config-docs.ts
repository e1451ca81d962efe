// Writes what is generated of the configuration: docs/config.schema.json, and the tables of docs/configuration.md.
// npx tsx .ci/config-docs.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { SCHEMA_FILE, schemaText } from '../plugin/config/json-schema.js';
import { withTables } from '../test/support/config-docs.js';

const PAGE = 'docs/configuration.md';

writeFileSync(SCHEMA_FILE, schemaText());
writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')));
