/** Who there is in a soak: names that server and load have to agree on. */
export const DOMAIN = 'conf.example.com';
export const FACTORY = 'chat-factory';
/** People there are; each may be in several rooms, on several devices. */
export const PEOPLE = 400;
export const MODERATORS = Array.from({ length: 20 }, (_, n) => `sip:user${n}@example.com`);

export const roomUri = (n: number): string => `sip:room${n}@${DOMAIN}`;
export const personUri = (n: number): string => `sip:user${n}@example.com`;

/** How somebody behaves who is called; the user part of his URI begins with it. */
export const TEMPERS = ['takes', 'busy', 'declines', 'rings', 'mute', 'slow'] as const;
export type Temper = (typeof TEMPERS)[number];

export const calleeUri = (temper: Temper, n: number): string => `sip:${temper}-${n}@example.net`;
export const temperOf = (uri: string): Temper => TEMPERS.find((temper) => uri.startsWith(`sip:${temper}-`)) ?? 'takes';
