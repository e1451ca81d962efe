import { memberMedia } from '../../lib/cluster/member.js';
import type { EndpointMedia, RoomRules } from '../../lib/focus-switch.js';
import type { SwitchOptions } from '../../lib/switch/switch.js';
import { ManualClock } from './manual-clock.js';
import { MemoryNetwork } from './memory-bus.js';
import { Stage, type StageLine, turn } from './switch-stage.js';
import { endpoint } from './switch-world.js';

/** One room on several switches, each told of the members of the others as the focus would tell it. */
export class ClusterStage {
  /** Of the first switch, and of those that have none of their own. */
  readonly clock: ManualClock;
  readonly network = new MemoryNetwork();
  readonly nodes: Stage[];
  readonly #homes = new Map<string, number>();

  constructor(
    nodes: number,
    rules: Partial<RoomRules> = {},
    options: Partial<SwitchOptions> = {},
    clocks: readonly ManualClock[] = [new ManualClock()],
  ) {
    this.clock = clocks[0];
    this.nodes = Array.from(
      { length: nodes },
      (_, node) => new Stage(rules, { ...options, bus: this.network.bus(node) }, clocks[node] ?? this.clock),
    );
  }

  /** An endpoint of this switch; the others are told. */
  join(node: number, id: string, more: Partial<EndpointMedia> = {}): StageLine {
    this.#homes.set(id, node);
    const line = this.nodes[node].join(id, more);
    this.tell(node, endpoint(id, more));
    return line;
  }

  /** All other switches are told of what is known of an endpoint now. */
  tell(node: number, media: EndpointMedia): void {
    this.nodes.forEach(({ chat }, other) => {
      if (other !== node) chat.others.set(node, memberMedia(media));
    });
  }

  remove(id: string): void {
    this.#homes.delete(id);
    for (const { chat } of this.nodes) {
      chat.removeEndpoint(id);
      chat.others.remove(id);
    }
  }

  /** Everything that can go on does, until nothing is on its way. */
  async settle(): Promise<void> {
    await turn();
    for (let ready = this.network.ready; ready.length > 0; ready = this.network.ready) {
      for (const key of ready) this.network.deliver(key);
      await turn();
    }
  }

  /** Ends everything; returns what is left: timers, messages under way, and octets of them. */
  close(): typeof NOTHING_LEFT {
    for (const id of this.#homes.keys()) this.remove(id);
    for (const node of this.nodes) node.close();
    for (let ready = this.network.ready; ready.length > 0; ready = this.network.ready)
      for (const key of ready) this.network.deliver(key);
    const octets = this.nodes.reduce((sum, { chat }) => sum + chat.load.partialOctets + chat.held, 0);
    const messages = this.nodes.reduce((sum, { chat }) => sum + chat.others.underWay, 0);
    const timers = this.nodes.reduce((sum, { clock }) => sum + clock.pending, 0);
    return { timers, messages, octets };
  }
}

export const NOTHING_LEFT = { timers: 0, messages: 0, octets: 0 };
