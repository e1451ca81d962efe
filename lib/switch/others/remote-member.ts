/** An endpoint at another switch, as far as routing here needs to know it. */
import type { MemberMedia } from '../../cluster/member.js';

import { WrappedTypes } from '../../sdp/index.js';
import type { Addressee } from '../addressee.js';
import { Backlog } from '../backlog.js';
import { uriKeys } from '../uri-keys.js';
import type { Reach } from './reach.js';

export class RemoteMember implements Addressee {
  readonly id: string;
  readonly reach: Reach;
  /** Of what its own switch says about its outbox: as much as slows down who sends (RFC 7701 §6.4). */
  readonly outbox = { backlog: new Backlog(0, 0), progressAt: 0 };
  readonly room: string;
  readonly participant: string;
  readonly privateMessages: boolean;
  readonly moderator: boolean;
  readonly mayReceive: boolean;
  /** Keys (`cpimUriKey`) of the URIs by which others address it. */
  readonly toKeys: ReadonlySet<string>;
  readonly #types: WrappedTypes;

  constructor(media: MemberMedia, reach: Reach) {
    this.id = media.id;
    this.reach = reach;
    this.room = media.room;
    this.participant = media.participant;
    this.privateMessages = media.privateMessages;
    this.moderator = media.moderator;
    this.mayReceive = media.mayReceive;
    this.toKeys = uriKeys(media.toUris);
    this.#types = new WrappedTypes(media.acceptTypes, media.acceptWrappedTypes);
  }

  takes(wrappedType: string): boolean {
    return this.#types.takes(wrappedType);
  }

  /** It has more than a window waiting, and took nothing of it since then, in ms since the epoch. */
  lags(progressAt: number): void {
    this.outbox.progressAt = progressAt;
    this.outbox.backlog.update(1);
  }

  /** It has caught up, or is gone: nobody waits for it. */
  relieved(): void {
    this.outbox.backlog.update(0);
  }
}
