import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variables } from '../engine/engine.js';
import type { Optimizer } from '../engine/optim.js';
import { TiltyardError } from '../errors.js';
import type { Meter, MeterTotals } from '../metrics/meter.js';
import type { HostTensor } from '../contracts/plugin.js';
import { encodeSafetensors, readSafetensors } from '../policy/checkpoint/safetensors.js';
import type { NetworkModule, Normalisation } from '../policy/module.js';

/** manifest.json of a checkpoint, written last: without it the folder does not count. */
interface Manifest {
  readonly step: number;
  readonly positions: Readonly<Record<string, { next: number }>>;
  readonly json: Readonly<Record<string, object>>;
  readonly optimizers: Readonly<Record<string, number>>;
  readonly normalisations: Readonly<Record<string, Normalisation>>;
  readonly totals: MeterTotals;
  readonly rows: { readonly steps: number; readonly evals: number };
  readonly elapsedSeconds: number;
}

/**
 * All that changes while a run trains: module weights, optimiser moments, iterator positions, plugins' JSON state.
 * A checkpoint is taken between two yields; on resume the plugin starts from its first line again and everything it
 * registers here comes back as it was.
 */
export class RunState {
  private readonly modules = new Map<string, NetworkModule>();
  private readonly optimizers = new Map<string, Optimizer>();
  private readonly positions = new Map<string, { next: number }>();
  private readonly objects = new Map<string, object>();
  private readonly best = new Map<string, Map<string, Float32Array>>();
  private readonly saved: { manifest: Manifest; arrays: Map<string, HostTensor> } | null;
  private settled: boolean;

  constructor(
    private readonly runDir: string,
    private readonly meter: Meter,
  ) {
    this.saved = newestCheckpoint(runDir);
    this.settled = this.saved === null;
  }

  /** Steps finished by an earlier process. */
  get resumedStep(): number {
    return this.saved?.manifest.step ?? 0;
  }

  get resumedRows(): { steps: number; evals: number } {
    return this.saved?.manifest.rows ?? { steps: 0, evals: 0 };
  }

  get resumedSeconds(): number {
    return this.saved?.manifest.elapsedSeconds ?? 0;
  }

  async module(name: string, module: NetworkModule): Promise<void> {
    this.modules.set(name, module);
    if (this.saved === null) return;
    await this.restore(`module/${name}/body`, module.body);
    if (module.head !== null) await this.restore(`module/${name}/head`, module.head);
    const normalisation = this.saved.manifest.normalisations[name];
    if (normalisation !== undefined) module.normalisation = normalisation;
    const best = this.collected(`best/${name}/`);
    if (best.size > 0) this.best.set(name, best);
  }

  track(name: string, optimizer: Optimizer): void {
    this.optimizers.set(name, optimizer);
    const step = this.saved?.manifest.optimizers[name];
    if (step === undefined) return;
    optimizer.state.step = step;
    for (const [group, { m, v }] of Object.entries(optimizer.state.moments)) {
      // Engines write synchronously; the promise only carries an error.
      void this.restore(`${name}/${group}/m`, m);
      void this.restore(`${name}/${group}/v`, v);
    }
  }

  position(name: string): { next: number } {
    const position = { next: this.saved?.manifest.positions[name]?.next ?? 0 };
    this.positions.set(name, position);
    return position;
  }

  json<T extends object>(name: string, initial: T): T {
    const object = structuredClone((this.saved?.manifest.json[name] as T | undefined) ?? initial);
    this.objects.set(name, object);
    return object;
  }

  /** The first batch after a resume: from here on the ledger continues where the earlier process stopped. */
  handedOut(): void {
    if (this.settled) return;
    this.settled = true;
    this.meter.restore(this.saved!.manifest.totals);
  }

  async keepBest(module: NetworkModule): Promise<void> {
    const copy = new Map<string, Float32Array>();
    for (const [name, data] of await module.body.read()) copy.set(`body/${name}`, data);
    if (module.head !== null) for (const [name, data] of await module.head.read()) copy.set(`head/${name}`, data);
    this.best.set(this.nameOf(module), copy);
  }

