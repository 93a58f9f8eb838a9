import { Bench } from 'tinybench';
import { median } from './comparison.js';
import type { Part, Setting } from './part.js';
import type { CaseResult } from './result.js';
import { type ModelSize, nameOf } from './sizes.js';

/** Times are taken for so long, milliseconds. */
const LEAST_TIME = 3000;

/**
 * Times a part at a size, after runs that are not counted: the first ones trace and compile.
 * @param rounds how often; null: as the part says, and for three seconds
 */
export async function measure(
  part: Part,
  model: ModelSize,
  setting: Setting,
  rounds: number | null,
): Promise<CaseResult> {
  const prepared = await part.prepare(setting, model);
  try {
    let amount = 0;
    let unit = prepared.work()?.unit;
    let count = 0;
    const cpu: (number | null)[] = [];
    const bench = new Bench({
      time: rounds === null ? LEAST_TIME : 0,
      iterations: rounds ?? part.rounds,
      warmup: false,
      retainSamples: true,
      throws: true,
    });
    for (let i = 0; i < warmUp(part, rounds); i++) {
      await prepared.run();
      prepared.work();
    }
    bench.add(part.name, async () => {
      const before = process.cpuUsage();
      const { ms, cpuMs } = (await prepared.run()) ?? {};
      const { user, system } = process.cpuUsage(before);
      cpu.push(cpuMs === undefined ? (user + system) / 1000 : cpuMs);
      const work = prepared.work();
      if (work !== null) [amount, unit, count] = [amount + work.amount, work.unit, count + 1];
      return ms === undefined ? undefined : { overriddenDuration: ms };
    });
    const [task] = await bench.run();
    const { result } = task!;
    if (!('latency' in result)) throw new Error(`bench: ${part.name} gave no times`);
    return {
      name: caseName(part, model),
      what: part.what,
      // tinybench sorts them.
      ms: [...(result.latency.samples ?? [])],
      cpuMs: cpu.some((each) => each === null) ? null : median(cpu as number[]),
      work: unit === undefined || count === 0 ? null : { amount: amount / count, unit },
      bar: part.bar ?? null,
    };
  } finally {
    await prepared.dispose();
  }
}

/** Parts that are timed once are processes of their own, which nothing warms. */
const warmUp = (part: Part, rounds: number | null): number => (part.rounds === 1 ? 0 : rounds === 1 ? 1 : 3);

export const caseName = (part: Part, model: ModelSize): string =>
  part.perSize ? `${part.name} ${nameOf(model)}` : part.name;
