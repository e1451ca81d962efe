import { spawn } from 'node:child_process';
import { family, parentOf, residentKbOf, runningParents } from '../../../../bench/peers/processes.js';

test('the parent is read behind a command name that has spaces and parentheses', () => {
  expect(parentOf('4711 (beam) 1 (x) S 42 4711 4711 0 -1 4194560 1 2 3')).toBe(42);
});

test('a family is a process with children and grandchildren, and none of the others', () => {
  const parents = new Map([
    [10, 1],
    [11, 10],
    [12, 11],
    [13, 10],
    [20, 1],
    [21, 20],
  ]);
  expect(family(10, parents)).toEqual([10, 11, 13, 12]);
  expect(family(99, parents)).toEqual([99]);
});

test('a child of this process is in its family and has memory; one that has ended has none', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log("up")']);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  expect(family(process.pid, runningParents())).toContain(child.pid);
  expect(residentKbOf(child.pid ?? 0)).toBeGreaterThan(1000);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.end();
  await exited;
  expect(residentKbOf(child.pid ?? 0)).toBe(0);
});
