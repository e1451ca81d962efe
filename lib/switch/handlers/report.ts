/** REPORT (RFC 4975 §7.1.2) from a recipient: never answered, never passed on (7701-6.3-05). */
import type { Request } from '../../msrp/index.js';

export class ReportHandler {
  readonly #failed: () => void;

  /** @param failed the peer's session is lost (4975-7.3.2-03) */
  constructor(failed: () => void) {
    this.#failed = failed;
  }

  end(request: Request): void {
    const { status } = request;
    // 4975-7.3.2-01: other namespaces are unknown and ignored.
    if (status?.namespace !== '000') return;
    if (status.code === 408 || status.code === 481 || status.code === 506) this.#failed();
  }
}
