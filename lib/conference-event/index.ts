/**
 * The documents of the conference event package, as values and as text: RFC 4575 with the nickname attribute of RFC 6501
 * as RFC 7701 §7.4 uses it, full and partial; the data model of RFC 6501 and its changes (RFC 6502, RFC 5261).
 */
export { diffDocuments } from './diff.js';
export {
  type Anonymity,
  type AvailableMedium,
  CONFERENCE_INFO_TYPE,
  type ConferenceDescription,
  type ConferenceDocument,
  type ConferenceState,
  type DisconnectionMethod,
  type ElementState,
  type Endpoint,
  type EndpointMedia,
  type EndpointStatus,
  type Execution,
  type HostInfo,
  type JoiningMethod,
  type MediaStatus,
  type UriEntry,
  type User,
  type Users,
  XCON_DIFF_TYPE,
  XCON_TYPE,
} from './document.js';
export { DocumentText, formatDocument } from './xml.js';
export { XconDocuments, type XconOptions } from './xcon/documents.js';
export { conferenceObjectUri, xconUserIds } from './xcon/identifiers.js';
