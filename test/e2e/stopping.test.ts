/** What others see of a program that was told to stop, and waits for somebody who does not answer. */
import { type RunningProgram, serve } from '../support/program.js';
import { chatOffer, ScriptedAgent, SDP } from '../support/scripted-agent.js';

let program: RunningProgram;
const agents: ScriptedAgent[] = [];
afterEach(() => {
  program.kill();
  for (const agent of agents.splice(0)) agent.close();
});

async function agent(port: number, name: string): Promise<ScriptedAgent> {
  const opened = await ScriptedAgent.open(port, name);
  agents.push(opened);
  return opened;
}

test('SIGTERM: /healthz and /readyz are 503, so are INVITE and SUBSCRIBE; the second one ends it at once, with 1', async () => {
  const server = await serve('--drain-timeout', '120');
  ({ program } = server);
  const ana = await agent(server.sip.port, 'ana');
  expect((await ana.ask('INVITE', { headers: SDP, body: chatOffer() })).what).toBe('200');
  const pages = ['healthz', 'readyz'].map((name) => server.health.replace('healthz', name));
  for (const page of pages) expect([page, (await fetch(page)).status]).toEqual([page, 200]);

  program.signal('SIGTERM');
  // She never answers it.
  expect((await ana.next('BYE')).header('Reason')).toMatch(/^SIP;cause=503;/);
  for (const page of pages) {
    const { status, headers } = await fetch(page);
    expect([page, status, headers.get('cache-control')]).toEqual([page, 503, 'no-store']);
  }
  const ben = await agent(server.sip.port, 'ben');
  const refused = await ben.ask('INVITE', { headers: SDP, body: chatOffer() });
  expect([refused.what, Number(refused.header('Retry-After'))]).toEqual(['503', expect.any(Number)]);
  const cleo = await agent(server.sip.port, 'cleo');
  expect((await cleo.ask('SUBSCRIBE', { headers: { Event: 'conference', Expires: '600' } })).what).toBe('503');

  program.signal('SIGTERM');
  expect(await program.exited).toMatchObject({ code: 1 });
});
