import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/index.js';
import { hierarchicalBootstrap, signedBootstrap } from '../../../harness/stats/bootstrap.js';
import { signFlipAlarms } from '../../../harness/stats/false-alarms.js';
import { seedInterval } from '../../../harness/stats/interval.js';

describe('sign turns', () => {
  const seeds = (n: number, effect: number): Float64Array[] => {
    const rng = Rng.fromSeed('turns');
    return Array.from({ length: n }, () => {
      const own = effect + rng.normal() * 0.1;
      return Float64Array.from({ length: 20 }, () => own + rng.normal() * 0.2);
    });
  };
  test('the prepared bootstrap is the bootstrap', () => {
    expect(signedBootstrap(seeds(10, 0))(null)).toEqual(hierarchicalBootstrap(seeds(10, 0)));
    expect(seedInterval(seeds(10, 0))!.ci).toEqual(hierarchicalBootstrap(seeds(10, 0)));
  });
  test('all ways for few seeds, 512 for many', () => {
    expect(signFlipAlarms(seeds(3, 0)).ways).toBe(4);
    expect(signFlipAlarms(seeds(10, 0)).ways).toBe(512);
    expect(signFlipAlarms(seeds(12, 0)).ways).toBe(512);
  });
  test('turning destroys even a large effect: alarms stay rare', () => {
    const { alarms, ways } = signFlipAlarms(seeds(10, 5));
    expect(alarms).toBeGreaterThanOrEqual(1); // the way that turns none
    expect(alarms / ways).toBeLessThan(0.1);
  });
});
