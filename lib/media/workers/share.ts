import { ChatroomsError } from '../../util/errors.js';
import { type Address, type MsrpOptions, SHARED_DEFAULTS } from '../options.js';
import type { Share } from './to-worker.js';

const MAX_SPOOL_BYTES = 4_294_967_296;
/** The main thread alone has to know it. */
const ANY_PORT: Address = { host: '127.0.0.1', port: 0 };
const MAX_PORT = 65_535;

/**
 * What each worker gets: listeners `portStep` ports above those of the one before, and its part of what all may hold.
 *
 * @throws ChatroomsError `CHAT_ERR_OPTION` when two would listen at one port, or there is no such port
 */
export function sharesOf(options: MsrpOptions, count: number, portStep: number): Share[] {
  const { resolve: _resolve, sharedWs, ...msrp } = options;
  const { maxSpoolBytes = MAX_SPOOL_BYTES } = msrp;
  const all = { ...SHARED_DEFAULTS, ...present(msrp) };
  const part = (whole: number): number => Math.ceil(whole / count);
  const shares = Array.from({ length: count }, (_, index): Share => {
    const shifted = (address: Address): Address => above(address, index * portStep);
    const webSocket = (ws: NonNullable<MsrpOptions['ws']>): NonNullable<MsrpOptions['ws']> => ({
      ...ws,
      listen: shifted(ws.listen),
      ...(ws.advertise && { advertise: shifted(ws.advertise) }),
    });
    return {
      msrp: {
        ...msrp,
        listen: shifted(msrp.listen),
        tls: msrp.tls && { ...msrp.tls, listen: shifted(msrp.tls.listen) },
        ws: msrp.ws && webSocket(msrp.ws),
        wss: msrp.wss && webSocket(msrp.wss),
        ...(sharedWs && { behindWs: { listen: ANY_PORT, origins: sharedWs.origins } }),
        maxSpoolBytes: Math.floor(maxSpoolBytes / count),
        maxPartialBytes: part(all.maxPartialBytes),
        maxTotalPendingBytes: part(all.maxTotalPendingBytes),
        maxConnections: part(all.maxConnections),
        maxUnboundConnections: part(all.maxUnboundConnections),
        maxUnboundPerAddress: msrp.maxUnboundPerAddress === undefined ? undefined : part(msrp.maxUnboundPerAddress),
      },
    };
  });
  checkPorts(shares, portStep);
  return shares;
}

/** Without the members that are there but undefined. */
const present = <T extends object>(partial: T): T =>
  Object.fromEntries(Object.entries(partial).filter(([, value]) => value !== undefined)) as T;

/** Port 0 takes a free one, whichever worker asks. */
const above = ({ host, port }: Address, by: number): Address => ({ host, port: port === 0 ? 0 : port + by });

function checkPorts(shares: readonly Share[], portStep: number): void {
  const taken = new Set<number>();
  for (const [index, { msrp }] of shares.entries()) {
    for (const listener of [msrp.listen, msrp.tls?.listen, msrp.ws?.listen, msrp.wss?.listen]) {
      if (!listener || listener.port === 0) continue;
      const { port } = listener;
      if (port > MAX_PORT || taken.has(port)) {
        const what = port > MAX_PORT ? 'there is none' : 'another one does already';
        throw new ChatroomsError(
          'CHAT_ERR_OPTION',
          `Option workerPortStep: with ${portStep}, worker ${index} would listen at port ${port}, and ${what}.`,
        );
      }
      taken.add(port);
    }
  }
}
