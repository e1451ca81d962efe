import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saysOnError } from './daemon.js';
import { freePort } from './free-port.js';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.js';

/** A Kamailio that is an MSRP relay (module msrp) for user `alice` with password `s3cret`, and nothing else. */
const configuration = (directory: string, tls: number, tcp: number): string => `#!KAMAILIO
debug=2
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
auto_aliases=no
listen=tls:127.0.0.1:${tls}
listen=tcp:127.0.0.1:${tcp}
tcp_accept_no_cl=yes
loadmodule "tls.so"
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "auth.so"
loadmodule "htable.so"
loadmodule "cfgutils.so"
loadmodule "msrp.so"
modparam("tls", "certificate", "${directory}/cert.pem")
modparam("tls", "private_key", "${directory}/key.pem")
modparam("tls", "tls_method", "TLSv1.2+")
modparam("htable", "htable", "clients=>size=8;autoexpire=120;")
modparam("msrp", "sipmsg", 1)
request_route { exit; }
event_route[msrp:frame-in] {
  msrp_reply_flags("1");
  # every hop answers a SEND itself
  if (msrp_is_reply()) { exit; }
  if ($msrp(method) == "AUTH") {
    if (!pv_www_authenticate("localhost", "s3cret", "0", "AUTH")) {
      if (auth_get_www_authenticate("localhost", "0", "$var(challenge)")) {
        msrp_reply("401", "Unauthorized", "$var(challenge)");
      }
      exit;
    }
    $var(session) = "s" + $RANDOM;
    $sht(clients=>$var(session)::address) = $msrp(srcaddr);
    $sht(clients=>$var(session)::socket) = $msrp(srcsock);
    $var(headers) = "Use-Path: msrps://127.0.0.1:${tls}/" + $var(session) + ";tcp\\r\\nExpires: 900\\r\\n";
    msrp_reply("200", "OK", "$var(headers)");
    exit;
  }
  $var(session) = $msrp(sessid);
  if ($sht(clients=>$var(session)::address) == $null) { msrp_reply("481", "No session"); exit; }
  if ($msrp(method) != "REPORT") { msrp_reply("200", "OK"); }
  if ($sht(clients=>$var(session)::address) != $msrp(srcaddr)) {
    msrp_set_dst("$sht(clients=>$var(session)::address)", "$sht(clients=>$var(session)::socket)");
  }
  msrp_relay();
}
`;

export class Kamailio {
  readonly uri: string;
  readonly #process: ChildProcess;
  readonly #directory: string;

  static async start(): Promise<Kamailio> {
    const directory = await mkdtemp(join(tmpdir(), 'chatroom-kamailio-'));
    const [tls, tcp] = [await freePort(), await freePort()];
    await writeFile(join(directory, 'cert.pem'), `${TEST_CERTIFICATE}\n`);
    await writeFile(join(directory, 'key.pem'), `${TEST_KEY}\n`);
    await writeFile(join(directory, 'kamailio.cfg'), configuration(directory, tls, tcp));
    const options = ['-DD', '-E', '-f', join(directory, 'kamailio.cfg'), '-Y', directory, '-P', join(directory, 'pid')];
    const kamailio = new Kamailio(directory, tls, spawn('kamailio', options, { stdio: ['ignore', 'ignore', 'pipe'] }));
    await kamailio.#serving();
    return kamailio;
  }

  private constructor(directory: string, port: number, process: ChildProcess) {
    this.#directory = directory;
    this.#process = process;
    this.uri = `msrps://127.0.0.1:${port};tcp`;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await gone;
    await rm(this.#directory, { recursive: true });
  }

  /** Its last process to start says so on standard error. */
  #serving(): Promise<void> {
    return saysOnError(this.#process, 'child_init');
  }
}
