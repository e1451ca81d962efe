import { joinRoom, type TestParticipant } from '../../../lib/client/testing.js';
import { serve } from '../../support/program.js';
import type { Fault } from '../support/fault.js';

const ROOM = 'sip:lobby@localhost';
const SPEAKERS = 6;
/** Milliseconds from the join to the end. */
const PATIENCE = 240_000;
/** Messages of each that are there before the signal comes. */
const WARM = 50;

/** Who talks until the call ends; what was answered with 200. */
class Speaker {
  readonly acknowledged: string[] = [];
  readonly ended: Promise<unknown>;
  readonly #heard = new Set<string>();
  #over = false;

  constructor(
    readonly name: string,
    private readonly who: TestParticipant,
  ) {
    who.participant.on('message', ({ text }) => void this.#heard.add(text ?? ''));
    this.ended = who.events.next('ended', undefined, PATIENCE).then(([end]) => {
      this.#over = true;
      return end;
    });
  }

  missed(text: string): boolean {
    return !this.#heard.has(text);
  }

  /** Resolves when it is well under way. */
  talk(): Promise<void> {
    return new Promise((resolve) => void this.#talk(resolve));
  }

  async #talk(warm: () => void): Promise<void> {
    for (let n = 0; !this.#over; n++) {
      const text = `${this.name} ${n}`;
      // What is on its way when the call ends is not known to have arrived: nobody said so.
      const { status } = await this.who.participant.send(text).catch(() => ({ status: 0 }));
      if (status !== 200) return;
      this.acknowledged.push(text);
      if (n === WARM) warm();
    }
  }
}

export const sigtermInTraffic: Fault = {
  name: 'SIGTERM while all talk as fast as they can',
  async run() {
    const { program, sip } = await serve('--drain-timeout', '60');
    try {
      const speakers: Speaker[] = [];
      for (let n = 0; n < SPEAKERS; n++) {
        const uri = `sip:speaker${n}@example.com`;
        speakers.push(new Speaker(`speaker${n}`, await joinRoom(ROOM, { uri, proxy: sip, transport: 'tcp' })));
      }
      await Promise.all(speakers.map((speaker) => speaker.talk()));
      const exit = await program.stop();
      expect(exit).toMatchObject({ code: 0 });
      for (const { ended } of speakers) expect(await ended).toMatchObject({ kind: 'removed', cause: 503 });
      const acknowledged = speakers.flatMap((speaker) =>
        speaker.acknowledged.map((text) => ({ text, others: speakers.filter((other) => other !== speaker) })),
      );
      const lost = acknowledged.flatMap(({ text, others }) =>
        others.filter((other) => other.missed(text)).map(({ name }) => `${text}, at ${name}`),
      );
      expect(lost).toEqual([]);
      return {
        notices: 'everybody: BYE with Reason 503',
        lost: 'nothing that was acknowledged; what was on its way has no answer',
        figures: [`${acknowledged.length} messages acknowledged`],
      };
    } finally {
      program.kill();
    }
  },
};
