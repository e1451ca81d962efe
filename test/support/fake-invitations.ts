import type { InvitationRequest, Invitations, Progress } from '../../plugin/invitations/invitations.js';
import type { Server } from '../../plugin/server.js';
import type { ChatroomsError } from '../../lib/util/errors.js';

/** Invitations that nobody gets: the test says what becomes of them. */
export class FakeInvitations implements Invitations {
  readonly requests: InvitationRequest[] = [];
  readonly #progress = new Map<string, (progress: Progress) => void>();
  /** Thrown instead. */
  refusal: ChatroomsError | undefined;

  /** In place of those of a server. */
  static of(server: Server): FakeInvitations {
    const fake = new FakeInvitations();
    Object.defineProperty(server, 'invitations', { value: fake });
    return fake;
  }

  /** URIs of everybody invited so far. */
  get uris(): string[] {
    return this.requests.flatMap(({ invitees }) => invitees.map(({ uri }) => uri));
  }

  invite(request: InvitationRequest, progress: (progress: Progress) => void = () => {}): void {
    if (this.refusal) throw this.refusal;
    this.requests.push(request);
    for (const invitee of request.invitees) {
      this.#progress.set(invitee.uri, ({ status, reason, final }) => progress({ invitee, status, reason, final }));
    }
  }

  /** His INVITE was answered. */
  answer(uri: string, status: number, reason: string): void {
    this.#progress.get(uri)?.({ invitee: { uri }, status, reason, final: status >= 200 });
  }
}
