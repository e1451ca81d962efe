/** Every text that the page says, in one place. */

const REFUSED_MESSAGE: Readonly<Record<number, string>> = {
  400: 'The room could not read it.',
  403: 'You may not write this here now: you may be muted, or only some may write.',
  404: 'That person is not in the room any more.',
  408: 'The room did not answer in time.',
  413: 'It is too large for this room.',
  415: 'The room or the recipient does not take this kind of content.',
  423: 'The room is busy just now; try again in a moment.',
  428: 'Their program cannot receive private messages.',
  481: 'The room no longer knows you; join again.',
};

const REFUSED_NICKNAME: Readonly<Record<number, string>> = {
  403: 'This room does not let you take that nickname.',
  423: 'You changed your nickname too often; wait a little.',
  424: 'That cannot be a nickname here: use letters, digits and single spaces.',
  425: 'That nickname is taken: somebody has it, or had it a few minutes ago, and it is kept for them. Choose another one, or try again later.',
};

const REFUSED_JOIN: Readonly<Record<number, string>> = {
  401: 'User name or password is wrong.',
  403: 'You may not join this room. Ask whoever runs it to let you in.',
  404: 'There is no such room. Check its name.',
  407: 'User name or password is wrong.',
  408: 'Nobody answered. Is the server running?',
  410: 'This room has ended.',
  433: 'This room does not admit people who hide their address.',
  480: 'The room is not available just now; try again later.',
  486: 'The room is full; try again later.',
  488: 'There is no chat at that address.',
  503: 'The server is shutting down or overloaded; try again in a moment.',
};

/** Text of a warning that the server gives beside a 403, and what it means. */
const WARNINGS: readonly (readonly [RegExp, string])[] = [
  [/locked/i, 'The room is locked: nobody else may join now. Try again later.'],
  [/banned/i, 'You were removed from this room and may not come back yet.'],
  [/too many wrong passwords/i, 'Too many wrong passwords. Wait a minute.'],
  [/has a password/i, 'This room has a password. Type it to come in.'],
];

const ERRORS: Readonly<Record<string, string>> = {
  CHAT_ERR_SIP_UNREACHABLE: 'The server cannot be reached.',
  CHAT_ERR_SIP_TIMEOUT: 'The server does not answer.',
  CHAT_ERR_NOT_A_ROOM: 'There is no chat room at that address.',
  CHAT_ERR_TYPE_NOT_ACCEPTED: 'This room does not take this kind of content.',
  CHAT_ERR_LISTEN_ONLY: 'You may read here, but not write.',
  CHAT_ERR_PRIVATE_UNSUPPORTED: 'This room does not carry private messages.',
  CHAT_ERR_NICKNAME_UNSUPPORTED: 'This room has no nicknames.',
  CHAT_ERR_NICKNAME_MALFORMED: 'That nickname is too long or has characters that cannot be shown.',
  CHAT_ERR_MESSAGE_STOPPED: 'The room stopped it: it is too large.',
  CHAT_ERR_MESSAGE_TOO_LARGE: 'It is too large for this room.',
  CHAT_ERR_MSRP_TIMEOUT: 'The room has not confirmed it in time.',
  CHAT_ERR_CLOSED: 'The connection broke before the room confirmed it.',
  CHAT_ERR_QUEUE_FULL: 'Too much is on its way already; wait a moment.',
};

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

