import type { DialogMedia } from '../../../../plugin/invite/dialog-media.js';
import type { Face } from '../../../../plugin/face.js';
import { ANSWER_PATIENCE, OfferedSession } from '../../../../plugin/invite/offered-session.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** Offers stand for the URIs in them; `''` is about the session there is. */
function stage(): { clock: ManualClock; offered: OfferedSession; announced: string[] } {
  const clock = new ManualClock();
  const announced: string[] = [];
  const announce = (uri: string): (() => void) => {
    announced.push(uri);
    return () => void announced.splice(announced.indexOf(uri), 1);
  };
  const face = { clock, chat: { announce } } as unknown as Face;
  const media = { newSession: (offer: string) => offer || undefined } as unknown as DialogMedia;
  return { clock, offered: new OfferedSession(face, media), announced };
}

test('8122-6.2-02: one of a call is announced while that rings', () => {
  const { clock, offered, announced } = stage();
  offered.announce('a');
  clock.advance(3_600_000);
  offered.announce('a');
  expect(announced).toEqual(['a']);
  offered.withdraw();
  offered.withdraw();
  expect(announced).toEqual([]);
});

test('one in a dialog is announced for as long as its answer may take', () => {
  const { clock, offered, announced } = stage();
  offered.announce('a', ANSWER_PATIENCE);
  clock.advance(ANSWER_PATIENCE - 1);
  offered.announce('a', ANSWER_PATIENCE);
  clock.advance(ANSWER_PATIENCE - 1);
  expect(announced).toEqual(['a']);
  clock.advance(1);
  expect(announced).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('another one takes the place of the first; an offer about the session there is changes nothing', () => {
  const { clock, offered, announced } = stage();
  offered.announce('a', ANSWER_PATIENCE);
  offered.announce('b');
  offered.announce('');
  clock.advance(ANSWER_PATIENCE);
  expect(announced).toEqual(['b']);
});
