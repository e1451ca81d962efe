import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

/** Another address than that of the callers, so that it can be trusted without them. */
export const PROXY_ADDRESS = '127.0.0.2';

interface Routing {
  port: number;
  /** Of the rooms. */
  domain: string;
  /** Where their server listens. */
  server: string;
}

/** What it says once it takes requests. */
const READY = 'chatroom proxy is ready';

/** The configuration of docs/identity.md for a proxy in front of the rooms, with users `ana` and `bob` of `example.com`. */
const configuration = ({ port, domain, server }: Routing): string => `#!KAMAILIO
debug=2
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:${PROXY_ADDRESS}:${port}
listen=tcp:${PROXY_ADDRESS}:${port}
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "auth.so"
loadmodule "htable.so"
modparam("htable", "htable", "users=>size=4;")
event_route[core:worker-one-init] { xlog("L_ERR", "${READY}\n"); }
event_route[htable:mod-init] {
  $sht(users=>ana) = "secret";
  $sht(users=>bob) = "hidden";
}
request_route {
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  t_check_trans();
  # what users say of themselves, in every request: a made-up To tag is no way round it
  if ($si != "127.0.0.1" || $sp != "${server.split(':')[1]}") {
    remove_hf("P-Asserted-Identity");
    remove_hf("P-Served-User");
  }
  if (has_totag()) {
    if (!loose_route() && $rd != "${domain}") { if (!is_method("ACK")) { sl_send_reply("404", "Not Here"); } exit; }
    if ($rd == "${domain}") { $du = "sip:${server}"; }
    t_relay();
    exit;
  }
  if ($fd != "example.com" || $rd != "${domain}") { sl_send_reply("403", "Forbidden"); exit; }
  if (!pv_www_authenticate("$fd", "$sht(users=>$fU)", "0")) { www_challenge("$fd", "1"); exit; }
  if ($au != $fU) { sl_send_reply("403", "Forbidden"); exit; }
  consume_credentials();
  record_route();
  append_hf("P-Asserted-Identity: <sip:$au@$fd>\\r\\n");
  $du = "sip:${server}";
  t_relay();
}
`;

/** A Kamailio that lets its users into the rooms of a server, and tells it who they are. */
export class KamailioProxy {
  private constructor(
    readonly port: number,
    private readonly directory: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(rooms: { domain: string; server: { host: string; port: number } }): Promise<KamailioProxy> {
    const directory = await mkdtemp(join(tmpdir(), 'chatroom-kamailio-'));
    const port = await freePort();
    const { host, port: target } = rooms.server;
    const file = join(directory, 'kamailio.cfg');
    await writeFile(file, configuration({ port, domain: rooms.domain, server: `${host}:${target}` }));
    const options = ['-DD', '-E', '-f', file, '-Y', directory, '-P', join(directory, 'pid')];
    const proxy = new KamailioProxy(
      port,
      directory,
      spawn('kamailio', options, { stdio: ['ignore', 'ignore', 'pipe'] }),
    );
    await proxy.#serving();
    return proxy;
  }

  get address(): { host: string; port: number } {
    return { host: PROXY_ADDRESS, port: this.port };
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill();
    await gone;
    await rm(this.directory, { recursive: true });
  }

  #serving(): Promise<void> {
    return new Promise((resolve, reject) => {
      let said = '';
      this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-20_000);
        if (said.includes(READY)) resolve();
      });
      this.process.once('exit', (code) => reject(new Error(`kamailio ended with ${code}: ${said}`)));
    });
  }
}
