import { Deviation } from '../error.js';

/** @throws Deviation unless the status is the one expected; 200 when the script says none */
export function expectStatus(expected: string | undefined, got: number | string, reason = ''): void {
  const wanted = expected ?? '200';
  if (String(got) !== wanted) throw new Deviation(wanted, `${got} ${reason}`.trim());
}
