import { readConferenceInfo } from '../../lib/client/conference-info.js';
import { Roster } from '../../lib/client/roster.js';

const ROOT = /<conference-info[^>]*?\sstate="(\w+)"[^>]*?\sversion="(\d+)"/;
const USER_COUNT = /<user-count>(\d+)</;

/** What one subscriber was told. */
export class Knowledge {
  /** The last full document and all after it. */
  #documents: Buffer[] = [];
  #version = -1;
  /** `user-count` as it was told last. */
  count = Number.NaN;

  /** Takes the body of a NOTIFY, in latin1; true when it is a full document. Throws when one before it is missing. */
  take(body: string): boolean {
    const [, state, version] = ROOT.exec(body) ?? [];
    if (state === undefined) throw new Error(`no document: ${body.slice(0, 200)}`);
    const full = state === 'full';
    // RFC 4575 §4.6: versions of one subscription are consecutive.
    if (Number(version) !== this.#version + 1) throw new Error(`version ${version} came after ${this.#version}`);
    if (this.#version < 0 && !full) throw new Error('the first document is partial');
    this.#version = Number(version);
    const count = USER_COUNT.exec(body)?.[1];
    if (count !== undefined) this.count = Number(count);
    // A copy: a part of what was read would keep all of that in memory.
    const octets = Buffer.from(body, 'latin1');
    if (full) this.#documents = [octets];
    else this.#documents.push(octets);
    return full;
  }

  /** URIs of those who are there, as the client library has it. */
  read(): Set<string> {
    const roster = new Roster();
    for (const document of this.#documents) {
      const { kind } = roster.apply(readConferenceInfo(document.toString()));
      if (kind !== 'changed') throw new Error(`a client could not use a document: ${kind}`);
    }
    return new Set(roster.participants.map(({ uri }) => uri));
  }

  /** The same in a cheaper way, which relies on how this server writes documents. */
  skim(): Set<string> {
    const there = new Set<string>();
    for (const document of this.#documents) {
      for (const user of document.toString('latin1').split('<user ').slice(1)) {
        const [, uri = '', state] = /^entity="([^"]*)" state="(\w+)"/.exec(user) ?? [];
        if (state === 'deleted' || user.includes('<status>disconnected<')) there.delete(uri);
        else there.add(uri);
      }
    }
    return there;
  }
}
