import Srf from 'drachtio-srf';

/** What the SIPp scenario chat.xml expects of the room: an unmodified drachtio-srf application of a few lines. */
export const ANSWER = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=message 2855 TCP/MSRP *',
  'a=accept-types:message/cpim',
  'a=path:msrp://127.0.0.1:2855/room42;tcp',
  'a=setup:passive',
  '',
].join('\r\n');

export interface ChatApp {
  srf: Srf;
  /** Dialogs created and ended by BYE so far. */
  readonly counts: { created: number; ended: number };
  /** Frames or answers that went wrong. */
  readonly errors: unknown[];
  disconnect(): void;
}

interface AppRequest {
  method: string;
  get(name: string): string;
}
interface AppResponse {
  send(status: number, options?: object): void;
}
interface AppDialog {
  on(event: string, listener: (request: AppRequest, response: AppResponse) => void): AppDialog;
  request(options: object): Promise<unknown>;
  local: { contact: string };
}

/** Connects to a control port; resolves when authenticated. */
export function startChatApp(control: { host: string; port: number }, secret: string): Promise<ChatApp> {
  const srf = new Srf();
  const counts = { created: 0, ended: 0 };
  const errors: unknown[] = [];
  let connected = false;

  const notify = (dialog: AppDialog, event: string, state: string): void => {
    const headers = {
      Event: event,
      'Subscription-State': state,
      Contact: dialog.local.contact,
      'Content-Type': 'text/plain',
    };
    dialog.request({ method: 'NOTIFY', headers, body: 'state' }).catch((error: unknown) => errors.push(error));
  };
  const joined = (dialog: AppDialog): void => {
    counts.created++;
    dialog.on('subscribe', (_request, response) => {
      response.send(200, { headers: { Expires: '3600', Contact: dialog.local.contact } });
      notify(dialog, 'conference', 'active;expires=3600');
    });
    dialog.on('unsubscribe', () => notify(dialog, 'conference', 'terminated;reason=timeout'));
    dialog.on('refer', (_request, response) => {
      response.send(202, { headers: { Contact: dialog.local.contact } });
      notify(dialog, 'refer', 'terminated;reason=noresource');
    });
    dialog.on('destroy', () => counts.ended++);
  };
  srf.invite((req, res) => {
    const options = {
      localSdp: ANSWER,
      headers: { Contact: '<sip:room@localhost>;isfocus', 'Allow-Events': 'conference' },
    };
    srf.createUAS(req, res, options, (error, dialog) => {
      if (error) errors.push(error);
      else joined(dialog as unknown as AppDialog);
    });
  });

  return new Promise((resolve, reject) => {
    srf.on('error', (error: unknown) => (connected ? errors.push(error) : reject(error)));
    srf.on('connect', (error: unknown) => {
      if (error) {
        reject(error);
        return;
      }
      connected = true;
      resolve({ srf, counts, errors, disconnect: () => srf.disconnect() });
    });
    void srf.connect({ ...control, secret });
  });
}
