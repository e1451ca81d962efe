/** The package declares no types: drachtio middleware that sets `req.registration`. */
declare module 'drachtio-mw-registration-parser' {
  const parser: (req: object, res: { send: (status: number, ...rest: unknown[]) => void }, next: () => void) => void;
  export = parser;
}
