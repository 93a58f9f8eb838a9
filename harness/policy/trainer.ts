import type { Variables } from '../engine/engine.js';
import { Optimizer, type TrainBody } from '../engine/optim/optimizer.js';
import { TiltyardError } from '../errors.js';
import { type Meter, workOf } from '../metrics/meter.js';
import type { FeedKinds, Feeds, FeedTensors, LossResult, Net, Trainer } from '../contracts/nets.js';
import type { OptimizerOptions } from '../engine/optimizer-options.js';
import { bind } from './bind.js';
import { NetworkModule } from './module.js';
import { batchesOf, flattened, type GivenFeeds, isBatch, nested, packedFeeds } from './feeds.js';
import { checkedLoss } from './loss-result.js';
import { shareOfTokens } from './packing.js';
import type { PackingOptions } from './placed.js';
import { StepInParts } from './step-in-parts.js';

/** `TrainerOptions` of the public list with the harness's own modules. */
export interface ModuleTrainerOptions<K extends FeedKinds> {
  readonly modules: Readonly<Record<string, NetworkModule>>;
  readonly optimizer: OptimizerOptions;
  readonly feeds: K;
  readonly loss: (nets: Readonly<Record<string, Net>>, feeds: FeedTensors<K>) => LossResult;
  /** Rows of a batch that networks take at once; absent: all. */
  readonly microBatchRows?: number;
}

/** One AdamW over several modules; a body that two modules share is one group. */
export class ModuleTrainer<const K extends FeedKinds> implements Trainer<K> {
  readonly optimizer: Optimizer;
  /** Trainable variables by group name, e.g. `policy.body`. */
  readonly groups: Readonly<Record<string, Variables>>;
  private readonly kinds: FeedKinds;
  private readonly packing: PackingOptions;
  private readonly inParts: StepInParts | null;

  constructor(
    label: string,
    options: ModuleTrainerOptions<K>,
    private readonly meter: Meter,
  ) {
    this.kinds = declaredKinds(options.feeds);
    const names = new Map<Variables, string>();
    const frozen = new Set<Variables>();
    for (const [key, module] of Object.entries(options.modules)) {
      if (!(module instanceof NetworkModule) || !module.trainable) {
        const trainable = 'only the policy, the reward model and modules made by this run can be trained';
        throw new TiltyardError('frozen-module', `trainer: module '${key}' is frozen; ${trainable}`, {
          exitCode: 1,
        });
      }
      if (!names.has(module.body)) names.set(module.body, `${key}.body`);
      if (module.adapter !== null) {
        frozen.add(module.body);
        const { variables } = module.adapter;
        if (!names.has(variables)) names.set(variables, `${key}.adapter`);
      }
      if (module.head !== null && !names.has(module.head)) names.set(module.head, `${key}.head`);
    }
    const named = (of: (variables: Variables) => boolean): Record<string, Variables> =>
      Object.fromEntries(
        [...names].flatMap(([variables, name]) => (of(variables) ? [[name, variables]] : [])),
      );
    this.groups = named((variables) => !frozen.has(variables));
    const engine = Object.values(options.modules)[0]!.engine;
    this.packing = Object.values(options.modules)[0]!.packing;
    const body: TrainBody = (scope, feeds) => {
      const nets = bind(options.modules, names, scope);
      return checkedLoss(options.loss(nets, nested(feeds) as FeedTensors<K>));
    };
    const read = named((variables) => frozen.has(variables));
    this.optimizer = new Optimizer(engine, label, this.groups, options.optimizer, body, read);
    const { microBatchRows: rows, modules, loss } = options;
    this.inParts =
      rows === undefined
        ? null
        : new StepInParts({
            engine,
            label,
            optimizer: this.optimizer,
            modules: Object.keys(modules),
            bind: (scope) => bind(modules, names, scope),
            loss,
            rows,
            packing: this.packing,
            meter,
          });
  }

  async step(feeds: Feeds<K>): Promise<Record<string, number>> {
    checkFeeds(this.kinds, feeds);
    if (this.inParts?.takes(feeds) === true) {
      const result = await this.inParts.step(feeds);
      this.meter.trained(completionTokens(feeds));
      return result;
    }
    return this.meter.time('update', async () => {
      const given = packedFeeds(feeds, this.packing);
      const result = await this.optimizer.step(flattened(given));
      this.meter.trained(completionTokens(feeds));
      return { result, ...workOf(this.optimizer.lastFlops, share(given)) };
    });
  }

  /** Gradients by group and array name, without an update. */
  gradient(feeds: Feeds<K>): Promise<ReadonlyMap<string, ReadonlyMap<string, Float32Array>>> {
    if (this.inParts?.takes(feeds) === true) return this.inParts.gradient(feeds);
    return this.optimizer.gradient(flattened(packedFeeds(feeds, this.packing)));
  }

  async evaluate(feeds: Feeds<K>): Promise<Record<string, number>> {
    checkFeeds(this.kinds, feeds);
    if (this.inParts?.takes(feeds) === true) return this.inParts.evaluate(feeds);
    return this.meter.time('forward', async () => {
      const given = packedFeeds(feeds, this.packing);
      const result = await this.optimizer.evaluate(flattened(given));
      return { result, flops: this.optimizer.lastEvaluationFlops * share(given) };
    });
  }
}

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

const share = (feeds: GivenFeeds): number => shareOfTokens(batchesOf(feeds));

function completionTokens(feeds: Feeds): number {
  let tokens = 0;
  for (const { mask } of batchesOf(feeds)) for (const m of mask.data) tokens += m;
  return tokens;
}
