import { TiltyardError } from '../../harness/errors.js';
import { Rng } from '../../harness/rng.js';
import type { BenchResult } from './result.js';

/** Times now over times then. */
export interface Ratio {
  readonly name: string;
  readonly ratio: number;
  /** 95 %, by resampling both sides' times. */
  readonly interval: readonly [number, number];
  readonly isSlower: boolean;
}

const DRAWS = 2000;

/** @throws TiltyardError where two were not measured alike */
export function checkAlike(now: Circumstances, then: Circumstances): void {
  const about = ({ environment, setting }: Circumstances): string =>
    `${environment.cpuModel}, ${environment.cores} cores, ${setting.device}, ${setting.threads} threads`;
  if (about(now) === about(then)) return;
  throw new TiltyardError(
    'bench-machine',
    `bench: the earlier file is of ${about(then)}, this is ${about(now)}; ` +
      'times of two machines are not compared: write a file on this one',
  );
}
type Circumstances = Pick<BenchResult, 'environment' | 'setting'>;

/**
 * Medians of the cases that both have, as ratios.
 * @param threshold a case is slower where its whole interval lies above it
 * @throws TiltyardError where the two share no case
 */
export function ratiosOf(now: BenchResult, then: BenchResult, threshold: number): Ratio[] {
  const shared = now.cases.flatMap((mine) => {
    const other = then.cases.find(({ name }) => name === mine.name);
    return other === undefined ? [] : [{ name: mine.name, now: mine.ms, earlier: other.ms }];
  });
  if (shared.length === 0) {
    const names = then.cases.map(({ name }) => name).join(', ');
    throw new TiltyardError('bench-cases', `bench: the earlier file shares no case; it has: ${names}`);
  }
  return shared.map(({ name, now: current, earlier }) => {
    const rng = Rng.fromSeed('bench').split(name);
    const interval = ratioInterval(current, earlier, rng);
    const ratio = median(current) / median(earlier);
    return { name, ratio, interval, isSlower: interval[0] > threshold };
  });
}

/** 95 % interval of the ratio of two medians, percentiles of a bootstrap. */
function ratioInterval(above: readonly number[], below: readonly number[], rng: Rng): [number, number] {
  const draw = (xs: readonly number[]): number => median(xs.map(() => xs[rng.int(xs.length)]!));
  const ratios = Array.from({ length: DRAWS }, () => draw(above) / draw(below)).sort((a, b) => a - b);
  return [ratios[Math.floor(0.025 * DRAWS)]!, ratios[Math.ceil(0.975 * DRAWS) - 1]!];
}

/** @param xs at least one */
export function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}
