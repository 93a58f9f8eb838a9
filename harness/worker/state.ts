import type { HostTensor } from '../engine/tensor.js';
import type { Variables } from '../engine/engine.js';
import type { Optimizer } from '../engine/optim/optimizer.js';
import { TiltyardError } from '../errors.js';
import type { Meter } from '../metrics/meter.js';
import type { NetworkModule, Normalisation } from '../policy/module.js';
import type { RunPaths } from '../store/layout.js';
import { type Checkpoint, newestCheckpoint, type RowCounts, writeCheckpoint } from './checkpoint.js';

/**
 * All that changes while a run trains: module weights, optimiser moments, iterator positions, plugins' JSON
 * state, the ledger. A checkpoint is taken between two yields. On resume the plugin starts from its first
 * line again, and everything that it registers here comes back as it was.
 *
 * The ledger comes back at once, with the checkpoint. What the plugin does from its first line up to where
 * the earlier process stopped is then repeated work, and is not counted again until `caughtUp`.
 */
export class RunState {
  private readonly modules = new Map<string, NetworkModule>();
  private readonly optimizers = new Map<string, Optimizer>();
  private readonly positions = new Map<string, { next: number }>();
  private readonly objects = new Map<string, object>();
  private readonly best = new Map<string, Map<string, Float32Array>>();
  private readonly saved: Checkpoint | null;
  private readonly restoring: Promise<void>[] = [];
  private repeating: boolean;
  /** Iterators that gave batches before the checkpoint, and that have not been asked for one since. */
  private readonly waiting: Set<string>;

  /**
   * @param runDir where checkpoints are looked for and saved; null for a run without files
   * @param say told in a sentence of a checkpoint that is not whole
   * @param rows where the rows lie that checkpoints count; absent: in that folder
   */
  constructor(
    private readonly runDir: string | null,
    private readonly meter: Meter,
    say: (note: string) => void = () => undefined,
    rows?: Pick<RunPaths, 'steps' | 'evals'>,
  ) {
    this.saved = runDir === null ? null : newestCheckpoint(runDir, say, rows);
    this.repeating = this.saved !== null;
    if (this.saved !== null) meter.resume(this.saved.manifest.totals);
    const positions = Object.entries(this.saved?.manifest.positions ?? {});
    this.waiting = new Set(positions.filter(([, { next }]) => next > 0).map(([name]) => name));
  }

  /** Steps finished by an earlier process. */
  get resumedStep(): number {
    return this.saved?.manifest.step ?? 0;
  }

  get resumedRows(): RowCounts {
    return this.saved?.manifest.rows ?? { steps: 0, evals: 0 };
  }

  get resumedSeconds(): number {
    return this.saved?.manifest.elapsedSeconds ?? 0;
  }

  module(name: string, module: NetworkModule): void {
    this.modules.set(name, module);
    if (this.saved === null) return;
    for (const [part, variables] of Object.entries(module.trained))
      this.restore(`module/${name}/${part}`, variables);
    const normalisation = this.saved.manifest.normalisations[name];
    if (normalisation !== undefined) module.normalisation = normalisation;
    const best = this.arraysUnder(`best/${name}/`);
    if (best.size > 0) this.best.set(name, best);
  }

  track(name: string, optimizer: Optimizer): void {
    this.optimizers.set(name, optimizer);
    const step = this.saved?.manifest.optimizers[name];
    if (step === undefined) return;
    optimizer.state.step = step;
    for (const [group, { m, v }] of Object.entries(optimizer.state.moments)) {
      this.restore(`${name}/${group}/m`, m);
      this.restore(`${name}/${group}/v`, v);
    }
  }

  /** Resolves when everything registered so far holds its saved values. @throws what an engine refused */
  async restored(): Promise<void> {
    await Promise.all(this.restoring.splice(0));
  }

  position(name: string): { next: number } {
    const position = { next: this.saved?.manifest.positions[name]?.next ?? 0 };
    this.positions.set(name, position);
    return position;
  }

  /** Whether the plugin had made this iterator before the checkpoint. */
  hadIterator(name: string): boolean {
    return this.saved?.manifest.positions[name] !== undefined;
  }

