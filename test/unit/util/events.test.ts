import { Emitter } from '../../../lib/util/events.js';

class Bell extends Emitter<{ ring: [times: number] }> {
  ring(times: number): boolean {
    return this.emit('ring', times);
  }
}

test('a listener that was to be called once can be taken away before, by its own name', () => {
  const bell = new Bell();
  const heard: number[] = [];
  const listener = (times: number): void => void heard.push(times);
  bell.once('ring', listener).off('ring', listener);
  expect(bell.ring(1)).toBe(false);
  bell.once('ring', listener);
  bell.ring(2);
  bell.ring(3);
  expect(heard).toEqual([2]);
});

test('what a listener throws is the matter of who told of it', () => {
  const bell = new Bell();
  bell.on('ring', () => {
    throw new Error('too loud');
  });
  expect(() => bell.ring(1)).toThrow('too loud');
});
