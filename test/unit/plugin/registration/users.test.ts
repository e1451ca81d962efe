import { type OnlineUser, Users } from '../../../../plugin/registration/users.js';
import { ManualClock } from '../../../support/manual-clock.js';

const ANA = 'sip:ana@example.com';

function world() {
  const clock = new ManualClock();
  const told: string[] = [];
  const users = new Users(clock, {
    online: ({ uri }) => void told.push(`${uri} online`),
    offline: ({ uri }, reason) => void told.push(`${uri} ${reason}`),
  });
  const register = (binding: string, expires: number): void => users.registered({ uri: ANA, binding, expires });
  return { clock, told, users, register };
}

describe('who is registered', () => {
  it('SAF-08: comes with the first binding and goes with the last', () => {
    const { told, users, register } = world();
    register('desk', 600);
    register('phone', 600);
    register('desk', 0);
    expect(told).toEqual([`${ANA} online`]);
    expect(users.isOnline(ANA)).toBe(true);
    register('phone', 0);
    expect(told).toEqual([`${ANA} online`, `${ANA} unregistered`]);
    expect(users.online.size).toBe(0);
  });

  it('SAF-08: "> 0: mark online until then"', () => {
    const { clock, told, users, register } = world();
    register('desk', 600);
    expect(users.online.get(ANA)?.expires).toEqual(new Date(clock.date().getTime() + 600_000));
    clock.advance(599_000);
    register('desk', 600);
    clock.advance(599_000);
    expect(told).toEqual([`${ANA} online`]);
    clock.advance(1_000);
    expect(told).toEqual([`${ANA} online`, `${ANA} expired`]);
  });

  it('SAF-08: until when is said by the clock of the machine, also after it was set', () => {
    const { clock, users, register } = world();
    clock.jump(3_600_000);
    register('desk', 600);
    expect(users.online.get(ANA)?.expires).toEqual(new Date(clock.date().getTime() + 600_000));
  });

  it('lasts as long as the binding that ends last', () => {
    const { clock, told, register } = world();
    register('desk', 100);
    register('phone', 300);
    clock.advance(100_000);
    expect(told).toHaveLength(1);
    clock.advance(200_000);
    expect(told).toEqual([`${ANA} online`, `${ANA} expired`]);
  });

  it('keeps what an earlier registration told of the device', () => {
    const { users } = world();
    users.registered({ uri: ANA, binding: 'x', expires: 60, aliases: ['tel:+336'], features: ['+g.oma.sip-im'] });
    users.registered({ uri: ANA, binding: 'x', expires: 60 });
    expect(users.online.get(ANA)).toMatchObject<Partial<OnlineUser>>({
      aliases: ['tel:+336'],
      features: ['+g.oma.sip-im'],
    });
  });

  it('takes an expiry beyond what a timer can wait for', () => {
    const { clock, told, register } = world();
    register('desk', 2 ** 32 - 1);
    clock.advance(1_000_000_000);
    expect(told).toEqual([`${ANA} online`]);
  });

  it('leaves no timer behind when it closes', () => {
    const { clock, told, users, register } = world();
    register('desk', 60);
    users.close();
    clock.advance(100_000);
    expect(told).toEqual([`${ANA} online`]);
  });

  it('remembers a bounded number of bindings of one user', () => {
    const { told, register } = world();
    for (let i = 0; i < 1000; i++) register(`device ${i}`, 60);
    for (let i = 999; i >= 960; i--) register(`device ${i}`, 0);
    expect(told).toEqual([`${ANA} online`, `${ANA} unregistered`]);
  });
});
