/** NICKNAME (RFC 7701 §7); the value is written as the script writes it, quotes included. */
import type { Sentence } from '../script.js';
import { form } from '../sentence.js';
import { expectStatus } from './status.js';

export const NICKNAMES: readonly Sentence[] = [
  {
    form: form('<actor> asks for nickname <value:rest>[ -> <status>]'),
    run: async (stage, slots) => {
      const actor = stage.actor(slots.must('actor'));
      const tid = actor.nextId();
      const response = actor.inbox.response(tid);
      const value = Buffer.from(slots.must('value')).toString('latin1');
      const head = [`MSRP ${tid} NICKNAME`, `To-Path: ${actor.roomPath}`, `From-Path: ${actor.path}`];
      actor.session.write([...head, `Use-Nickname: ${value}`, `-------${tid}$`, ''].join('\r\n'));
      stage.awaits('a response to the NICKNAME');
      expectStatus(slots.get('status'), (await response).what);
    },
  },
];
