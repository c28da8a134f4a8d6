import { Client } from './support/client';
import { Database, PASSWORD, serverStatus } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { figure, until } from './support/wait';

/** Everything that has a meaning for a shell, for SQL, for a connection string or for psql. */
const HOSTILE = ' \'"\\$HOME`id`:@/%20&=?#;--\\q {{x}} \u00e9\u{1f511} ';

let namespace: Namespace;
let client: Client;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('secrets');
  client = await Client.create(namespace);
}));

afterAll(async () => {
  await namespace?.delete();
});

async function letsIn(host: string, password: string): Promise<boolean> {
  const { status, stderr } = await client.attemptSql({ host, password }, 'SELECT 1');
  if (status !== 0 && !stderr.includes('password authentication failed')) throw new Error(stderr);
  return status === 0;
}

describe('a database without its Secret', () => {
  test('says in an event, in its log and in the state of the pod what it waits for, and is not ready', told(async () => {
    const database = new Database(namespace, 'waiting-db', { database: 'app' });
    await database.apply();
    const event = await until('an event with the reason', 90, async () => {
      const events = await namespace.list('events', undefined);
      return events.find(({ message, involvedObject }) => involvedObject.name === database.pod && message.includes('the Secret has no key password'));
    });
    expect(event.reason).toBe('Unhealthy');
    expect(await database.logs()).toContain('the Secret has no key password');
    expect(serverStatus(await database.findPod())).toMatchObject({ ready: false, started: true, restartCount: 0 });
  }));

  test('heals by itself when the Secret arrives', told(async () => {
    const database = new Database(namespace, 'waiting-db', { database: 'app' });
    const arrived = Date.now();
    await namespace.secret('waiting-db-credentials', { password: PASSWORD });
    await database.refresh();
    const pod = await database.ready({ seconds: 150 });
    figure(`ready ${((Date.now() - arrived) / 1000).toFixed(1)} s after the missing Secret arrived`);
    expect(serverStatus(pod).restartCount).toBe(0);
    expect(await letsIn('waiting-db', PASSWORD)).toBe(true);
  }));
});

describe('a changed Secret', () => {
  let database: Database;

  beforeAll(told(async () => {
    database = new Database(namespace, 'rotated-db', { database: 'app' });
    await database.start();
  }));

  async function rotateTo(password: string): Promise<void> {
    await namespace.secret('rotated-db-credentials', { password });
    await database.refresh();
  }

  test.each([['an ordinary password', 'another password'], ['a hostile password', HOSTILE]])('takes effect without a restart: %s', (_kind, password) => told(async () => {
    const before = await database.life();
    const previous = JSON.parse(await namespace.run(['get', 'secret', 'rotated-db-credentials', '--output', 'json'])).data.password;
    const rotated = Date.now();
    await rotateTo(password);
    await until('the new password is taken', 120, () => letsIn('rotated-db', password));
    figure(`a changed password takes effect after ${((Date.now() - rotated) / 1000).toFixed(1)} s`);
    expect(await letsIn('rotated-db', Buffer.from(previous, 'base64').toString())).toBe(false);
    expect(await database.life()).toEqual(before);
    expect(await database.logs()).not.toContain(password);
  })());

  test.each([['empty', '', 'the Secret\'s key password is empty'], ['two lines', 'one\ntwo', 'the Secret\'s key password holds a line break']])(
    'that is %s is refused with a sentence, and the old password stays', (_kind, password, sentence) => told(async () => {
      await rotateTo('the last good one');
      await until('the good password is taken', 120, () => letsIn('rotated-db', 'the last good one'));
      await rotateTo(password);
      await until('the log tells it', 120, async () => (await database.logs('--since=15s')).includes(sentence));
      expect(await letsIn('rotated-db', 'the last good one')).toBe(true);
    })());
});
