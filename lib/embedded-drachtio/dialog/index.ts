// RFC 3261 §12 and §13.3.1.4, RFC 4028: dialogs, for UAC and UAS alike.
export { AcceptedInvite } from './accepted-invite.js';
export { Dialog, type InDialogRequestOptions } from './dialog.js';
export { DialogTable } from './dialog-table.js';
export {
  formatSessionExpires,
  MIN_SESSION_EXPIRES,
  parseSessionExpires,
  type SessionExpires,
  SessionTimer,
} from './session-timer.js';
