import { patientClock } from '../support/patient-clock.js';
import { ServerUnderTest } from '../support/server.js';
import { type SippTransport, sipp, WELL } from '../support/sipp.js';
import { type Expected, SDP, SippScenario } from '../support/sipp-scenario.js';

const ROOM = {
  denying: 'sip:denying@conf.example.com',
  allowing: 'sip:allowing@conf.example.com',
  inviting: 'sip:inviting@conf.example.com',
  secret: 'sip:secret@conf.example.com',
  banning: 'sip:banning@conf.example.com',
};

const ANA = 'sip:ana@example.com';
const BO = 'sip:bo@example.com';

const NOT_ALLOWED = '399 conf.example.com "You may not join this conference"';
const BANNED = '399 conf.example.com "You are banned from this conference"';
const PASSWORD = '399 conf.example.com "The conference has a password"';

/** Who calls which room, what he says of its password, and what the Warning of the 403 is; null for 200. */
interface Row {
  name: string;
  room: string;
  from: string;
  header?: string;
  pin?: string;
  warning: string | null;
}

const ROWS: Row[] = [
  { name: 'JOIN-03: denied', room: ROOM.denying, from: ANA, warning: NOT_ALLOWED },
  { name: 'JOIN-03: of a denied domain', room: ROOM.denying, from: 'sip:eve@spam.example', warning: NOT_ALLOWED },
  { name: 'JOIN-03: not denied', room: ROOM.denying, from: BO, warning: null },
  { name: 'JOIN-03: not allowed', room: ROOM.allowing, from: BO, warning: NOT_ALLOWED },
  { name: 'JOIN-03: allowed', room: ROOM.allowing, from: ANA, warning: null },
  { name: 'JOIN-03: not invited', room: ROOM.inviting, from: BO, warning: NOT_ALLOWED },
  { name: 'JOIN-03: who moderates needs no invitation', room: ROOM.inviting, from: ANA, warning: null },
  { name: 'JOIN-03 REF-14: banned', room: ROOM.banning, from: ANA, warning: BANNED },
  { name: 'JOIN-03 REF-14: not banned', room: ROOM.banning, from: BO, warning: null },
  { name: 'JOIN-15: no password', room: ROOM.secret, from: BO, warning: PASSWORD },
  { name: 'JOIN-15: a wrong header', room: ROOM.secret, from: BO, header: '4321', warning: PASSWORD },
  { name: 'JOIN-15: a wrong pin', room: ROOM.secret, from: BO, pin: '4321', warning: PASSWORD },
  { name: 'JOIN-15: the header', room: ROOM.secret, from: BO, header: '1234', warning: null },
  { name: 'JOIN-15: the pin', room: ROOM.secret, from: BO, pin: '1234', warning: null },
];

let server: ServerUnderTest;

async function start(profile?: 'rcs'): Promise<void> {
  server = await ServerUnderTest.start({
    sipClock: patientClock,
    ...(profile && { profile }),
    rooms: {
      create: 'nobody',
      static: {
        [ROOM.denying]: { deny: [ANA, '*@spam.example'] },
        [ROOM.allowing]: { allow: [ANA] },
        [ROOM.inviting]: { inviteOnly: true, moderators: [ANA] },
        [ROOM.secret]: { password: '1234', passwordPrompt: false },
        [ROOM.banning]: {},
      },
    },
  });
  await server.server.room(ROOM.banning)?.ban(ANA);
}

/** The call of a row. @param expected of a refusal */
function call({ room, from, header, pin, warning }: Row, expected: Expected): SippScenario {
  const scenario = new SippScenario({ from, to: room });
  const sending = {
    ...(pin !== undefined && { uri: `${room};pin=${pin}` }),
    headers: [SDP, ...(header === undefined ? [] : [['X-Room-Password', header] as const])],
  };
  return warning === null ? scenario.join(sending).bye() : scenario.refusedInvite(403, expected, sending);
}

const play = (scenario: SippScenario, transport: SippTransport) => sipp({ scenario, target: server.sip, transport });

describe.each(['u1', 't1'] as const)('who may join, SIPp -t %s', (transport) => {
  beforeAll(() => start());
  afterAll(() => server?.close());

  test.each(ROWS.map((row) => [row.name, row.warning === null ? 200 : 403, row] as const))(
    '%s: %i',
    async (_name, _status, row) => {
      expect(await play(call(row, { Warning: row.warning }), transport)).toEqual(WELL);
      expect(server.server.room(row.room)?.participants.size).toBe(0);
    },
  );
});

describe('who may join with profile rcs', () => {
  beforeAll(() => start('rcs'));
  afterAll(() => server?.close());

  // What a handset finds in a Warning makes it give up more than this room.
  test.each(ROWS.filter(({ warning, header }) => warning !== null && header === undefined))(
    'FAC-24 $name: 403 without Warning',
    async (row) => {
      expect(await play(call(row, { Warning: null }), 't1')).toEqual(WELL);
    },
  );
});
