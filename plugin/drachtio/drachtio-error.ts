/** drachtio rejects with strings as well as with errors. */
export const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error(typeof reason === 'string' ? reason : 'drachtio gave no reason');
