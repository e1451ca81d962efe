/** How pages are served: `http.web` of the configuration. */
import { z } from 'zod';

const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
  error: 'is no origin; write it like https://chat.example.com',
});

export const origins = z.array(origin).readonly();

export const webFields = {
  title: z.string().min(1).describe('Shown above the page. Default: Chat rooms').optional(),
  sip: z
    .url({ protocol: /^wss?$/, error: 'is no URL like wss://sip.example.com' })
    .describe('URL of SIP over WebSocket, where it is not ours. Default: ours')
    .optional(),
  origins: origins
    .describe(
      'Where browsers find us behind a proxy, like https://chat.example.com; also other pages that may open WebSockets. Default none',
    )
    .optional(),
  proxies: z
    .array(z.string().min(1))
    .readonly()
    .describe(
      'CIDR blocks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Default none: everybody behind a proxy is counted as one',
    )
    .optional(),
  plain: z
    .boolean()
    .describe('Pages may chat without TLS. Default: where http.listen is on this machine alone')
    .optional(),
};

const webOptions = z.strictObject(webFields);

export type WebOptions = z.infer<typeof webOptions>;