  /**
   * An iterator was asked for its next batch. The run has caught up when a batch is handed out, or when none
   * is left in any iterator that gave some before: what follows then was never done.
   * @param found whether there was a batch
   */
  nextBatch(name: string, found: boolean): void {
    if (!this.repeating) return;
    this.waiting.delete(name);
    if (found || this.waiting.size === 0) this.caughtUp();
  }

  /** Before the plugin's first line. Without batches to follow it by, all that it does counts. */
  begins(): void {
    if (this.waiting.size === 0) this.caughtUp();
  }

  /** The run stands where the earlier process stopped: the ledger goes on. Happens once. */
  caughtUp(): void {
    if (!this.repeating) return;
    this.repeating = false;
    this.meter.goOn();
  }

  json<T extends object>(name: string, initial: T): T {
    const object = structuredClone((this.saved?.manifest.json[name] as T | undefined) ?? initial);
    this.objects.set(name, object);
    return object;
  }

  async keepBest(module: NetworkModule): Promise<void> {
    const copy = new Map<string, Float32Array>();
    for (const [part, variables] of Object.entries(module.trained))
      for (const [name, data] of await variables.read()) copy.set(`${part}/${name}`, data);
    this.best.set(this.nameOf(module), copy);
  }

  async restoreBest(module: NetworkModule): Promise<void> {
    const copy = this.best.get(this.nameOf(module));
    if (copy === undefined) return;
    for (const [part, variables] of Object.entries(module.trained))
      await variables.write(under(`${part}/`, copy));
  }

  async save(step: number, rows: RowCounts, elapsedSeconds: number): Promise<void> {
    if (this.runDir === null) throw new Error('a run without files saves no checkpoint');
    await this.restored();
    const arrays = new Map<string, HostTensor>();
    const put = async (prefix: string, variables: Variables): Promise<void> => {
      for (const [name, data] of await variables.read()) {
        arrays.set(`${prefix}/${name}`, { shape: variables.shapes.get(name)!, data });
      }
    };
    const optimizers: Record<string, number> = {};
    const normalisations: Record<string, Normalisation> = {};
    for (const [name, module] of this.modules) {
      for (const [part, variables] of Object.entries(module.trained))
        await put(`module/${name}/${part}`, variables);
      if (module.normalisation !== null) normalisations[name] = module.normalisation;
    }
    for (const [name, copy] of this.best) {
      for (const [key, data] of copy) arrays.set(`best/${name}/${key}`, { shape: [data.length], data });
    }
    for (const [name, optimizer] of this.optimizers) {
      optimizers[name] = optimizer.state.step;
      for (const [group, { m, v }] of Object.entries(optimizer.state.moments)) {
        await put(`${name}/${group}/m`, m);
        await put(`${name}/${group}/v`, v);
      }
    }
    const positions = Object.fromEntries(this.positions);
    const json = Object.fromEntries(this.objects);
    const totals = this.meter.totals();
    const manifest = { step, positions, json, optimizers, normalisations, totals, rows, elapsedSeconds };
    writeCheckpoint(this.runDir, { manifest, arrays });
  }

  private nameOf(module: NetworkModule): string {
    for (const [name, known] of this.modules) if (known === module) return name;
    throw new TiltyardError(
      'unknown-module',
      `keepBest: module '${module.name}' does not belong to this run`,
      {
        exitCode: 1,
      },
    );
  }

  private restore(prefix: string, variables: Variables): void {
    const values = this.arraysUnder(`${prefix}/`);
    if (values.size === 0) return;
    const written = variables.write(values);
    written.catch(() => undefined); // `restored` throws it
    this.restoring.push(written);
  }

  private arraysUnder(prefix: string): Map<string, Float32Array> {
    const arrays = [...(this.saved?.arrays ?? [])];
    return under(prefix, new Map(arrays.map(([name, { data }]) => [name, data as Float32Array])));
  }
}

/** The entries whose names begin with a prefix, under what follows it. */
function under(prefix: string, arrays: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  const found = [...arrays].filter(([name]) => name.startsWith(prefix));
  return new Map(found.map(([name, data]) => [name.slice(prefix.length), data]));
}
