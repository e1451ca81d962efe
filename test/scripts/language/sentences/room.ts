/** What a program does with a room while it runs. */
import { parseRoomOptions } from '../../../../plugin/options/parse-options.js';
import { Deviation } from '../error.js';
import { readOptions } from '../options.js';
import type { Sentence } from '../script.js';
import { form } from '../sentence.js';

export const ROOM: readonly Sentence[] = [
  {
    form: form('<room> becomes <options:rest>'),
    run: (stage, slots) => {
      const options = readOptions(slots.must('options'));
      if (!options) throw new Error(`write OPTION=VALUE instead of ${slots.must('options')}`);
      const change = parseRoomOptions(options, true);
      const { focus } = stage.server.server.chat;
      if (!focus.configure(stage.room(slots.must('room')), change)) throw new Deviation('a room', 'none');
    },
  },
  {
    form: form('<room> closes'),
    run: (stage, slots) => stage.server.server.existing(stage.room(slots.must('room'))).close(),
  },
  {
    form: form('<room> is gone'),
    run: (stage, slots) =>
      stage.until('no such room', () => stage.server.server.room(stage.room(slots.must('room'))) === undefined),
  },
  {
    form: form('<room> still exists'),
    run: (stage, slots) => void stage.server.server.existing(stage.room(slots.must('room'))),
  },
  {
    form: form('<room> says <text>[ to <to:target>]'),
    run: async (stage, slots) => {
      const room = stage.server.server.existing(stage.room(slots.must('room')));
      const to = slots.get('to');
      await (to === undefined ? room : room.to(stage.uri(to))).send(stage.text(slots.must('text')));
    },
  },
  {
    form: form('<room> removes <target>[ for <text>]'),
    run: async (stage, slots) => {
      const room = stage.server.server.existing(stage.room(slots.must('room')));
      const text = slots.get('text');
      const removed = await room.participants
        .get(stage.uri(slots.must('target')))
        ?.kick(text === undefined ? undefined : stage.text(text));
      if (!removed) throw new Deviation('a participant to remove', 'none');
    },
  },
];
