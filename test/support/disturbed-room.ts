import { ALICE, ROOM as VECTOR_ROOM, URIS } from '../conformance/systems/context.js';
import { Stage, type StageLine, turn } from './switch-stage.js';
import { cpim, endpoint, ROOM } from './switch-world.js';

/** A room of three where one connection, bound as the vectors expect it, may say anything. */
export class DisturbedRoom {
  readonly stage = new Stage();
  readonly stranger: StageLine;
  readonly #bob: StageLine;
  readonly #carol: StageLine;
  #count = 0;

  constructor() {
    const media = endpoint('alice#1', { fromUris: URIS.alice, toUris: URIS.alice, roomAliases: [VECTOR_ROOM] });
    const { session } = media;
    const peer = { ...session.peer, path: [ALICE.peerUri] };
    this.stage.chat.addEndpoint({ ...media, session: { ...session, localUri: ALICE.localUri, peer } });
    this.stranger = this.stage.open('alice#1');
    const bound = this.stage.sessions.find([ALICE.localUri]);
    if (bound) this.stranger.driver.connection.bind(bound);
    [this.#bob, this.#carol] = ['bob#1', 'carol#1'].map((id) => this.stage.join(id));
  }

  /** What the stranger says, in the pieces it comes in; past the driver, which would catch what is thrown. */
  disturb(pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.stranger.driver.connection.receive(Buffer.from(piece));
  }

  /** Whether a message of one of the others still reaches the third. */
  async works(): Promise<boolean> {
    const text = cpim('bob', ROOM, `are you there? ${++this.#count}`);
    const answered = this.#bob.statuses.length;
    this.#bob.send(text);
    await turn();
    return this.#carol.lastBody === text && this.#bob.statuses.length === answered + 1;
  }

  /** Everybody leaves; the timers that are left. */
  close(): number {
    return this.stage.close();
  }
}
