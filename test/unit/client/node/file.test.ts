import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveContent, sendFile } from '../../../../lib/client/node/file.js';
import { closeStage, joinStage, openStage, type Stage } from '../../../support/participant-stage.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chatroom-'));
});

afterEach(() => rm(directory, { recursive: true }));

describe('sendFile', () => {
  let stage: Stage;

  beforeEach(async () => {
    stage = await openStage();
    await joinStage(stage);
  });

  afterEach(() => closeStage(stage));

  test('7.1-19 a file goes as an attachment with its name, octet by octet', async () => {
    const octets = randomBytes(100_000);
    const path = join(directory, 'photo.png');
    await writeFile(path, octets);
    const outcome = await sendFile(stage.alice, path, { contentType: 'image/png' });
    expect(outcome.status).toBe(200);
    let whole = '';
    for (let flag = '+'; flag === '+'; ) {
      const frame = await stage.peer.frame();
      whole += frame.body;
      ({ flag } = frame);
    }
    expect(whole).toContain('Content-Type: image/png\r\nContent-Disposition: attachment; filename="photo.png"\r\n\r\n');
    expect(Buffer.from(whole, 'latin1').subarray(-100_000).equals(octets)).toBe(true);
  });

  test.each(['missing.png', '.'])('%s cannot be sent', async (name) => {
    await expect(sendFile(stage.alice, join(directory, name))).rejects.toMatchObject({ code: 'CHAT_ERR_FILE' });
  });
});

describe('saveContent', () => {
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\x.exe', 'x.exe'],
    ['.bashrc', 'bashrc'],
    ['..', 'file'],
    ['a\u0000b\u202egnp.exe', 'a_b_gnp.exe'],
    ['', 'file'],
  ])('%j stays in the directory, as %j', async (name, saved) => {
    expect(await saveContent(directory, name, Buffer.from('x'))).toBe(join(directory, saved));
    expect(await readdir(directory)).toEqual([saved]);
  });

  test('nothing is overwritten', async () => {
    await saveContent(directory, 'a.txt', Buffer.from('1'));
    const second = await saveContent(directory, 'a.txt', Buffer.from('2'));
    expect(second).toBe(join(directory, 'a (1).txt'));
    expect(await readFile(join(directory, 'a.txt'), 'utf8')).toBe('1');
  });

  test('what breaks off is removed again', async () => {
    const broken = (async function* () {
      yield Buffer.from('x');
      throw new Error('gone');
    })();
    await expect(saveContent(directory, 'a.txt', broken)).rejects.toThrow('gone');
    expect(await readdir(directory)).toEqual([]);
  });

  test('a directory that cannot be made is named', async () => {
    await writeFile(join(directory, 'file'), '');
    await expect(saveContent(join(directory, 'file'), 'a', Buffer.from('x'))).rejects.toMatchObject({
      code: 'CHAT_ERR_FILE',
    });
  });
});
