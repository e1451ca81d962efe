/** Users log in here … */
export const DOMAIN = 'bench.invalid';
/** … and the rooms are here. */
export const ROOMS = `rooms.${DOMAIN}`;
