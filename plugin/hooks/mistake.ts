/** What JavaScript itself throws; also in another realm, where `instanceof` knows them not. */
const MISTAKES: ReadonlySet<unknown> = new Set(['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError']);

/**
 * Whether a handler of the program threw what nobody throws to refuse something: it refuses all the same, but who wrote the
 * handler has to hear of it.
 */
export const isMistake = (error: unknown): boolean =>
  error instanceof Object && MISTAKES.has(Reflect.get(error, 'name'));