  async restoreBest(module: NetworkModule): Promise<void> {
    const copy = this.best.get(this.nameOf(module));
    if (copy === undefined) return;
    const part = (prefix: string): Map<string, Float32Array> => new Map([...copy].flatMap(([name, data]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), data] as const] : [])));
    await module.body.write(part('body/'));
    if (module.head !== null) await module.head.write(part('head/'));
  }

  async save(step: number, rows: { steps: number; evals: number }, elapsedSeconds: number): Promise<void> {
    const arrays = new Map<string, HostTensor>();
    const put = async (prefix: string, variables: Variables): Promise<void> => {
      for (const [name, data] of await variables.read()) arrays.set(`${prefix}/${name}`, { shape: variables.shapes.get(name)!, data });
    };
    const optimizers: Record<string, number> = {};
    const normalisations: Record<string, Normalisation> = {};
    for (const [name, module] of this.modules) {
      await put(`module/${name}/body`, module.body);
      if (module.head !== null) await put(`module/${name}/head`, module.head);
      if (module.normalisation !== null) normalisations[name] = module.normalisation;
    }
    for (const [name, copy] of this.best) for (const [key, data] of copy) arrays.set(`best/${name}/${key}`, { shape: [data.length], data });
    for (const [name, optimizer] of this.optimizers) {
      optimizers[name] = optimizer.state.step;
      for (const [group, { m, v }] of Object.entries(optimizer.state.moments)) {
        await put(`${name}/${group}/m`, m);
        await put(`${name}/${group}/v`, v);
      }
    }
    const manifest: Manifest = {
      step,
      positions: Object.fromEntries(this.positions),
      json: Object.fromEntries(this.objects),
      optimizers,
      normalisations,
      totals: this.meter.totals(),
      rows,
      elapsedSeconds,
    };
    const dir = join(this.runDir, `ckpt-${String(step).padStart(6, '0')}`);
    const temporary = `${dir}.tmp`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    writeFileSync(join(temporary, 'state.safetensors'), encodeSafetensors(arrays), { flush: true });
    writeFileSync(join(temporary, 'manifest.json'), JSON.stringify(manifest), { flush: true });
    rmSync(dir, { recursive: true, force: true });
    renameSync(temporary, dir);
    // The newest is enough to resume from; a run's history is in its rows.
    for (const old of checkpointFolders(this.runDir)) if (old !== dir) rmSync(old, { recursive: true, force: true });
  }

  /** A finished run needs no checkpoint. */
  discard(): void {
    for (const dir of checkpointFolders(this.runDir)) rmSync(dir, { recursive: true, force: true });
  }

  private nameOf(module: NetworkModule): string {
    for (const [name, known] of this.modules) if (known === module) return name;
    throw new TiltyardError('unknown-module', `keepBest: module '${module.name}' does not belong to this run`, { exitCode: 1 });
  }

  private async restore(prefix: string, variables: Variables): Promise<void> {
    const values = this.collected(`${prefix}/`);
    if (values.size > 0) await variables.write(values);
  }

  private collected(prefix: string): Map<string, Float32Array> {
    const out = new Map<string, Float32Array>();
    for (const [name, { data }] of this.saved?.arrays ?? []) if (name.startsWith(prefix)) out.set(name.slice(prefix.length), data as Float32Array);
    return out;
  }
}

const checkpointFolders = (runDir: string): string[] =>
  existsSync(runDir)
    ? readdirSync(runDir).filter((name) => name.startsWith('ckpt-')).sort().map((name) => join(runDir, name))
    : [];

function newestCheckpoint(runDir: string): { manifest: Manifest; arrays: Map<string, HostTensor> } | null {
  for (const dir of checkpointFolders(runDir).reverse()) {
    if (dir.endsWith('.tmp') || !existsSync(join(dir, 'manifest.json'))) continue;
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Manifest;
    return { manifest, arrays: readSafetensors(join(dir, 'state.safetensors')) };
  }
  return null;
}
