// Preloaded with --require and --expose-gc: answers any message of the parent with the octets that are really needed.
const { gc } = globalThis as { gc?: () => void };

process.on('message', () => {
  gc?.();
  const { external, heapUsed } = process.memoryUsage();
  process.send?.(heapUsed + external);
});
// The program ends as if nobody asked.
process.channel?.unref();
