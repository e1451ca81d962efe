/** Who is asked for the password of a room in a message (JOIN-15), and hears nothing of it before he knows it. */
import { serializeCpim } from '../../cpim/index.js';
import type { SwitchControl } from '../../focus-switch.js';
import { type NegotiatedSession, WrappedTypes } from '../../sdp/index.js';
import type { Clock, Timer } from '../../util/clock.js';
import type { Endpoint } from '../endpoint.js';
import type { Participant } from '../participant.js';
import type { Room } from '../room.js';
import type { JoinRequest } from '../types.js';

/** Milliseconds that he has to answer. */
const PATIENCE = 60_000;

/** Wrong answers until he has to call again. */
const MAX_WRONG = 3;

const QUESTION = 'This room has a password. Write it here to come in; nobody else sees it.';
const WRONG = 'That was not the password. Try again.';

/** Why somebody is turned away; the text of his BYE. */
const NO_ANSWER = 'No password was given';
const REFUSED = 'Wrong password';

/** Who stands there. */
interface Place {
  readonly room: Room;
  readonly participant: Participant;
  readonly endpoint: Endpoint;
}

export interface DoorHost {
  clock: Clock;
  control: Pick<SwitchControl, 'addEndpoint' | 'updateEndpoint' | 'tell'>;
  turnAway(reason: string): void;
  letIn(): void;
}

/** The door of a room, with one endpoint before it: its session is there for the question and the answer alone. */
export class Door {
  readonly #place: Place;
  readonly #request: JoinRequest;
  readonly #host: DoorHost;
  #timer: Timer | null = null;
  #wrong = 0;
  #asked = false;

  constructor(place: Place, request: JoinRequest, host: DoorHost) {
    this.#place = place;
    this.#request = request;
    this.#host = host;
  }

  /** The INVITE was answered with this session, or a re-INVITE. */
  arrived(session: NegotiatedSession): void {
    const { room, participant, endpoint } = this.#place;
    const { clock, control } = this.#host;
    const isKnown = endpoint.session !== null;
    endpoint.updated(session);
    const media = endpoint.media(room.uri, participant);
    if (media && isKnown) control.updateEndpoint(media);
    else if (media) control.addEndpoint(media);
    this.#timer ??= clock.after(PATIENCE, () => this.#host.turnAway(NO_ANSWER));
  }

  /** The session is there, perhaps again. */
  bound(): void {
    const peer = this.#place.endpoint.session?.peer;
    if (this.#asked || !peer) return;
    this.#asked = true;
    // Who cannot read the question cannot answer it.
    if (new WrappedTypes(peer.acceptTypes, peer.acceptWrappedTypes).takes('text/plain')) this.#say(QUESTION);
    else this.#turnAway(NO_ANSWER);
  }

  /** What he wrote; the status of his message. */
  answered(text: string): number {
    const { moderation } = this.#place.room;
    const verdict = moderation.checkPassword(this.#request, text.trim());
    if (verdict === 'right') {
      this.close();
      this.#place.endpoint.asked = false;
      this.#host.letIn();
      return 200;
    }
    if (verdict === 'too-often' || ++this.#wrong >= MAX_WRONG) this.#turnAway(REFUSED);
    else this.#say(WRONG);
    return 403;
  }

  /** He is in, or gone. */
  close(): void {
    this.#timer?.cancel();
  }

  /** Not before what is being answered at the moment has its answer. */
  #turnAway(reason: string): void {
    this.#timer?.cancel();
    this.#timer = this.#host.clock.after(0, () => this.#host.turnAway(reason));
  }

  #say(content: string): void {
    const { room, endpoint } = this.#place;
    const { uri, title: name } = room;
    const dateTime = this.#host.clock.date();
    const address = { name, uri };
    const contentType = 'text/plain;charset=utf-8';
    const message = serializeCpim({ from: address, to: [address], dateTime, contentType, content });
    this.#host.control.tell(endpoint.id, message);
  }
}
