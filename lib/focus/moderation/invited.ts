import { addressKeys } from '../person.js';
import { Recent } from '../../util/recent.js';
import type { Identity } from '../types.js';

/** URIs remembered of one room. */
const MAX_INVITED = 10_000;

/** Whom the room invited, and who may come therefore where only they may. */
export class Invited {
  readonly #keys = new Recent<true>(MAX_INVITED);

  add(identity: Identity): void {
    for (const key of addressKeys(identity)) this.#keys.set(key, true);
  }

  has(identity: Identity): boolean {
    return addressKeys(identity).some((key) => this.#keys.has(key));
  }

  delete(identity: Identity): void {
    for (const key of addressKeys(identity)) this.#keys.delete(key);
  }
}
