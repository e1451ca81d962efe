import { UsageError } from '../../config/problems.js';
import { roomOptions } from '../../options/room-options.js';

const SCHEMAS = new Map(
  Object.entries(roomOptions.in.shape).map(([name, schema]): [string, (value: unknown) => boolean] => [
    name,
    (value) => schema.safeParse(value).success,
  ]),
);

/**
 * Options of a room as people write them: `locked=true`, `subject=News`, `roster.full=100`, `owners=sip:a@x,sip:b@x`. Of what
 * a value can mean, what the option takes is meant.
 *
 * @throws UsageError for what is no `key=value`; whether there is such an option the server knows
 */
export function readSettings(texts: readonly string[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const text of texts) {
    const [, name, member, value] = /^(\w+)(?:\.(\w+))?=(.*)$/s.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`"${text}" is not key=value, like subject=News`);
    if (member === undefined) settings[name] = meant(value, SCHEMAS.get(name));
    else {
      const known = settings[name];
      const accepts = (given: unknown): boolean => SCHEMAS.get(name)?.({ [member]: given }) ?? false;
      settings[name] = { ...(typeof known === 'object' ? known : undefined), [member]: meant(value, accepts) };
    }
  }
  return settings;
}

function meant(value: string, accepts: ((value: unknown) => boolean) | undefined): unknown {
  const split = value === '' ? [] : value.split(',');
  const readings = [...asJson(value), value, split];
  const index = readings.findIndex((reading) => accepts?.(reading));
  return index === -1 ? value : readings[index];
}

/** As an element, as null is a value too. */
function asJson(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}
