/** The Use-Nickname header (RFC 7701 §7.1): `Use-Nickname = "Use-Nickname:" SP nickname; nickname = DQUOTE 1*1023(…) DQUOTE`. */

const MAX_OCTETS = 1023;

/**
 * The nickname inside the quotes; '' asks for removal (7701-7.3-01, although the ABNF wants one octet, A-21); null when
 * malformed (424). `lenient` also takes a value without any quotes as it stands, as SIP SIMPLE clients write it
 * (P-NICK-01).
 */
export function parseUseNickname(value: string, lenient = false): string | null {
  if (!value.startsWith('"')) return lenient && !value.includes('"') ? checked(value) : null;
  let nickname = '';
  for (let i = 1; i < value.length; i++) {
    const c = value[i];
    if (c === '"') return i === value.length - 1 ? checked(nickname) : null;
    if (c === '\\') {
      const escaped = value[++i];
      // 7701-7.1-02: the escapes are \\ and \" only.
      if (escaped !== '\\' && escaped !== '"') return null;
      nickname += escaped;
    } else nickname += c;
  }
  return null;
}

/** 7701-7.1-03: at most 1023 octets of UTF-8 after unescaping. */
function checked(nickname: string): string | null {
  return Buffer.byteLength(nickname) <= MAX_OCTETS ? nickname : null;
}
