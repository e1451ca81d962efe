/** The room that all are in when there is one. */
export const ROOM = 'sip:bench@localhost';

/** Rooms are numbered from 0. */
export const roomUri = (room: number): string => (room === 0 ? ROOM : ROOM.replace('bench', `bench${room}`));
