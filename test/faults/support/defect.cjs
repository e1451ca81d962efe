// Loaded into the program before it starts: a defect that nobody catches, whenever SIGUSR2 comes.
process.on('SIGUSR2', () => {
  setImmediate(() => {
    throw new Error('a defect of the test');
  });
});
