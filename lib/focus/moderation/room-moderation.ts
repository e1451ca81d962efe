import { isTraceable } from '../addresses.js';
import type { Participant } from '../participant.js';
import { addressKeys } from '../person.js';
import type { FocusLimits, RoomConfig } from '../policy.js';
import { refusal } from '../refusal.js';
import type { Identity, JoinRequest } from '../types.js';
import type { Clock } from '../../util/clock.js';
import type { Role } from './acts.js';
import { Bans } from './bans.js';
import { Invited } from './invited.js';
import { moderationKeys } from './keys.js';
import { Mutes } from './mutes.js';
import { PasswordCheck, type Verdict } from './password.js';
import { isModerating, Roles } from './roles.js';
import { means, type UriPattern, uriPatterns } from './uri-pattern.js';

export interface RoomModerationOptions {
  clock: Clock;
  /** Room URI. */
  uri: string;
  limits: Readonly<FocusLimits>;
  /** Some of those who were muted may write again: call `mutes.expire`. */
  muteEnded: () => void;
}

/** What was decided about people in one room: who they are to it, and who may come in. */
export class RoomModeration {
  readonly roles = new Roles();
  readonly bans: Bans;
  readonly mutes: Mutes;
  readonly invited = new Invited();
  readonly #uri: string;
  readonly #passwords: PasswordCheck;
  #config: Readonly<RoomConfig>;
  #allow: readonly UriPattern[] = [];
  #deny: readonly UriPattern[] = [];

  constructor(config: Readonly<RoomConfig>, { clock, uri, limits, muteEnded }: RoomModerationOptions) {
    this.#uri = uri;
    this.#config = config;
    this.bans = new Bans(clock, () => limits.maxBans);
    this.mutes = new Mutes(clock, muteEnded);
    this.#passwords = new PasswordCheck(clock);
    this.configured(config);
  }

  configured(config: Readonly<RoomConfig>): void {
    this.#config = config;
    this.#allow = uriPatterns(config.allow);
    this.#deny = uriPatterns(config.deny);
    this.roles.configured(config);
  }

  /** GDM-05: who brings a room into being moderates it, unless its configuration says who does. */
  createdBy(identity: Identity): void {
    const { owners, moderators } = this.#config;
    if (owners.length + moderators.length > 0 || !isTraceable(identity)) return;
    this.roles.grant(addressKeys(identity), 'moderator');
  }

  roleOf(identity: Identity): Role {
    return this.roles.of(identity);
  }

  moderates(identity: Identity): boolean {
    return isModerating(this.roles.of(identity));
  }

  /** Until when his messages are refused, in ms since the epoch, Infinity for ever; undefined when they are not. */
  mutedUntil(participant: Participant): number | undefined {
    if (this.mutes.size === 0) return undefined;
    const times = moderationKeys(participant).flatMap((key) => this.mutes.until(key) ?? []);
    return times.length > 0 ? Math.max(...times) : undefined;
  }

  /** JOIN-03: the bans of the room and its ACL are 403. @throws ChatroomsError with `sipStatus` 403 */
  checkNotBanned(identity: Identity): void {
    if (this.bans.has(identity, this.moderates(identity))) throw refusal.banned(this.#uri);
    // PBX-03: "deny wins".
    if (this.#isDenied(identity)) throw refusal.notAllowed(this.#uri);
  }

  /**
   * Whether somebody may join who is not banned; true when he is to be asked for the password before.
   *
   * @param isMember he belongs to the room already, or was called by it
   * @throws ChatroomsError with `sipStatus` 403
   */
  checkJoin(request: JoinRequest, isMember: boolean): boolean {
    if (!isMember && !this.#isAllowed(request.identity)) throw refusal.notAllowed(this.#uri);
    const { password, passwordPrompt } = this.#config;
    // Who was called by the room does not have to show that he may come, nor who belongs to it.
    if (password === null || isMember || request.method !== 'dialed-in') return false;
    if (request.password == null) {
      if (passwordPrompt) return true;
      throw refusal.password(this.#uri, false);
    }
    const verdict = this.checkPassword(request, request.password);
    if (verdict !== 'right') throw refusal.password(this.#uri, verdict === 'too-often');
    return false;
  }

  /** What somebody says is the password; right when none is asked for any more. */
  checkPassword({ identity, source }: JoinRequest, given: string): Verdict {
    const { password } = this.#config;
    return password === null ? 'right' : this.#passwords.check(source ?? identity.uri, given, password);
  }

  /** He may not come in, nor watch from outside, whatever else holds. */
  isBanned(identity: Identity): boolean {
    return this.bans.has(identity, this.moderates(identity)) || this.#isDenied(identity);
  }

  /** SUB-08: he would be let in without being asked for anything. */
  isWelcome(identity: Identity): boolean {
    return !this.isBanned(identity) && this.#isAllowed(identity) && this.#config.password === null;
  }

  /**
   * The room invites somebody, and lets him in therefore.
   *
   * @param forgives who invites may take back that he was kicked (REF-14)
   * @throws ChatroomsError with `sipStatus` 403 when he may not come
   */
  invite(identity: Identity, forgives: boolean): void {
    if (forgives) this.bans.forgive(identity);
    this.checkNotBanned(identity);
    this.invited.add(identity);
  }

  /** The room has ended. */
  close(): void {
    this.mutes.close();
  }

  #isDenied(identity: Identity): boolean {
    if (this.#deny.length === 0) return false;
    const spared = this.moderates(identity);
    return this.#deny.some((pattern) => !(spared && pattern.wild) && means(pattern, identity));
  }

  /** PBX-03, PBX-13. */
  #isAllowed(identity: Identity): boolean {
    if (this.#allow.length === 0 && !this.#config.inviteOnly) return true;
    if (this.#allow.some((pattern) => means(pattern, identity))) return true;
    return this.moderates(identity) || this.invited.has(identity);
  }
}
