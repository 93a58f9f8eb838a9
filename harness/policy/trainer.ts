import type { Scope, Variables } from '../engine/engine.js';
import { Optimizer } from '../engine/optim.js';
import type { Tensor } from '../engine/ops.js';
import { TiltyardError } from '../errors.js';
import { type Meter, workOf } from '../metrics/meter.js';
import type { FeedKinds, Feeds, FeedTensors, LossResult, Net, Trainer } from '../contracts/nets.js';
import type { HostTensor } from '../engine/tensor.js';
import type { OptimizerOptions } from '../engine/optimizer-options.js';
import type { TokenBatch } from '../contracts/batches.js';
import type { Weights } from './architecture.js';
import { NetworkModule } from './module.js';
import { flattened, nested } from './feeds.js';
import { BoundNet } from './net.js';
import { shareOfTokens, withPacking } from './packing.js';
import type { PackingOptions } from './placed.js';

/** `TrainerOptions` of the public list with the harness's own modules. */
export interface ModuleTrainerOptions<K extends FeedKinds> {
  readonly modules: Readonly<Record<string, NetworkModule>>;
  readonly optimizer: OptimizerOptions;
  readonly feeds: K;
  readonly loss: (nets: Readonly<Record<string, Net>>, feeds: FeedTensors<K>) => LossResult;
}

/** One AdamW over several modules; a body that two modules share is one group. */
export class ModuleTrainer<const K extends FeedKinds> implements Trainer<K> {
  readonly optimizer: Optimizer;
  /** Trainable variables by group name, e.g. `policy.body`. */
  readonly groups: Readonly<Record<string, Variables>>;
  private readonly kinds: FeedKinds;
  private readonly packing: PackingOptions;

  constructor(
    label: string,
    options: ModuleTrainerOptions<K>,
    private readonly meter: Meter,
  ) {
    this.kinds = declaredKinds(options.feeds);
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
    this.packing = Object.values(options.modules)[0]!.packing;
    this.optimizer = new Optimizer(engine, label, this.groups, options.optimizer, (scope, feeds) => {
      const nets = bind(options.modules, names, scope);
      const result = options.loss(nets, nested(feeds) as FeedTensors<K>);
      return { loss: result.loss, metrics: result.metrics ?? {} };
    });
  }

  async step(feeds: Feeds<K>): Promise<Record<string, number>> {
    checkFeeds(this.kinds, feeds);
    return this.meter.time('update', async () => {
      const given = packed(feeds, this.packing);
      const result = await this.optimizer.step(flattened(given));
      this.meter.trained(completionTokens(feeds));
      return { result, ...workOf(this.optimizer.lastFlops, share(given)) };
    });
  }

  /** Gradients by group and array name, without an update. */
  gradient(feeds: Feeds<K>): Promise<ReadonlyMap<string, ReadonlyMap<string, Float32Array>>> {
    return this.optimizer.gradient(flattened(packed(feeds, this.packing)));
  }

  async evaluate(feeds: Feeds<K>): Promise<Record<string, number>> {
    checkFeeds(this.kinds, feeds);
    return this.meter.time('forward', async () => {
      const given = packed(feeds, this.packing);
      const result = await this.optimizer.evaluate(flattened(given));
      return { result, flops: this.optimizer.lastEvaluationFlops * share(given) };
    });
  }
}

function bind(
  modules: Readonly<Record<string, NetworkModule>>,
  names: ReadonlyMap<Variables, string>,
  scope: Scope,
): Record<string, Net> {
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
    Object.entries(modules).map(([key, m]) => [
      key,
      new BoundNet(m.architecture, tensors(m.body), m.head === null ? null : tensors(m.head), memo),
    ]),
  );
}

const isBatch = (feed: HostTensor | TokenBatch): feed is TokenBatch => 'ids' in feed;

const feedError = (message: string): TiltyardError =>
  new TiltyardError('feeds', `trainer: ${message}`, { exitCode: 1 });

/** @throws TiltyardError where a plugin in plain JavaScript forgot them, or named a kind that there is not */
function declaredKinds(kinds: FeedKinds | undefined): FeedKinds {
  if (kinds === undefined) {
    throw feedError(
      "feeds are not declared; say what step is given, e.g. feeds: { tokens: 'tokens', margins: 'tensor' }",
    );
  }
  for (const [name, kind] of Object.entries(kinds)) {
    if (kind === 'tokens' || kind === 'tensor') continue;
    throw feedError(`feed '${name}' should be 'tokens' or 'tensor', got ${JSON.stringify(kind)}`);
  }
  return kinds;
}

/** @throws TiltyardError for a feed that is missing, undeclared or of the other kind */
function checkFeeds(kinds: FeedKinds, feeds: Feeds): void {
  const known = Object.keys(kinds).join(', ') || 'none';
  for (const [name, kind] of Object.entries(kinds)) {
    const feed = feeds[name];
    if (feed === undefined) throw feedError(`feed '${name}' is missing; declared: ${known}`);
    if (isBatch(feed) === (kind === 'tokens')) continue;
    const [wanted, got] = kind === 'tokens' ? ['a token batch', 'an array'] : ['an array', 'a token batch'];
    throw feedError(`feed '${name}' is declared '${kind}' and should be ${wanted}, got ${got}`);
  }
  for (const name of Object.keys(feeds)) {
    if (kinds[name] === undefined)
      throw feedError(`feed '${name}' is not declared; declared: ${known}; add it to feeds`);
  }
}

/** The same feeds with what there is of padding left out of the computation. */
const packed = (feeds: Feeds, options: PackingOptions): Feeds =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => [name, isBatch(feed) ? withPacking(feed, options) : feed]),
  );

const share = (feeds: Feeds): number => shareOfTokens(Object.values(feeds).filter(isBatch));

function completionTokens(feeds: Feeds): number {
  let tokens = 0;
  for (const feed of Object.values(feeds)) if (isBatch(feed)) for (const m of feed.mask.data) tokens += m;
  return tokens;
}
