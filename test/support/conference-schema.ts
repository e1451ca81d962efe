import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateXML } from 'xmllint-wasm';

const file = (name: string) => ({
  fileName: name,
  contents: readFileSync(join(__dirname, 'schema', name), 'utf8'),
});

const schema = file('conference-info.xsd');
const preload = file('xml.xsd');
const xconSchema = file('xcon-conference-info.rng');

/** What the RFC 4575 schema has against the document; empty when it is valid. */
export async function schemaErrors(document: string): Promise<string[]> {
  const result = await validateXML({ xml: document, schema, preload });
  return result.errors.map((error) => error.message);
}

/** What the RFC 6501 schema has against the document; empty when it is valid. */
export async function xconSchemaErrors(document: string): Promise<string[]> {
  const result = await validateXML({ xml: document, schema: xconSchema, extension: 'relaxng' });
  return result.errors.map((error) => error.message);
}
