import { DOMAIN, ROOMS } from './domain.js';

/**
 * A module of ours: who comes is not told who is there. To make that list takes Prosody a tenth of a millisecond for each
 * of them, whether or not it is to be sent, so that a room of a thousand would fill in minutes. Messages do not pass here.
 */
export const QUIET_JOIN = {
  name: 'quiet_join',
  file: 'mod_quiet_join.lua',
  text: `module:hook("muc-room-created", function (event)
  event.room.send_occupant_list = function () end
end)
`,
};

/**
 * The configuration of Prosody with the modules that rooms of anonymous users need, all in memory. As it comes otherwise,
 * except that TCP_NODELAY is set, as everybody else in the table has it: with Nagle's algorithm a message waits up to
 * 40 ms for an acknowledgement.
 *
 * @param folder where it may write
 */
export function prosodyConfig(folder: string, port: number): string {
  return `pidfile = "${folder}/prosody.pid"
data_path = "${folder}"
certificates = "${folder}"
log = { error = "*console" }
plugin_paths = { "${folder}" }
network_backend = "epoll"
network_settings = { nagle = false, tcp_backlog = 4096 }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
modules_enabled = { "saslauth" }
modules_disabled = { "s2s", "offline", "tls" }
storage = "memory"
authentication = "anonymous"
c2s_require_encryption = false

VirtualHost "${DOMAIN}"

Component "${ROOMS}" "muc"
  modules_enabled = { "${QUIET_JOIN.name}" }
  muc_room_locking = false
  muc_room_default_history_length = 0
  -- Those who come are not announced to those who are there: only messages are measured.
  muc_room_default_presence_broadcast = { visitor = false, participant = false, moderator = false }
`;
}
