/** What is shown in place of a secret. */
export const MASK = '********';

/** Behind the scheme a user, and what stands between him and the host. */
const PASSWORD = /\b([a-z][a-z0-9+.-]*:(?:\/\/)?[^\s:@/?"]*:)[^\s"]*@/gi;

/** A text in which no URI has its password any more: `sip:user:********@host`. */
export const withoutPasswords = (text: string): string => text.replace(PASSWORD, `$1${MASK}@`);
