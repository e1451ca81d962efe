// Loaded into the program before it starts: a second of its own is ten of the world, for all that waits a second or longer.
// What has to happen within half a minute then does on slow machines too.
const TIMES = 10;
const { setTimeout: realTimeout } = globalThis;
const realNow = performance.now.bind(performance);
const began = realNow();

performance.now = () => began + (realNow() - began) / TIMES;
globalThis.setTimeout = (action, delay, ...more) => realTimeout(action, delay >= 1000 ? delay * TIMES : delay, ...more);
