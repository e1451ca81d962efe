/** The conference event package's document: RFC 4575, with the nickname attribute of RFC 6501 as RFC 7701 §7.4 uses it. */
export {
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
export { formatDocument } from './xml.js';
export { diffDocuments } from './diff.js';
