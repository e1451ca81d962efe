import type { Problem } from '../../../../api/schemas/index.js';

/** What the API did not do, and why. */
export class ApiError extends Error {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** Of docs/errors.md; `''` where there is none. */
  readonly code: string;

  /** @param message cause and fix, for people */
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Somebody else may, or with another token. */
  get denied(): boolean {
    return this.status === 401 || this.code === 'CHAT_ERR_HTTP_ACCESS';
  }

  /** From the body of an answer, which may be that of a proxy in between. */
  static of(status: number, body: unknown): ApiError {
    const { code, detail, title } = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>;
    return new ApiError(
      status,
      textOf(code) ?? '',
      textOf(detail) ?? textOf(title) ?? `The server answered ${status}.`,
    );
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
