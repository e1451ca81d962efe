/** Numbers tried in turn; after them one by chance, which hardly anybody has. */
const COUNTED = 4;
/** UTF-16 code units; with a number it fits into the fields of the page. */
const LONGEST = 58;

/**
 * Another nickname much like one that is taken: `Ana 2` for `Ana`, and `Ana 3` for that.
 * @param random 0 to 1
 * @param isTaken for what is known to be so
 */
export function otherNickname(
  nickname: string,
  random: number,
  isTaken: (nickname: string) => boolean = () => false,
): string {
  const [, stem = '', number] = /^(.*?)(?: (\d{1,4}))?$/su.exec(nickname.trim()) ?? [];
  // No half of a surrogate pair.
  const name = stem.slice(0, LONGEST).replace(/[\uD800-\uDBFF]$/, '');
  for (let next = number === undefined ? 2 : Number(number) + 1; next <= COUNTED; next++) {
    if (!isTaken(`${name} ${next}`)) return `${name} ${next}`;
  }
  return `${name} ${100 + Math.floor(random * 9900)}`;
}
