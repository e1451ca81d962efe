/** What JavaScript itself throws; also in another realm, where `instanceof` knows them not. */
const MISTAKES: ReadonlySet<unknown> = new Set(['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError']);

/**
 * Whether a handler of the program threw what nobody throws to refuse something: it refuses all the same, but who wrote the
 * handler has to hear of it.
 */
export const isMistake = (error: unknown): boolean =>
  error instanceof Object && MISTAKES.has(Reflect.get(error, 'name'));

/**
 * A handler that is to throw where it refuses. One that gives `false` means just that, and does not know: letting pass what it
 * would have kept out is the worse of the two.
 *
 * @throws TypeError for `false`
 */
export function requireNoFalse(who: string, given: unknown): void {
  if (given === false) throw new TypeError(`${who} has to throw where it refuses; it gave false`);
}
