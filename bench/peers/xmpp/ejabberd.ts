import { DOMAIN, ROOMS } from './domain.js';

/** The configuration of ejabberd with rooms for anonymous users and no limits to how fast they write. */
export function ejabberdConfig(port: number): string {
  return `hosts: [${DOMAIN}]
loglevel: error
listen:
  - port: ${port}
    ip: 127.0.0.1
    module: ejabberd_c2s
    access: all
    shaper: none
    max_stanza_size: infinity
    backlog: 4096
auth_method: [anonymous]
anonymous_protocol: sasl_anon
allow_multiple_connections: true
modules:
  mod_muc:
    host: ${ROOMS}
    access: all
    access_create: all
    access_persistent: none
    history_size: 0
    max_users: 10000
    min_message_interval: 0
    min_presence_interval: 0
    user_message_shaper: none
    user_presence_shaper: none
    room_shaper: none
    default_room_options:
      max_users: 10000
      # Those who come are not announced to those who are there: only messages are measured.
      presence_broadcast: []
`;
}

/**
 * What starts it, as Debian's ejabberdctl does but for distribution: there is no node name, so that neither epmd nor a
 * port for other nodes is needed.
 *
 * @param folder where it may write
 */
export const ejabberdCommand = (folder: string): string[] => [
  'erl',
  '+K',
  'true',
  '+P',
  '250000',
  '-noinput',
  '-mnesia',
  'dir',
  `"${folder}/mnesia"`,
  '-s',
  'ejabberd',
];
