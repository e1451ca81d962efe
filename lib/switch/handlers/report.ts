/**
 * REPORT (RFC 4975 §7.1.2) from a recipient: never answered nor reported on (4975-7.1.2-02), never passed on (7701-6.3-05);
 * a body it may have is not looked at (4975-7.1.2-05).
 */
import type { Request } from '../../msrp/index.js';

export interface ReportHost {
  /** Told of the status of a message of ours, to be taken like that of a response (4975-7.3.2-01). */
  reported(messageId: string, status: number): void;
}

export class ReportHandler {
  readonly #host: ReportHost;

  constructor(host: ReportHost) {
    this.#host = host;
  }

  end(request: Request): void {
    const { status, messageId } = request;
    // 4975-7.3.2-01: other namespaces are unknown and ignored.
    if (status?.namespace === '000' && messageId !== null) this.#host.reported(messageId, status.code);
  }
}
