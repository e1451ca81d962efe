#!/bin/sh
# A small office on this machine: Kamailio in front, chat rooms behind it. Ctrl-C ends both.
#
#     examples/kamailio/start.sh
#
# PORT is where users call, 5060 unless set; PORT+2 and PORT+10 are between the two.
# Needs Kamailio (Debian: kamailio kamailio-extra-modules) and a built drachtio-chatroom (npm run build).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
outer=${PORT:-5060}
inner=$((outer + 2))
chat=$((outer + 10))

cleanup() {
  trap - EXIT INT TERM
  kill "${kamailio:-}" "${rooms:-}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

kamailio -DD -E -f "$here/kamailio.cfg" -Y "$work" -P "$work/pid" \
  -A "OUTER_UDP=udp:127.0.0.1:$outer" -A "OUTER_TCP=tcp:127.0.0.1:$outer" \
  -A "INNER_TCP=tcp:127.0.0.1:$inner" -A "INNER_PORT=$inner" \
  -A "CHAT_SERVER=\"sip:127.0.0.1:$chat;transport=tcp\"" 2>"$work/kamailio.log" &
kamailio=$!

node "$here/../../dist/plugin/cli/main.js" serve \
  --sip "127.0.0.1:$chat" --domain conf.example.com \
  --auth trusted-proxy --trusted-peer 127.0.0.1/32 \
  --registrations third-party --outbound-proxy "sip:127.0.0.1:$inner;transport=tcp" &
rooms=$!

cat <<TEXT
Join in two more terminals, as ana and as bruno:
  node dist/plugin/cli/main.js chat sip:lunch@conf.example.com --proxy 127.0.0.1:$outer \\
    --from sip:ana@example.com --password secret-of-ana --nick Ana
TEXT
# The end of one is the end of both.
while kill -0 "$kamailio" 2>/dev/null && kill -0 "$rooms" 2>/dev/null; do sleep 1; done
kill -0 "$kamailio" 2>/dev/null || cat "$work/kamailio.log" >&2
exit 1
