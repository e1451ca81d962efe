/** What can be done in a room, each as the question that is asked before. */
import type { Ban, Participant, Room } from '../../../../api/schemas/index.js';
import { oneLine } from '../../shared/text.js';
import type { Api } from '../api/api.js';
import { strings } from '../strings.js';
import { personName } from './person-row.js';
import type { Field, Question } from './question-dialog.js';

/** In a header of SIP, see `reason` of the API. */
const REASON: Field = { name: 'reason', label: strings.ask.reason, maxlength: 200 };
const ROLES = Object.entries(strings.person.roles);

export const roomLabel = ({ title, name }: Pick<Room, 'title' | 'name'>): string => oneLine(title ?? name, 60);

export class RoomQuestions {
  readonly #room: string;

  constructor(
    private readonly api: Api,
    private readonly room: Room,
  ) {
    this.#room = roomLabel(room);
  }

  kick(person: Participant): Question {
    const { done, ...words } = strings.ask.kick(personName(person), this.#room);
    return this.#question({ ...words, fields: [REASON], action: strings.person.kick, danger: true }, async (values) => {
      await this.api.kick(this.room.uri, person.uri, values.reason ?? '');
      return done;
    });
  }

  ban(person: Participant): Question {
    const { done, ...words } = strings.ask.ban(personName(person), this.#room);
    return this.#question({ ...words, fields: [REASON], action: strings.person.ban, danger: true }, async (values) => {
      const reason = values.reason === '' ? {} : { reason: values.reason };
      await this.api.ban(this.room.uri, { pattern: person.uri, ...reason });
      return done;
    });
  }

  unban({ pattern }: Ban): Question {
    const { done, ...words } = strings.ask.unban(oneLine(pattern, 80), this.#room);
    return this.#question({ ...words, action: strings.room.unban }, async () => {
      await this.api.unban(this.room.uri, pattern);
      return done;
    });
  }

  mute(person: Participant): Question {
    const { ask, person: names } = strings;
    const { muted } = person;
    const { done, ...words } = (muted ? ask.unmute : ask.mute)(personName(person), this.#room);
    const action = muted ? names.unmute : names.mute;
    return this.#question({ ...words, action, danger: !muted }, async () => {
      await this.api.changeParticipant(this.room.uri, person.uri, { muted: !muted });
      return done;
    });
  }

  role(person: Participant): Question {
    const words = strings.ask.role(personName(person), this.#room);
    const fields: Field[] = [{ name: 'role', label: strings.person.role, value: person.role, kind: ROLES }];
    return this.#question({ ...words, fields, action: strings.person.changeRole }, async ({ role }) => {
      const { role: given } = await this.api.changeParticipant(this.room.uri, person.uri, {
        role: role as Participant['role'],
      });
      return strings.ask.roleDone(personName(person), strings.person.roles[given]);
    });
  }

  lock(): Question {
    const { locked } = this.room;
    const { done, ...words } = (locked ? strings.ask.unlock : strings.ask.lock)(this.#room);
    const action = locked ? strings.room.unlock : strings.room.lock;
    return this.#question({ ...words, action }, async () => {
      await this.api.configure(this.room.uri, { locked: !locked });
      return done;
    });
  }

  topic(): Question {
    const { done, ...words } = strings.ask.topic(this.#room);
    const { subject } = this.room;
    const fields: Field[] = [{ name: 'subject', label: strings.ask.topicField, value: subject, maxlength: 500 }];
    return this.#question({ ...words, fields, action: strings.room.topic }, async (values) => {
      await this.api.configure(this.room.uri, { subject: values.subject ?? '' });
      return done;
    });
  }

  send(): Question {
    const words = strings.ask.send(this.#room);
    const fields: Field[] = [
      { name: 'text', label: strings.ask.sendField, kind: 'area', required: true, maxlength: 8000 },
    ];
    return this.#question({ ...words, fields, action: strings.room.send }, async ({ text = '' }) => {
      const { recipients } = await this.api.send(this.room.uri, { text });
      return strings.ask.sent(recipients);
    });
  }

  #question(question: Omit<Question, 'run'>, run: Question['run']): Question {
    return { ...question, run };
  }
}
