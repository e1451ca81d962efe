import { DOMAIN, ROOMS } from './domain.js';

/**
 * A module of ours: who comes is not told who is there, and nobody of him. Prosody makes those presences even where they
 * are not to be sent, so that a room of a thousand would take minutes to fill. Messages do not pass here.
 */
export const QUIET_JOIN = {
  name: 'quiet_join',
  file: 'mod_quiet_join.lua',
  text: `local function nobody() return nil end

module:hook("muc-room-created", function (event)
  local room = event.room
  local publicise = room.publicise_occupant_status
  function room.send_occupant_list() end
  -- One's own presence, which ends joining, is sent without looking at the others.
  function room:publicise_occupant_status(...)
    self.each_occupant = function () return nobody end
    publicise(self, ...)
    self.each_occupant = nil
  end
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
