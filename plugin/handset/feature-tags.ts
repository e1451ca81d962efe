/** What tells handsets of RCS and OMA group chat that something is for them (RFC 3840, RFC 3841, RFC 6050). */
import type { SipHeaders } from '../drachtio/srf-types.js';

/** OMA SIMPLE IM. A handset of that age refuses what has it not with 403 (INV-07). */
const SIMPLE_IM = '+g.oma.sip-im';

/** OMA CPM, a session of a group. */
const CPM_GROUP = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.session.group"';

/** Parameters of a focus' Contact, behind `isfocus` (INV-07). */
export const FEATURE_TAGS = `;${SIMPLE_IM};${CPM_GROUP}`;

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
