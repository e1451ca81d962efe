/** The schema as editors read it: JSON Schema, draft 2020-12. */
import { z } from 'zod';
import { configSchema } from './schema.js';
import { isTree, type Path, type Tree } from './tree.js';

/** Where the package has it, as text. */
export const SCHEMA_FILE = 'docs/config.schema.json';

/** JSON Schema of a configuration file. */
export function jsonSchema(): Tree {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // What zod adds of its own accord: lists are not read-only to who writes them, and the largest integer is no bound.
      delete jsonSchema.readOnly;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // Of a section, in which everything has its own.
      if (isTree(jsonSchema.default) && Object.keys(jsonSchema.default).length === 0) delete jsonSchema.default;
    },
  });
  return { $schema, title: 'Configuration of drachtio-chatroom', ...schema };
}

/** The same as text, as the package has it. */
export const schemaText = (): string => `${JSON.stringify(jsonSchema(), null, 2)}\n`;

let known: Tree | undefined;

/** What may stand at `path`, as alternatives. */
function schemasAt(path: Path): Tree[] {
  known ??= jsonSchema();
  let schemas = alternatives(known);
  for (const key of path) {
    schemas = schemas.flatMap(({ properties, additionalProperties, items }) => {
      const inside = isTree(properties) && Object.hasOwn(properties, key) ? properties[String(key)] : undefined;
      return [inside ?? additionalProperties, items].filter(isTree).flatMap(alternatives);
    });
  }
  return schemas;
}

function alternatives(schema: Tree): Tree[] {
  const { anyOf } = schema;
  return Array.isArray(anyOf) ? anyOf.filter(isTree).flatMap(alternatives) : [schema];
}

/** Names of the options below `path`. */
export const keysAt = (path: Path): string[] =>
  schemasAt(path).flatMap(({ properties }) => (isTree(properties) ? Object.keys(properties) : []));

/** Whether options stand below `path`, and it cannot be null itself. */
export function isSection(path: Path): boolean {
  const types = new Set(schemasAt(path).map(({ type }) => type));
  return types.has('object') && !types.has('null');
}

/** Whether what stands below `path` has names that people choose. */
export const isByName = (path: Path): boolean =>
  schemasAt(path).some(({ additionalProperties }) => isTree(additionalProperties));

/** Paths of all options, sections left out; `*` stands for names that people choose. */
export function allKeys(path: readonly string[] = []): string[][] {
  const inside = schemasAt(path).filter(({ type }) => type === 'object');
  if (inside.length === 0) return [[...path]];
  const chosen = inside.some(({ additionalProperties }) => isTree(additionalProperties)) ? ['*'] : [];
  return [...keysAt(path), ...chosen].flatMap((key) => allKeys([...path, key]));
}
