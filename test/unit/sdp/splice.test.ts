import { array, assert, constantFrom, property } from 'fast-check';
import { answerOffer, audioLine, buildOffer, onlyLine, parseSdp, streamsOf } from '../../../lib/sdp/index.js';

const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n`;

const SESSION = ['v=0', 'o=- 10 1 IN IP4 192.0.2.10', 's=-', 'c=IN IP4 192.0.2.10', 't=0 0'];

const AUDIO = ['m=audio 40000 RTP/AVP 9 0', 'a=rtpmap:9 G722/8000', 'a=sendrecv'];

const CHAT = [
  'm=message 2855 TCP/MSRP *',
  'a=path:msrp://192.0.2.10:2855/anaX90;tcp',
  'a=accept-types:message/cpim',
  'a=accept-wrapped-types:*',
  'a=setup:active',
];

const LOCAL = {
  sessionId: 'room0session1',
  originId: 20,
  tcp: { host: '203.0.113.7', port: 2855 },
};

/** As rtpengine answers. */
const ENGINE = lines(
  'v=0',
  'o=- 1 1 IN IP4 203.0.113.9',
  's=rtpengine',
  't=0 0',
  'm=audio 30112 RTP/AVP 9',
  'c=IN IP4 203.0.113.9',
  'a=rtpmap:9 G722/8000',
  'a=sendrecv',
  'a=rtcp:30113',
);

const firstStream = (sdp: string): NonNullable<ReturnType<typeof streamsOf>[0]> => {
  const [stream] = streamsOf(sdp);
  if (!stream) throw new Error('no stream');
  return stream;
};

describe('SDP-13: what a media server is to see', () => {
  test('the session level and one line, without what names all lines', () => {
    const offer = lines(...SESSION, 'a=group:BUNDLE 0 1', 'a=ice-ufrag:abcd', ...CHAT, ...AUDIO);
    expect(onlyLine(offer, 1)).toBe(lines(...SESSION, 'a=ice-ufrag:abcd', ...AUDIO));
  });

  test('never a line of chat, wherever the audio is', () => {
    const other = constantFrom(CHAT, ['m=video 4002 RTP/AVP 96'], ['m=audio 0 RTP/AVP 0'], ['m=application 9 TCP x']);
    assert(
      property(array(other), array(other), (before, after) => {
        const offer = lines(...SESSION, ...[...before, AUDIO, ...after].flat());
        const index = audioLine(offer);
        expect(index).toBe(before.length);
        expect(onlyLine(offer, index)).toBe(lines(...SESSION, ...AUDIO));
      }),
    );
  });

  test.each([
    ['port 0', 'm=audio 0 RTP/AVP 0', -1],
    ['plain', 'm=audio 4000 RTP/AVP 0', 0],
    ['SRTP', 'm=audio 4000 RTP/SAVP 0', 0],
    ['WebRTC', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 0],
    ['not RTP', 'm=audio 4000 udp 0', -1],
    ['video', 'm=video 4000 RTP/AVP 0', -1],
  ])('%s', (_name, line, index) => {
    expect(audioLine(lines(...SESSION, line))).toBe(index);
  });
});

describe('SDP-13: what of its answer goes into ours', () => {
  test.each([
    ['first', [...AUDIO, ...CHAT], 0],
    ['last', [...CHAT, ...AUDIO], 1],
  ])('RFC 3264 §6: as many lines, in the order offered; audio %s', (_name, media, index) => {
    const offer = lines(...SESSION, ...media, 'm=video 4002 RTP/AVP 96 97');
    const result = answerOffer(offer, { ...LOCAL, streams: new Map([[index, firstStream(ENGINE)]]) });
    const sdp = result.result === 'accept' ? result.sdp : '';
    const audio = parseSdp(sdp).media[index];
    expect(audio.lines).toEqual([
      'm=audio 30112 RTP/AVP 9',
      'c=IN IP4 203.0.113.9',
      'a=rtpmap:9 G722/8000',
      'a=sendrecv',
      'a=rtcp:30113',
    ]);
    expect(parseSdp(sdp).media.map((line) => line.port === 0)).toEqual([false, false, true]);
    expect(sdp).toContain('c=IN IP4 203.0.113.7\r\nt=0 0\r\n');
  });

  test('SDP-15: unchanged, it keeps its version; changed, the next one', () => {
    const offer = lines(...SESSION, ...AUDIO, ...CHAT);
    const answer = (port: number, previous?: string): string => {
      const streams = new Map([[0, { ...firstStream(ENGINE), port }]]);
      const result = answerOffer(offer, { ...LOCAL, streams, previous });
      return result.result === 'accept' ? result.sdp : '';
    };
    const first = answer(30_112);
    expect(answer(30_112, first)).toBe(first);
    expect(parseSdp(answer(30_114, first)).version).toBe(2);
  });

  test('addresses, keys and direction of its session level come along', () => {
    const description = lines(
      'v=0',
      'o=- 1 1 IN IP6 2001:db8::9',
      's=-',
      'c=IN IP6 2001:db8::9',
      't=0 0',
      'a=ice-lite',
      'a=setup:active',
      'a=fingerprint:sha-256 AB:CD',
      'a=inactive',
      'm=audio 30112 RTP/SAVP 0',
      'a=sendrecv',
      'm=audio 0 RTP/AVP 0',
    );
    expect(streamsOf(description)).toEqual([
      {
        media: 'audio',
        port: 30_112,
        proto: 'RTP/SAVP',
        formats: '0',
        attributes: ['sendrecv', 'setup:active', 'fingerprint:sha-256 AB:CD'],
        connection: '2001:db8::9',
      },
      null,
    ]);
    const offer = lines(...SESSION, ...CHAT, ...AUDIO);
    const result = answerOffer(offer, { ...LOCAL, streams: new Map([[1, firstStream(description)]]) });
    expect(result.result === 'accept' && result.sdp).toContain('m=audio 30112 RTP/SAVP 0\r\nc=IN IP6 2001:db8::9\r\n');
  });
});

test('RFC 3264 §8.1: an offer of ours keeps the lines there are, and adds new ones below', () => {
  const stream = firstStream(ENGINE);
  const answered = answerOffer(lines(...SESSION, ...AUDIO, ...CHAT), { ...LOCAL, streams: new Map([[0, stream]]) });
  const previous = answered.result === 'accept' ? answered.sdp : '';
  const offer = buildOffer({
    ...LOCAL,
    previous,
    streams: new Map([
      [0, stream],
      [2, { ...stream, port: 30_116 }],
    ]),
  });
  expect(parseSdp(offer).media.map(({ media, port }) => `${media} ${port}`)).toEqual([
    'audio 30112',
    'message 2855',
    'audio 30116',
  ]);
  const without = buildOffer({ ...LOCAL, previous: offer });
  expect(parseSdp(without).media.map(({ media, port }) => `${media} ${port}`)).toEqual([
    'audio 0',
    'message 2855',
    'audio 0',
  ]);
});
