/** What settings say to the part that knows no SIP. */
import type { ChatServerOptions, MsrpLimits, RoomConfigChange } from '../../lib/chat-server.js';
import { focusLimits, msrpLimits } from '../limits/in-force.js';
import type { ChatroomSettings } from '../options/options.js';

type Changeable = Pick<ChatServerOptions, 'limits' | 'rooms' | 'maxLoopDelay' | 'maxMemory'>;

/**
 * What can change while the server runs, all of it.
 *
 * @param uriOf of a room by its name, in the first domain, or by its URI, and what it is to be like
 */
export function adjustmentsOf(
  settings: ChatroomSettings,
  uriOf: (nameOrUri: string, config: RoomConfigChange) => string,
): Changeable & { msrp: MsrpLimits } {
  const { limits, rooms } = settings;
  const { maxLoopDelay, maxMemory } = limits;
  const staticRooms = Object.entries(rooms.static).map(([name, config]) => [uriOf(name, config), config]);
  return {
    msrp: limitsOfMsrp(settings),
    limits: focusLimits(settings),
    rooms: { ...rooms, static: Object.fromEntries(staticRooms) },
    maxLoopDelay,
    maxMemory,
  };
}

function limitsOfMsrp(settings: ChatroomSettings): MsrpLimits {
  const { interop, msrp } = settings;
  const lenientMessageId = interop.lenientMessageId && !interop.strict;
  return { ...msrpLimits(settings), connect: msrp.connect, lenientMessageId };
}
