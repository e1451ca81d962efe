import type { TestParticipant } from '../../lib/client/testing.js';
import type { ReceivedMessage } from '../../lib/client/received-message.js';
import type { Joining, ServerUnderTest } from './server.js';

/** Two who talk in a room that is attacked. */
export class Bystanders {
  #count = 0;

  private constructor(
    readonly room: string,
    readonly ana: TestParticipant,
    readonly bob: TestParticipant,
  ) {}

  static async in(server: ServerUnderTest, room = server.newRoom(), options: Joining = {}): Promise<Bystanders> {
    return new Bystanders(room, await server.join(room, 'ana', options), await server.join(room, 'bob', options));
  }

  /** They hear each other, and have heard nothing else since the last time. Resolves to what Bob heard of others. */
  async undisturbed(): Promise<void> {
    const { ana, bob } = this;
    for (const [from, to] of [
      [ana, bob],
      [bob, ana],
    ]) {
      const text = `undisturbed ${++this.#count}`;
      expect(await from.participant.send(text)).toMatchObject({ status: 200 });
      const [heard]: [ReceivedMessage] = await to.events.next('message');
      expect(heard.text).toBe(text);
      expect(heard.from).toBe(from.participant.uri);
    }
  }
}
