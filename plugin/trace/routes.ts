import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { getConnInfo } from '@hono/node-server/conninfo';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { ProblemError } from '../api/problem.js';
import { body, json, problem, problems, ROOT } from '../api/route-parts.js';
import { NewTrace, Trace, Traces } from '../api/schemas/index.js';
import type { Recorder, Recording } from './recorder.js';

const TRACES = `${ROOT}/traces`;

const NONE = problem('There is no such trace, or traces are off (`trace.directory`).');
const one = z.object({ id: z.string().min(1).describe('Of the trace.') });
const File = z.string().meta({ id: 'TraceFile', format: 'binary' });

const list = createRoute({
  method: 'get',
  path: TRACES,
  operationId: 'listTraces',
  summary: 'Lists the traces of this process.',
  responses: { ...problems(), 200: json(Traces, 'Traces, the latest last.'), 404: NONE },
});

const start = createRoute({
  method: 'post',
  path: TRACES,
  operationId: 'startTrace',
  summary:
    'Starts a trace: SIP and MSRP of a room, a participant, a device or all, in a file for Wireshark. What people write is in it.',
  request: body(NewTrace),
  responses: {
    ...problems(400, 413, 415),
    201: json(Trace, 'The trace, which is running.'),
    404: NONE,
    409: problem('As many traces as there may be are running.'),
    503: problem('The file cannot be created.'),
  },
});

const show = createRoute({
  method: 'get',
  path: `${TRACES}/{id}`,
  operationId: 'getTrace',
  summary: 'Shows one trace.',
  request: { params: one },
  responses: { ...problems(400), 200: json(Trace, 'The trace as it is.'), 404: NONE },
});

const stop = createRoute({
  method: 'delete',
  path: `${TRACES}/{id}`,
  operationId: 'stopTrace',
  summary: 'Stops a trace; with `file=delete` deletes its file too.',
  request: {
    params: one,
    query: z.object({ file: z.enum(['keep', 'delete']).default('keep').describe('What becomes of its file.') }),
  },
  responses: {
    ...problems(400),
    200: json(Trace, 'The trace, stopped; its file is complete.'),
    204: { description: 'The trace and its file are deleted.' },
    404: NONE,
  },
});

const download = createRoute({
  method: 'get',
  path: `${TRACES}/{id}/file`,
  operationId: 'downloadTrace',
  summary: 'Downloads the file of a trace that was stopped.',
  request: { params: one },
  responses: {
    ...problems(400),
    200: {
      description: 'A pcapng file.',
      content: { 'application/x-pcapng': { schema: File } },
    },
    404: NONE,
    409: problem('The trace is still running; stop it first.'),
  },
});

export interface TracesOptions {
  /** Undefined where nothing is to be recorded: everything here is 404 then. */
  recorder: () => Recorder | undefined;
}

/** Adds `/api/v1/traces` and what is below; behind what decides who may use the API. */
export function addTraces(app: OpenAPIHono, { recorder: current }: TracesOptions): void {
  const recorder = (): Recorder => {
    const given = current();
    if (given) return given;
    throw new ProblemError(404, 'CHAT_ERR_TRACES_OFF', 'Nothing is recorded here; set trace.directory.');
  };
  const known = (id: string): Recording => {
    const recording = recorder().get(id);
    if (recording) return recording;
    throw new ProblemError(404, 'CHAT_ERR_TRACE_UNKNOWN', `There is no trace ${id}.`);
  };
  app.openapi(list, (context) => context.json({ traces: recorder().list.map(bodyOf) }, 200));
  app.openapi(start, async (context) => {
    const { maxDuration, ...asked } = context.req.valid('json');
    const recording = await recorder().start({
      ...asked,
      ...(maxDuration !== undefined && { maxDuration: maxDuration * 1000 }),
      by: asker(context),
    });
    context.header('location', `${TRACES}/${recording.id}`);
    return context.json(bodyOf(recording), 201);
  });
  app.openapi(show, (context) => context.json(bodyOf(known(context.req.valid('param').id)), 200));
  app.openapi(stop, async (context) => {
    const { id } = known(context.req.valid('param').id);
    if (context.req.valid('query').file === 'delete') {
      await recorder().remove(id);
      return context.body(null, 204);
    }
    await recorder().stop(id);
    return context.json(bodyOf(known(id)), 200);
  });
  app.openapi(download, async (context) => {
    const { id } = context.req.valid('param');
    const { path, ended } = known(id);
    if (!ended) throw new ProblemError(409, 'CHAT_ERR_TRACE_RUNNING', `Trace ${id} still records; stop it first.`);
    // What ended of itself may still be on its way to the disk.
    await recorder().stop(id);
    const { size } = await stat(path).catch(() => {
      throw new ProblemError(404, 'CHAT_ERR_TRACE_UNKNOWN', `The file of trace ${id} is gone.`);
    });
    const headers = {
      'content-type': 'application/x-pcapng',
      'content-length': String(size),
      'content-disposition': `attachment; filename="${id}.pcapng"`,
      'cache-control': 'no-store',
    };
    // The content of an answer to HEAD is dropped unread, and a stream that nobody reads keeps its file open.
    if (context.req.method === 'HEAD') return context.body(null, 200, headers);
    return context.body(Readable.toWeb(createReadStream(path)) as ReadableStream, 200, headers);
  });
}

/** The API knows nobody by name. */
function asker(context: Context): string {
  try {
    return `HTTP from ${getConnInfo(context).remote.address ?? 'somewhere'}`;
  } catch {
    return 'HTTP';
  }
}

const bodyOf = ({ id, wanted, by, startedAt, ended, maxBytes, maxDuration, ...counts }: Recording): Trace => ({
  id,
  ...wanted,
  by,
  startedAt: startedAt.toISOString(),
  endedAt: ended && ended.at.toISOString(),
  ended: ended && ended.why,
  maxBytes,
  maxDuration: maxDuration / 1000,
  bytes: counts.bytes,
  sip: counts.sip,
  msrp: counts.msrp,
  dropped: counts.dropped,
  file: counts.path,
});
