import parser from 'drachtio-mw-registration-parser';
import { param, parseNameAddr, parseNameAddrs } from '../../lib/embedded-drachtio/message/index.js';
import type { SipRequest } from '../drachtio/srf-types.js';
import { header } from '../sip/header-values.js';

/** What a REGISTER asks for. */
export interface Registration {
  /** URI of To: whose bindings these are. */
  aor: string;
  /** `*`: every binding of the user ends. */
  all: boolean;
  /** Contact as written, and for how many seconds. */
  bindings: readonly { contact: string; expires: number; features: readonly string[] }[];
}

/** What drachtio-mw-registration-parser sets. */
interface Parsed {
  registration?: { expires?: number; aor?: unknown };
}

/** RFC 3261 §10.2: "a registrar … default": an hour, where neither Contact nor Expires says. */
const DEFAULT_EXPIRES = 3600;
/** Seconds; larger ones are cut (RFC 3261 §20.19 has 2^32 - 1). */
const MAX_EXPIRES = 2 ** 32 - 1;

/**
 * Reads a REGISTER, by drachtio-mw-registration-parser as far as that goes: it takes type and expiry from the first contact
 * alone, loses contact parameters without value, answers by itself what it cannot read, gives NaN for nonsense and refuses
 * to be called twice. Undefined for what is no registration: a query without Contact, or what nobody can read.
 */
export function registrationOf(req: SipRequest): Registration | undefined {
  const contacts = header(req, 'Contact', 'm');
  if (contacts === undefined) return undefined;
  const aor = aorOf(req);
  if (aor === undefined) return undefined;
  const whole = seconds(header(req, 'Expires'));
  if (contacts.trim() === '*') {
    // RFC 3261 §10.2.2: "MUST NOT use the "*" … unless the Expires header field is present with a value of "0"".
    return whole === 0 ? { aor, all: true, bindings: [] } : undefined;
  }
  const bindings = parseNameAddrs(contacts).map(({ uri, params }) => ({
    contact: uri,
    expires: seconds(param(params, 'expires')) ?? whole ?? DEFAULT_EXPIRES,
    features: [...params].filter(([name]) => name.startsWith('+')).map(([name, value]) => feature(name, value)),
  }));
  return { aor, all: false, bindings };
}

function aorOf(req: SipRequest): string | undefined {
  const message = req as SipRequest & Parsed;
  const known = message.registration;
  if (known === undefined) {
    try {
      parser(message, { send: () => {} }, () => {});
    } catch {
      return undefined;
    }
  }
  const aor = message.registration?.aor ?? parseNameAddr(header(req, 'To', 't') ?? '')?.uri;
  // The application behind us may use the parser too.
  if (known === undefined) delete message.registration;
  return typeof aor === 'string' && aor !== '' ? aor : undefined;
}

function seconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,10}\s*$/.test(text) ? Math.min(Number(text), MAX_EXPIRES) : undefined;
}

const feature = (name: string, value: string | undefined): string =>
  value === undefined || value === '' ? name : `${name}="${value}"`;
