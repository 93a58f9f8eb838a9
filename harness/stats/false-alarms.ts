import { DRAWS, signedBootstrap } from './bootstrap.js';
import { rngFromData } from './data-rng.js';
import { BOOTSTRAP_SEEDS, seedInterval } from './interval.js';

/** Ways of turning signs beyond which they are drawn. */
const WAYS = 512;

/**
 * How often an interval of paired differences excludes 0 when nothing is there: in every seed, which of the
 * two is called first is turned at random, which leaves the differences' sizes and destroys any effect. All
 * 2^(n-1) ways (turning all of them changes nothing) where these are at most 512, else 512 drawn from the
 * data.
 * @param differences per seed the prompts' differences, at least two seeds
 * @returns alarms among ways
 */
export function signFlipAlarms(differences: readonly Float64Array[]): {
  readonly alarms: number;
  readonly ways: number;
} {
  const n = differences.length;
  const all = 2 ** (n - 1) <= WAYS;
  const ways = all ? 2 ** (n - 1) : WAYS;
  const rng = rngFromData(differences, 'signs');
  // Half the draws for each of hundreds of intervals.
  const bootstrap = n >= BOOTSTRAP_SEEDS ? signedBootstrap(differences, { draws: DRAWS / 2 }) : null;
  let alarms = 0;
  for (let way = 0; way < ways; way++) {
    const signs = differences.map((_, s) => ((all ? (way >> s) & 1 : rng.bits() & 1) === 1 ? -1 : 1));
    const ci =
      bootstrap?.(signs) ?? seedInterval(differences.map((v, s) => v.map((x) => x * signs[s]!)))!.ci!;
    if (ci[0] > 0 || ci[1] < 0) alarms++;
  }
  return { alarms, ways };
}
