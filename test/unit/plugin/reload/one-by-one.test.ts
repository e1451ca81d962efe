import { OneByOne } from '../../../../plugin/reload/one-by-one.js';

test('each begins when the one before is over, well or not, and says what came of it', async () => {
  const acts = new OneByOne();
  const said: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const act = (name: string): Promise<string> =>
    acts.run(() => {
      said.push(name);
      return new Promise((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve(name))));
    });
  const all = ['one', 'two', 'three'].map(act);
  const [first, second, third] = all;
  const failed = expect(first).rejects.toThrow('no');
  await new Promise(setImmediate);
  expect(said).toEqual(['one']);
  ends[0](new Error('no'));
  await failed;
  await new Promise(setImmediate);
  expect(said).toEqual(['one', 'two']);
  ends[1]();
  expect(await second).toBe('two');
  await new Promise(setImmediate);
  expect(said).toEqual(['one', 'two', 'three']);
  ends[2]();
  expect(await third).toBe('three');
});
