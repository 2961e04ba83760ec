import { describe, expect, it } from 'vitest';
import { askedIn } from '../../cli/prove/asked.ts';
import { asks } from '../../cli/prove/proof.ts';
import { type AnyAction, erased, modelOf, type Proposed, proposed, type Service } from '../../spec/index.ts';
import { bound } from '../spec/bounds.ts';

/** What is found where a step of `proposed` asks something else first, and lets nothing happen where that is true. */
function straysWhere(asks: (s: Proposed, action: AnyAction) => boolean): string[] {
  const model = modelOf(erased(proposed), bound(1, 2));
  const step = (s: Service, action: AnyAction): boolean =>
    !asks(s as unknown as Proposed, action) && model.step(s, action);
  return [...askedIn({ ...model, step }).strays];
}

describe('askedIn', () => {
  it('finds that proposed asks only whether there is one', () => {
    const { holds, lines } = asks([bound(1, 2, 'kill'), bound(2, 0, 'delete', 'shutdown')]);
    expect([holds, lines]).toEqual([
      true,
      [
        'ProcessExits: each of kernel',
        'RuncReturns: each of kernel',
        'ShimAnnounces: some of running',
        'ShimGivesUp: some of running',
        'ShimKills: each of kernel',
        'ShimKills: the one of kernel',
        'ShimReaps: some of kernel',
        'ShimReaps: some of running',
        'ShimReaps: some of starting',
        'ShimShutsDown: each of calls',
        'ShimShutsDown: each of held',
        'ShimShutsDown: some of containers',
        'ShimShutsDown: some of starting',
      ],
    ]);
  });

  it('finds a step that counts to more than the bound has', () => {
    const isReaping = ({ type }: AnyAction): boolean => type === 'ShimReaps';
    expect(
      straysWhere((s, a) => isReaping(a) && Object.values(s.starting).filter(Boolean).length > 5),
    ).toContain('ShimReaps asks for filter of starting');
    expect(straysWhere((s, a) => isReaping(a) && Object.keys(s.starting).length > 99)).toContain(
      'ShimReaps asks for length of starting',
    );
    expect(
      straysWhere((s, a) => {
        let count = 0;
        return isReaping(a) && Object.values(s.starting).some((each) => each && ++count > 3);
      }),
    ).toContain('ShimReaps counts members of starting');
    expect(
      straysWhere((s, a) => {
        let count = 0;
        for (const each of Object.values(s.starting)) if (isReaping(a) && each) count++;
        return count > 3;
      }).join(),
    ).toContain('comes to something else');
  });

  it('finds a pid that is not a name, and a process that is known by its name', () => {
    expect(
      straysWhere((s, { type }) => {
        if (type !== 'ShimReaps') return false;
        const anyAlive = Object.values(s.kernel).find(({ status }) => status === 'alive');
        return anyAlive?.pid === 1;
      }),
    ).toContain('ShimReaps takes one of several members of kernel');
    expect(
      straysWhere(
        (s, { type, process }) => type === 'ShimReaps' && process === 'c1/e2' && s.kernel['c1/e1']?.pid === 1,
      ),
    ).toContain('ShimReaps reads kernel.pid of another by its name');
  });
});
