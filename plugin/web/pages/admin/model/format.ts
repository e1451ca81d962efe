/** Numbers and times for people. */

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/** `0 B`, `850 B`, `12 kB`, `3.4 MB` */
export function octets(count: number): string {
  if (count < 1000) return `${Math.round(count)} B`;
  // 999.5 kB are 1.0 MB.
  const power = Math.min(UNITS.length, Math.floor(Math.log10(count / 0.9995) / 3));
  const value = count / 1000 ** power;
  return `${value.toFixed(value < 9.95 ? 1 : 0)} ${UNITS[power - 1]}`;
}

/** `12,345` */
export const number = (value: number): string => value.toLocaleString('en');

/** `0`, `0.4`, `12.5`, `1,234` */
export const rate = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });

/** `0.3 ms`, `12 ms`, `1.4 s` */
export function milliseconds(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** The two largest units of it: `3 d 4 h`, `2 h 5 min`, `7 min`, `12 s`. @param seconds of a time span */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${whole} s`;
}

/** `14:03:22`, with the date where it is of another day. @param time as RFC 3339 has it */
export function clockTime(time: string, today: Date): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const clock = date.toLocaleTimeString('en-GB');
  return date.toDateString() === today.toDateString() ? clock : `${date.toLocaleDateString('en-CA')} ${clock}`;
}
