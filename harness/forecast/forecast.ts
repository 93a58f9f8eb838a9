import { createEngine } from '../engine/select.js';
import { builtins, loadPlugin } from '../extensions.js';
import { joined } from '../lazy-list.js';
import { parameterRoles } from '../contracts/params.js';
import type { RunSpec } from '../store/spec.js';
import { type Rates, measureRates } from './rates.js';
import { Rehearsal, type Rehearsed } from './rehearsal.js';
import { secondsOf, sum } from './work.js';

/** What runs will take on this machine. */
export interface Forecast {
  /** Seconds of a run by itself, by label; of plugins that are not built in, nothing. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Most memory that one run's process holds, bytes. */
  readonly memory: number;
  /** What takes it: a run by its label, and the larger of its parts. */
  readonly largest: { readonly label: string; readonly part: 'step' | 'weights' } | null;
  /** What one seed's runs write, bytes. */
  readonly diskPerSeed: number;
}

/** Seconds that a run takes around its computing: data is opened, a model written. */
const AROUND = 0.35;
/**
 * What a run takes of what its parts take: rows are packed and written between them, and jobs share a memory.
 * Measured over 630 runs of three experiments, two at a time on two cores: 1.19, 1.23 and 1.28.
 */
const BESIDE = 1.22;

/**
 * Counts what runs compute, and measures what computing takes here.
 * @param runs one of each label of a plan
 */
export async function forecast(runs: readonly RunSpec[]): Promise<Forecast> {
  const [first] = runs;
  const rehearsal = await Rehearsal.open(runs);
  const { data, rows } = rehearsal;
  const engine = await createEngine(first!.engine);
  const alone = first!.engine.threads === 1 && engine.device === 'cpu';
  const likely = joined(joined(rows.train.chosen, rows.heldout.chosen), rows.corpus);
  const trained = runs.filter(({ algorithm }) => algorithm !== null);
  const lora = trained.every((run) => run.lora !== undefined) ? trained[0]?.lora : undefined;
  const rates = await measureRates(engine, data, likely, rehearsal.start(first!), lora, alone);
  engine.dispose();
  const known = new Map<string, Rehearsed>();
  const rehearsed = new Map<string, Rehearsed>();
  for (const spec of runs.filter(isBuiltIn)) {
    const key = await kindOf(spec);
    const found = known.get(key) ?? (await rehearsal.of(spec));
    known.set(key, found);
    rehearsed.set(spec.label, found);
  }
  const all = [...rehearsed.values()];
  const needs = [...rehearsed].map(([label, of]) => {
    const step = rates.needed * of.largestStep;
    const part = step > of.weights ? ('step' as const) : ('weights' as const);
    return { label, part, bytes: rates.held + step + of.weights };
  });
  const largest = needs.reduce((a, b) => (b.bytes > (a?.bytes ?? 0) ? b : a), needs[0]);
  return {
    seconds: Object.fromEntries([...rehearsed].map(([label, of]) => [label, timeOf(of, rates)])),
    memory: Math.max(rates.held, largest?.bytes ?? 0),
    largest: largest === undefined ? null : { label: largest.label, part: largest.part },
    diskPerSeed: sum(all.map(({ written }) => written)),
  };
}

/** Code of others runs where its runs do, and nowhere else: what it takes is seen there. */
const isBuiltIn = ({ algorithm }: RunSpec): boolean =>
  algorithm === null || builtins('algorithm').includes(algorithm.module);

const timeOf = ({ work, nodes }: Rehearsed, { seconds, load }: Rates): number =>
  BESIDE * (AROUND + secondsOf(work, seconds) + nodes * load);

/** Equal for runs that compute as much: what is swept of a policy's training changes numbers, not sizes. */
async function kindOf({ id, label, seed, stage, algorithm, inputs, ...rest }: RunSpec): Promise<string> {
  const there = Object.entries(inputs).map(([name, run]) => [name, run !== null]);
  if (algorithm === null) return JSON.stringify([there, rest]);
  const plugin = await loadPlugin(algorithm.module);
  const roles = parameterRoles(plugin.params);
  const sizes = Object.entries(algorithm.params).filter(([name]) => {
    const role = roles.get(name)?.kind;
    return role === undefined || (role === 'strength' && plugin.sample !== undefined);
  });
  return JSON.stringify([algorithm.module, sizes, there, rest]);
}
