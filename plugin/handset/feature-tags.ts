/** What tells handsets of RCS and OMA group chat that something is for them (RFC 3840, RFC 3841, RFC 6050). */
import type { LegKind } from '../../lib/chat-server.js';
import { unquote } from '../../lib/embedded-drachtio/message/index.js';
import type { SipHeaders, SipRequest } from '../drachtio/srf-types.js';
import { header } from '../sip/header-values.js';

/** OMA SIMPLE IM. A handset of that age refuses what has it not with 403 (INV-07). */
const SIMPLE_IM = '+g.oma.sip-im';

/** OMA CPM, a session of a group. */
const CPM_GROUP = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.session.group"';

/** What a room passes on of RCS: places, files by HTTP, their thumbnails (CAP-02). */
const APPLICATIONS = ['geopush', 'fthttp', 'ftthumb'].map(
  (name) => `urn%3Aurn-7%3A3gpp-application.ims.iari.rcs.${name}`,
);

/** Parameters of a focus' Contact, behind `isfocus`: in every one (CAP-02) and in that of an INVITE (INV-07). */
export const FEATURE_TAGS = `;${SIMPLE_IM};${CPM_GROUP};+g.3gpp.iari-ref="${APPLICATIONS.join()}"`;

/** CAP-02: Contact of a focus, as the profile wants it. */
export const taggedContact = (contact: string, profile: 'rcs' | undefined): string =>
  profile === 'rcs' ? `${contact}${FEATURE_TAGS}` : contact;

/**
 * Two rows without `require` and `explicit`, so that either kind of handset will do (INV-07). drachtio-srf writes a header
 * once a name, and tells names apart by case: so there are two lines on the wire.
 */
export const ACCEPT_CONTACT: SipHeaders = {
  'Accept-Contact': `*;${SIMPLE_IM}`,
  'accept-contact': `*;${CPM_GROUP}`,
};

/** Value of P-Asserted-Service, not percent-encoded (INV-08). */
export const GROUP_SERVICE = 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session.group';

/** URIs may hold anything that looks like a tag. */
const URIS = /<(?:sips?|tel):[^>]*>/gi;

/** A tag of its own, not the beginning of a longer one. */
const SIMPLE_IM_TAG = /(?:^|[;,\s])\+g\.oma\.sip-im(?![\w.-])/i;

/** Values are quoted, or not, and hold one URN or several (RFC 3840 §9). */
const ICSI_TAGS = /(?:^|[;,\s])\+g\.3gpp\.icsi-ref\s*=\s*("[^"]*"|[^;,\s]*)/gi;

/**
 * What kind of leg a message is of, by the feature tags of its Contact and Accept-Contact (CAP-06); who has those of both
 * is of the newer kind.
 */
export function legKind(message: Pick<SipRequest, 'get'>): LegKind {
  const tags = `${header(message, 'Contact', 'm') ?? ''},${header(message, 'Accept-Contact', 'a') ?? ''}`.replace(
    URIS,
    '',
  );
  for (const [, value] of tags.matchAll(ICSI_TAGS)) {
    const services = unquote(value).replace(/%3a/gi, ':').toLowerCase();
    if (services.includes(':3gpp-service.ims.icsi.oma.cpm')) return 'cpm';
  }
  return SIMPLE_IM_TAG.test(tags) ? 'simple-im' : 'plain';
}

/** Whether that is a handset. */
export const isHandset = (kind: LegKind | undefined): boolean => kind === 'simple-im' || kind === 'cpm';
