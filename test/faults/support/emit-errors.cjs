// Loaded into the program before it starts: on SIGUSR2 everything that is open reports an error.
process.on('SIGUSR2', () => {
  const open = process._getActiveHandles().filter((handle) => typeof handle.emit === 'function');
  const kinds = new Set();
  for (const handle of open) {
    kinds.add(handle.constructor.name);
    const error = Object.assign(new Error('an error of the test'), { code: 'ECONNRESET' });
    handle.emit('error', error);
  }
  process.stdout.write(`errors of ${[...kinds].join(' ')}\n`);
});
