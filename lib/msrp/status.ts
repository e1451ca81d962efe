/** Status codes (RFC 4975 §10, RFC 7701 §7) and the Status header of a REPORT (RFC 4975 §7.1.2). */

/** Comments are for people reading a trace; nobody may depend on them (4975-9-20). */
export const COMMENTS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  413: 'Stop Sending',
  415: 'Unsupported Media Type',
  // 4975-10-06: from relays, to AUTH; never ours.
  423: 'Parameter Out Of Bounds',
  424: 'Malformed Nickname',
  425: 'Nickname Reserved Or In Use',
  428: 'Private Messages Not Supported',
  481: 'No Such Session',
  501: 'Method Not Understood',
  506: 'Session Bound Elsewhere',
};

/** The Status header of a REPORT (RFC 4975 §7.1.2). */
export interface ReportStatus {
  /** Three digits; only "000" is known, any other namespace is ignored (4975-7.3.2-01). */
  namespace: string;
  code: number;
  comment: string | null;
}

/** 4975-9-18: namespace SP code [SP comment]; null when malformed. */
export function parseReportStatus(value: string): ReportStatus | null {
  const match = /^(\d{3}) (\d{3})(?: (.*))?$/s.exec(value);
  return match ? { namespace: match[1], code: Number(match[2]), comment: match[3] ?? null } : null;
}
