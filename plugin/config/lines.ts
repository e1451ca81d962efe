/** How problems are worded: by whom the option was given, each in the words of its own. */
import { type Origin, position } from './problems.js';
import { isSecret } from './special-keys.js';
import { dotted, type Path } from './tree.js';
import { withoutPasswords } from './uri-password.js';

export interface Finding {
  path: Path;
  origin: Origin | undefined;
  /** What follows the option: `is …` goes with its value, `has to be …` stands alone. */
  message: string;
  value: unknown;
}

/** One line, which shows no secret. */
export const lineOf = (finding: Finding): string => withoutPasswords(worded(finding));

function worded({ path, origin, message, value }: Finding): string {
  const hidden = isSecret(path);
  if (origin && origin.kind !== 'file') {
    const { name, colon } = origin;
    // Of a list the item that is wrong.
    const text = typeof path.at(-1) === 'number' && typeof value === 'string' ? value : origin.text;
    if (hidden || message.startsWith(JSON.stringify(text))) return `${name}: ${message}`;
    const shown = text === '' || /\s/.test(text) ? JSON.stringify(text) : text;
    return message.startsWith('is ') && !colon ? `${name} ${shown} ${message}` : `${name} ${shown}: ${message}`;
  }
  const option = `Option ${dotted(path)}${origin ? ` (${position(origin)})` : ''}`;
  const scalar = ['string', 'number', 'boolean'].includes(typeof value) && !hidden;
  return message.startsWith('is ') && scalar
    ? `${option}: ${JSON.stringify(value)} ${message}`
    : `${option}: ${message}`;
}
