// The control protocol of drachtio-server, as drachtio-srf speaks it: frames over TCP on the loopback interface.
//
// Differences from the real server: authentication is enforced; REFER outside a dialog is delivered; any request with a
// To tag and no dialog gets 481; unknown methods get 405 with Allow; compact header names are expanded; NOTIFY and
// UPDATE get a default Contact; From, To, Call-ID and CSeq cannot be overridden in a dialog; no limits on NUL or line
// length; frames to 4 MB; proxy, CDR, tags and outbound connections are not there.
export { Control, type ControlOptions } from './control.js';
