/** PBX-02: the URIs that the aliases of a room stand for. */
export const aliasUris = (room: string, aliases: readonly string[]): string[] =>
  aliases.map((alias) => (/^sips?:/i.test(alias) ? alias : `sip:${alias}${room.slice(room.indexOf('@'))}`));