const few = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} others` : joined(names);

function joined(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

export const strings = {
  product: 'Chat rooms',
  enter: {
    title: 'Join a room',
    lead: 'Pick a nickname and a room, and start talking.',
    room: 'Room',
    roomHint: 'For example lobby',
    nickname: 'Your nickname',
    nicknameHint: 'What others see',
    user: 'User name',
    password: 'Password',
    roomPassword: 'Password of the room',
    join: 'Join',
    joining: 'Joining …',
    missingRoom: 'Which room? Type its name.',
    missingNickname: 'Choose a nickname.',
    missingUser: 'Type your user name.',
    joinAs: (nickname: string): string => `Join as ${nickname}`,
    wrongRoomPassword: 'That is not the password of the room. Try again.',
    obstacles: {
      sip: 'This server does not let web pages chat. Use another program, or ask whoever runs it.',
      tls: 'One can chat here only where the address of the page begins with https. Ask whoever runs this server.',
    },
  },
  room: {
    landmark: 'Room',
    leave: 'Leave',
    people: (count: number): string => `${count} ${count === 1 ? 'person' : 'people'}`,
    showPeople: 'Show who is here',
    hidePeople: 'Hide who is here',
    noSubject: '',
    title: (room: string, unread: number): string => `${unread > 0 ? `(${unread}) ` : ''}#${room}`,
  },
  log: {
    label: 'Messages',
    empty: 'Nobody has said anything here since you came. Say hello!',
    latest: 'Jump to the latest messages',
    unread: (count: number): string => `${count} new ${count === 1 ? 'message' : 'messages'}`,
    you: 'You',
    privateTo: (name: string): string => `Private, to ${name}`,
    privateFrom: 'Private, to you',
    retry: 'Send again',
    reply: (name: string): string => `Write privately to ${name}`,
    download: (name: string): string => `Download ${name}`,
    picture: (name: string): string => `Picture: ${name}`,
    expired: 'No longer kept on this page',
    incomplete: 'Did not arrive completely',
    receiving: 'Receiving',
    sending: 'Sending',
    unknown: 'A message that this page cannot show.',
    more: 'The rest is not shown.',
  },
  delivery: {
    queued: 'Waiting for the connection',
    sending: 'Sending',
    sent: 'Sent',
    delivered: 'Delivered',
    displayed: 'Read',
    failed: 'Not sent',
  },
  people: {
    label: 'People',
    search: 'Find somebody',
    you: 'you',
    typing: 'typing',
    roles: { owner: 'Owner', moderator: 'Moderator', visitor: 'Visitor' },
    unavailable: 'The room does not tell who is here.',
    more: (count: number): string => `and ${count} more`,
    rename: 'Change your nickname',
    whisper: 'Write privately',
    nobody: 'Nobody with that name.',
  },
  composer: {
    label: 'Write a message',
    everybody: (room: string): string => `Message #${room}`,
    privately: (name: string): string => `Message to ${name}, privately`,
    to: (name: string): string => `To ${name}, privately`,
    cancelPrivate: 'Write to everybody again',
    send: 'Send',
    attach: 'Attach a file',
    drop: 'Drop files to send them',
    hint: 'Enter sends, Shift and Enter begins a new line',
    tooLong: 'That is too long for one message. Send it in parts, or as a file.',
    tooLarge: (name: string, size: string, max: string): string =>
      `${name} has ${size}; this room takes at most ${max}.`,
    emptyFile: (name: string): string => `${name} is empty.`,
    away: 'Files can be sent when you are connected again.',
    outside: 'You are not in the room any more. Join again first.',
    queueFull: 'Too many messages wait for the connection already. Wait until you are back.',
    gone: (name: string): string => `${name} is not here any more.`,
  },
  few,
  typing: (count: number): string => (count === 0 ? '' : `${count === 1 ? 'is' : 'are'} typing …`),
  nickname: {
    title: 'Change your nickname',
    label: 'Nickname',
    save: 'Change',
    take: (nickname: string): string => `Take ${nickname}`,
    cancel: 'Cancel',
  },
  status: {
    joining: 'Joining …',
    lost: 'Connection lost.',
    stopping: 'The server is restarting.',
    retryIn: (seconds: number): string => `Trying again in ${seconds} s`,
    retrying: 'Trying again …',
    retryNow: 'Try now',
    back: 'You are back. What was said in between is not shown here.',
    joined: (room: string): string => `You joined #${room}.`,
    over: 'You are not in the room any more.',
    rejoin: 'Join again',
    close: 'Choose another room',
  },
  happened: {
    joined: (name: string): string => `${name} joined`,
    left: (name: string): string => `${name} left`,
    renamed: (before: string, now: string): string => `${before} is now ${now}`,
    youAre: (name: string): string => `You are now ${name}`,
    nicknameLost: (name: string): string => `Your nickname ${name} is taken now; choose another one.`,
    noNicknames: 'This room has no nicknames.',
    subject: (subject: string): string => `The subject is now: ${subject}`,
  },
  ended: {
    removed: 'You were removed from the room.',
    closed: 'The room was closed.',
    removedBecause: (reason: string): string => `You were removed from the room: ${reason}`,
    hungUp: (reason: string): string => `The room ended your stay: ${reason}`,
  },
  time: (at: Date): string => time.format(at),
  day: (at: Date): string => day.format(at),
  refusedMessage: (status: number, comment: string): string =>
    REFUSED_MESSAGE[status] ?? `The room answered ${status}${comment === '' ? '' : ` ${comment}`}.`,
  refusedNickname: (status: number, comment: string): string =>
    REFUSED_NICKNAME[status] ?? `The room answered ${status}${comment === '' ? '' : ` ${comment}`}.`,
  refusedJoin: (status: number, text: string): string =>
    (status === 403 ? WARNINGS.find(([pattern]) => pattern.test(text))?.[1] : undefined) ??
    REFUSED_JOIN[status] ??
    text,
  error: (code: string, text: string): string => ERRORS[code] ?? text,
} as const;
