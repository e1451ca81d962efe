import { PassThrough } from 'node:stream';
import { forwardedLog } from '../../../../lib/media/workers/forwarded-log.js';
import { ChatroomsError } from '../../../../lib/util/errors.js';
import { createLog } from '../../../../plugin/cli/log.js';

const written = (stream: PassThrough): string => String(stream.read() ?? '');

const failure = (): ChatroomsError => new ChatroomsError('CHAT_ERR_STORE', 'nothing can be written');

test('an error is written with its message, code and stack', () => {
  const stream = new PassThrough();
  const log = createLog({ logLevel: 'info', logFormat: 'json' }, stream);
  const error = failure();
  const wanted = { message: error.message, code: error.code, stack: error.stack };
  log.error({ error }, 'rooms not saved');
  expect(JSON.parse(written(stream))).toMatchObject({ msg: 'rooms not saved', error: wanted });
  log.child?.({ part: 'sip' }).error({ error }, 'rooms not saved');
  expect(JSON.parse(written(stream))).toMatchObject({ part: 'sip', error: wanted });
  log.error({ error: error.message }, 'rooms not saved');
  expect(JSON.parse(written(stream))).toMatchObject({ error: error.message });
});

test('so it is for who reads the log at a terminal', () => {
  const stream = new PassThrough();
  createLog({ logLevel: 'info', logFormat: 'pretty' }, stream).error({ error: failure() }, 'rooms not saved');
  const text = written(stream);
  expect(text).toContain('nothing can be written');
  expect(text).toContain('"code": "CHAT_ERR_STORE"');
  expect(text).toContain('log.test.ts');
});

test('so it is for an error in a worker thread', () => {
  const stream = new PassThrough();
  const log = createLog({ logLevel: 'info', logFormat: 'json' }, stream);
  const inThread = forwardedLog((level, fields, message) => {
    log[level](structuredClone(fields), message);
    return true;
  });
  const error = failure();
  inThread.error({ error }, 'MSRP listener failed');
  const { message, code, stack } = error;
  expect(JSON.parse(written(stream))).toMatchObject({ msg: 'MSRP listener failed', error: { message, code, stack } });
});

test('level and format change from the next line on, for a part of the program too', () => {
  const stream = new PassThrough();
  const log = createLog({ logLevel: 'info', logFormat: 'json' }, stream);
  const part = log.child?.({ part: 'sip' });
  part?.debug({}, 'unheard');
  log.adjust({ logLevel: 'debug', logFormat: 'pretty' });
  part?.debug({}, 'heard');
  log.adjust({ logLevel: 'error', logFormat: 'json' });
  log.info({}, 'unheard again');
  log.error({}, 'at last');
  const written = String(stream.read());
  expect(written).toContain('DEBUG: heard');
  expect(written).toContain('"msg":"at last"');
  expect(written).not.toContain('unheard');
});
