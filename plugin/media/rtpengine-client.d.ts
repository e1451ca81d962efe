/** What is used of rtpengine-client, which brings no types: its codec. */
declare module 'rtpengine-client' {
  export const Client: {
    /** @param id 36 characters */
    encodeMessage(id: string, data: object): Buffer;
    /** @throws Error when this is no message with an id of 36 characters */
    decodeMessage(datagram: Buffer): { id: string; data: unknown };
  };
}
