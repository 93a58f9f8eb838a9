import type { Scope, Variables } from '../engine/engine.js';
import { Optimizer } from '../engine/optim.js';
import type { Tensor } from '../engine/ops.js';
import { TiltyardError } from '../errors.js';
import type { Meter } from '../metrics/meter.js';
import type { Feeds, HostTensor, LossResult, Net, OptimizerOptions, TensorsOf, TokenBatch, Trainer } from '../contracts/plugin.js';
import type { Weights } from './architecture.js';
import { NetworkModule } from './module.js';
import { BoundNet } from './net.js';

export interface TrainerOptions<F extends Feeds> {
  readonly modules: Readonly<Record<string, NetworkModule>>;
  readonly optimizer: OptimizerOptions;
  readonly loss: (nets: Readonly<Record<string, Net>>, feeds: TensorsOf<F>) => LossResult;
}

/** One AdamW over several modules; a body that two modules share is one group. */
export class ModuleTrainer<F extends Feeds> implements Trainer<F> {
  readonly optimizer: Optimizer;
  /** Trainable variables by group name, e.g. `policy.body`. */
  readonly groups: Readonly<Record<string, Variables>>;

  constructor(
    label: string,
    options: TrainerOptions<F>,
    private readonly meter: Meter,
  ) {
    const names = new Map<Variables, string>();
    for (const [key, module] of Object.entries(options.modules)) {
      if (!(module instanceof NetworkModule) || !module.trainable) {
        const trainable = 'only the policy, the reward model and modules made by this run can be trained';
        throw new TiltyardError('frozen-module', `trainer: module '${key}' is frozen; ${trainable}`, {
          exitCode: 1,
        });
      }
      if (!names.has(module.body)) names.set(module.body, `${key}.body`);
      if (module.head !== null && !names.has(module.head)) names.set(module.head, `${key}.head`);
    }
    this.groups = Object.fromEntries([...names].map(([variables, name]) => [name, variables]));
    const engine = Object.values(options.modules)[0]!.engine;
    this.optimizer = new Optimizer(engine, label, this.groups, options.optimizer, (scope, feeds) => {
      const nets = bind(options.modules, names, scope);
      const result = options.loss(nets, nested(feeds) as TensorsOf<F>);
      return { loss: result.loss, metrics: result.metrics ?? {} };
    });
  }

  async step(feeds: F): Promise<Record<string, number>> {
    return this.meter.time('update', async () => {
      const result = await this.optimizer.step(flattened(feeds));
      this.meter.trained(completionTokens(feeds));
      return { result, flops: this.optimizer.lastFlops };
    });
  }

  /** Gradients by group and array name, without an update. */
  gradient(feeds: F): Promise<ReadonlyMap<string, ReadonlyMap<string, Float32Array>>> {
    return this.optimizer.gradient(flattened(feeds));
  }

  async evaluate(feeds: F): Promise<Record<string, number>> {
    return this.meter.time('forward', async () => {
      const result = await this.optimizer.evaluate(flattened(feeds));
      return { result, flops: this.optimizer.lastEvaluationFlops };
    });
  }
}

function bind(modules: Readonly<Record<string, NetworkModule>>, names: ReadonlyMap<Variables, string>, scope: Scope): Record<string, Net> {
  const weights = new Map<Variables, Weights>();
  const memo = new Map<Weights, Map<Tensor, Tensor>>();
  const tensors = (variables: Variables): Weights => {
    const known = weights.get(variables);
    if (known !== undefined) return known;
    const bound = scope.tensors(names.get(variables)!);
    weights.set(variables, bound);
    return bound;
  };
  return Object.fromEntries(
    Object.entries(modules).map(([key, m]) => [key, new BoundNet(m.architecture, tensors(m.body), m.head === null ? null : tensors(m.head), memo)]),
  );
}

const isBatch = (feed: HostTensor | TokenBatch): feed is TokenBatch => 'ids' in feed;

/** Nested token batches as flat names, `pairs/ids`. */
function flattened(feeds: object, prefix = ''): Record<string, HostTensor> {
  const out: Record<string, HostTensor> = {};
  for (const [name, feed] of Object.entries(feeds) as [string, HostTensor | object][]) {
    if ('data' in feed) out[prefix + name] = feed;
    else Object.assign(out, flattened(feed, `${prefix}${name}/`));
  }
  return out;
}

function nested(feeds: Readonly<Record<string, Tensor>>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, tensor] of Object.entries(feeds)) {
    const path = name.split('/');
    let at = out;
    for (const outer of path.slice(0, -1)) at = (at[outer] ??= {}) as Record<string, unknown>;
    at[path.at(-1)!] = tensor;
  }
  return out;
}

function completionTokens(feeds: Feeds): number {
  let tokens = 0;
  for (const feed of Object.values(feeds)) if (isBatch(feed)) for (const m of feed.mask.data) tokens += m;
  return tokens;
}
