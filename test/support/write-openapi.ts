// `npx tsx test/support/write-openapi.ts`: docs/openapi.json anew, after a change of the HTTP API.
import { writeFileSync } from 'node:fs';
import { apiApp, documentOf, PUBLISHED } from './api-document.js';

writeFileSync(PUBLISHED, `${JSON.stringify(documentOf(apiApp()), null, 2)}\n`);
