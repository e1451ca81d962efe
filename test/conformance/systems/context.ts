/** The default context of test/vectors/README.md. */
export interface ContextSession {
  name: string;
  participant: string;
  localUri: string;
  peerUri: string;
  acceptTypes: string[];
  acceptWrappedTypes: string[] | null;
  privateMessages: boolean;
  chatroom: boolean;
}

const session = (
  name: string,
  localUri: string,
  peerUri: string,
  wrapped: string[] | null,
  more: Partial<ContextSession> = {},
): ContextSession => ({
  name,
  participant: name.split('#')[0],
  localUri,
  peerUri,
  acceptTypes: ['message/cpim'],
  acceptWrappedTypes: wrapped,
  privateMessages: true,
  chatroom: true,
  ...more,
});

export const ALICE = session(
  'alice#1',
  'msrp://chat.example.net:2855/rm7Kq2ZtW9xA1c;tcp',
  'msrp://alice.example.org:7394/a1Jw83kdLs0Qe4;tcp',
  ['*'],
);
export const BOB = session(
  'bob#1',
  'msrp://chat.example.net:2855/rmB5hT0pYq7Lz2;tcp',
  'msrp://bob.example.org:9001/b6Tn2PzXv8Rk1m;tcp',
  ['*'],
);
const BOB_2 = session(
  'bob#2',
  'msrp://chat.example.net:2855/rmQ8sV1nGw3Jk5;tcp',
  'msrp://bob.example.org:9002/b7Uo3QaYw9Sl2n;tcp',
  ['text/plain', 'message/cpim'],
);
const CAROL = session(
  'carol#1',
  'msrp://chat.example.net:2855/rmC2xF6yHt4Mb7;tcp',
  'msrp://carol.example.com:5001/c8Vp4RbZx0Tm3o;tcp',
  null,
  { acceptTypes: ['message/cpim', 'text/plain'], privateMessages: false, chatroom: false },
);
export const ANON = session(
  'anon#1',
  'msrp://chat.example.net:2855/rmD9f4KsMo2Ub3;tcp',
  'msrp://198.51.100.23:40112/d2Lc7VgEi9Xa5p;tcp',
  ['text/plain', 'text/html'],
);
export const V6 = session(
  'v6#1',
  'msrp://[2001:db8::25]:2855/rm6Yp1QkHz8Tn4;tcp',
  'msrp://[2001:db8::1:7]:7000/v6Mb3RtFj0Ws8q;tcp',
  ['*'],
);
export const NEWBIE = session(
  'newbie',
  'msrp://chat.example.net:2855/rmN3w8GxUe6Vk9;tcp',
  'msrp://newbie.example.com:7001/n0Hq5WjCy4Sd7f;tcp',
  ['*'],
);

export const ROOM = 'sip:lounge@chat.example.net';
export const MEMBERS: readonly ContextSession[] = [ALICE, BOB, BOB_2, CAROL, ANON];

/** URIs by participant. */
export const URIS: Readonly<Record<string, readonly string[]>> = {
  alice: ['sip:alice@example.org', 'tel:+15550100', 'im:alice@example.org'],
  bob: ['sip:bob@example.org'],
  carol: ['sip:carol@example.com'],
  anon: ['sip:anonymous3@anonymous.invalid'],
  v6: ['sip:v6@example.org'],
  newbie: ['sip:newbie@example.com'],
};

export const NICKNAMES: Readonly<Record<string, string>> = { bob: 'Nightjar', anon: 'Night Owl' };
export const RESERVED_NICKNAMES: readonly string[] = ['admin', 'moderator'];
