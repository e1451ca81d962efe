import { once } from 'node:events';
import { WebSocket } from 'ws';

interface Attached {
  method: string;
  params: { sessionId: string };
}

/** Makes the first worker thread of a Node process fail, from outside: by the inspector that `--inspect` opens. */
export async function failWorker(stderr: string, message: string): Promise<void> {
  const [url = ''] = /ws:\/\/\S+/.exec(stderr) ?? [];
  const inspector = new WebSocket(url);
  await once(inspector, 'open');
  const attached = new Promise<string>((resolve) => {
    inspector.on('message', (data: Buffer) => {
      const { method, params } = JSON.parse(data.toString()) as Attached;
      if (method === 'NodeWorker.attachedToWorker') resolve(params.sessionId);
    });
  });
  const say = (id: number, method: string, params: object): void =>
    inspector.send(JSON.stringify({ id, method, params }));
  say(1, 'NodeWorker.enable', { waitForDebuggerOnStart: false });
  const sessionId = await attached;
  const expression = `setImmediate(() => { throw new Error(${JSON.stringify(message)}) })`;
  const evaluate = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } });
  say(2, 'NodeWorker.sendMessageToWorker', { sessionId, message: evaluate });
  await once(inspector, 'message');
  inspector.close();
}
