/** The chunks of a message, as a sender that always knows its length writes them. */
export function withoutOverlap(text: string, count: number): { body: string; range: string; flag: string }[] {
  const size = Math.ceil(text.length / count);
  return Array.from({ length: count }, (_, i) => {
    const body = text.slice(i * size, (i + 1) * size);
    const start = i * size + 1;
    return { body, range: `${start}-${start + body.length - 1}/${text.length}`, flag: i === count - 1 ? '$' : '+' };
  });
}
