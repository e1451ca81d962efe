import { parseNameAddr, parseNameAddrs } from '../../lib/embedded-drachtio/message/index.js';
import type { SipRequest, SipResponse } from '../drachtio/srf-types.js';
import { header } from '../sip/header-values.js';
import { addressOfRecord } from '../identity/address-of-record.js';
import { bodyParts } from '../sip/multipart.js';
import { type Registration, registrationOf } from './registration-parser.js';
import type { RegistrationState, Users } from './users.js';

export interface RegisterOptions {
  /**
   * `third-party`: a registrar sends a REGISTER of its own for each of its users (3GPP TS 24.229 §5.4.1.7), which is answered;
   * `passing`: REGISTERs are on their way to a registrar behind this middleware and only watched; false: neither.
   */
  mode: 'third-party' | 'passing' | false;
  users: Users;
  /** Whether a peer may say who is registered. */
  trusts: (address: string) => boolean;
  reply: (
    req: SipRequest,
    res: SipResponse,
    status: number,
    reply?: { headers?: Record<string, string>; reason?: string },
  ) => void;
}

/** Of a response that the application sends. */
interface Watched {
  once(event: 'end', listener: (sent: { status: number }) => void): void;
}

/** REGISTER: who of the users is there. We are no registrar: a Contact is never where somebody is sent to. */
export function handleRegister(
  { mode, users, trusts, reply }: RegisterOptions,
  req: SipRequest,
  res: SipResponse,
  next: () => void,
): void {
  if (mode === false) return next();
  if (mode === 'passing') {
    watch(req, res, users);
    return next();
  }
  // RFC 3261 §10.2: in a third-party registration From is who registers, To for whom.
  const [from, to] = [uriIn(req, 'From', 'f'), uriIn(req, 'To', 't')];
  if (to === undefined || from === to) return next();
  // SAF-07: "untrusted source -> 403".
  if (!trusts(req.source_address)) return reply(req, res, 403);
  // "Expires" of the message speaks; its Contact is the registrar's.
  const expires = seconds(header(req, 'Expires')) ?? registrationOf(req)?.bindings[0]?.expires;
  if (expires === undefined) return reply(req, res, 400, { reason: 'Missing Expires' });
  // SAF-07: "Answer 200 with the same Expires at once, whoever the user is". Its CSeq may be always the same.
  const contact = header(req, 'Contact', 'm');
  reply(req, res, 200, { headers: { Expires: String(expires), ...(contact !== undefined && { Contact: contact }) } });
  // SAF-08: 0 is the end of it, anything else until then.
  users.registered({ uri: to, binding: from ?? '', expires, ...deviceOf(req) });
}

/** What the registrar behind us says to it decides. */
function watch(req: SipRequest, res: SipResponse, users: Users): void {
  const registration = registrationOf(req);
  const uri = registration && recordOf(registration.aor);
  if (!registration || uri === undefined) return;
  (res as unknown as Watched).once('end', ({ status }) => {
    if (status >= 200 && status < 300) tell(users, uri, registration);
  });
}

function tell(users: Users, uri: string, { all, bindings }: Registration): void {
  if (all) return users.unregistered(uri);
  // What begins goes first, so that a device that changes its address is not offline in between.
  for (const { contact, expires, features } of bindings.toSorted((a, b) => b.expires - a.expires)) {
    users.registered({ uri, binding: contact, expires, features });
  }
}

/**
 * SAF-09: the user's own REGISTER and the 200 to it may stand in the body, alone or in a multipart: what the device can do,
 * and which other identities the user has.
 */
function deviceOf(req: SipRequest): Pick<RegistrationState, 'aliases' | 'features'> {
  const aliases = new Set(identities(header(req, 'P-Associated-URI')));
  const features = new Set<string>();
  for (const message of messagesIn(req)) {
    const [start = '', ...lines] = message.split(/\r?\n/);
    for (const line of lines) {
      if (line === '') break;
      const [name, value] = [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1)];
      if (name === 'p-associated-uri' && start.startsWith('SIP/2.0 200')) {
        for (const uri of identities(value)) aliases.add(uri);
      }
      if ((name === 'contact' || name === 'm') && start.startsWith('REGISTER ')) {
        for (const tag of featuresIn(value)) features.add(tag);
      }
    }
  }
  return {
    ...(aliases.size > 0 && { aliases: [...aliases] }),
    ...(features.size > 0 && { features: [...features] }),
  };
}

function messagesIn(req: SipRequest): string[] {
  const type = header(req, 'Content-Type', 'c') ?? '';
  const body = req.body ?? '';
  if (/^\s*message\/sip\b/i.test(type)) return [body];
  if (!/^\s*multipart\//i.test(type)) return [];
  return bodyParts(type, body)
    .filter((part) => part.header('Content-Type') === 'message/sip')
    .map(({ content }) => content);
}

/** Of one who says little: more than that says nothing more. */
const MAX_IDENTITIES = 16;

const identities = (value: string | undefined): string[] =>
  parseNameAddrs(value ?? '')
    .slice(0, MAX_IDENTITIES)
    .flatMap(({ uri }) => recordOf(uri) ?? []);

const featuresIn = (contact: string): string[] =>
  parseNameAddrs(contact)
    .slice(0, 1)
    .flatMap(({ params }) => [...params.keys()].filter((name) => name.startsWith('+')))
    .slice(0, MAX_IDENTITIES);

function recordOf(uri: string): string | undefined {
  try {
    return addressOfRecord(uri);
  } catch {
    return undefined;
  }
}

const uriIn = (req: SipRequest, name: string, compact: string): string | undefined => {
  const uri = parseNameAddr(header(req, name, compact) ?? '')?.uri;
  return uri === undefined ? undefined : recordOf(uri);
};

const seconds = (text: string | undefined): number | undefined =>
  text !== undefined && /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined;
