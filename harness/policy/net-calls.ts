import type { TokenTensors } from '../contracts/batches.js';
import type { Net } from '../contracts/nets.js';
import type { Tensor } from '../engine/ops.js';
import { TiltyardError } from '../errors.js';

/** What a loss asks of a network. */
export interface NetCall {
  /** Key of the module. */
  readonly module: string;
  readonly method: keyof Net;
  readonly temperature: number;
  /** Name of the batch. */
  readonly feed: string;
}

/** The answer to a call, from a network that there is. */
export function answered(net: Net, { method, temperature }: NetCall, batch: TokenTensors): Tensor {
  switch (method) {
    case 'tokenLogps':
    case 'entropies':
      return net[method](batch, { temperature });
    default:
      return net[method](batch);
  }
}

/**
 * Networks that compute nothing: each call is answered by what was computed before.
 * @param modules their keys
 * @param feeds of the loss
 * @param answer to a call; `batch` is the one that it is about
 */
export function standIns(
  modules: readonly string[],
  feeds: Readonly<Record<string, unknown>>,
  answer: (call: NetCall, batch: TokenTensors) => Tensor,
): Record<string, Net> {
  const netOf = (module: string): Net => {
    const ask =
      (method: keyof Net) =>
      (batch: TokenTensors, { temperature = 1 }: { temperature?: number } = {}): Tensor =>
        answer({ module, method, temperature, feed: feedOf(`${module}.${method}`, batch, feeds) }, batch);
    return {
      tokenLogps: ask('tokenLogps'),
      entropies: ask('entropies'),
      scores: ask('scores'),
      values: ask('values'),
    };
  };
  return Object.fromEntries(modules.map((module) => [module, netOf(module)]));
}

/** Whether two calls have one answer. */
export const isSameCall = (a: NetCall, b: NetCall): boolean =>
  a.module === b.module && a.method === b.method && a.temperature === b.temperature && a.feed === b.feed;

const PARTS = ['ids', 'positions', 'targets', 'mask', 'last'] as const;

/** @throws TiltyardError where the batch is none that the loss was fed: its rows cannot be taken in parts */
function feedOf(what: string, batch: TokenTensors, feeds: Readonly<Record<string, unknown>>): string {
  const found = Object.entries(feeds).find(([, feed]) => {
    const given = feed as Partial<TokenTensors>;
    return PARTS.every((part) => given[part] !== undefined && given[part] === batch[part]);
  });
  if (found !== undefined) return found[0];
  throw new TiltyardError(
    'microbatch-feed',
    `trainer: the loss asks for ${what} of a batch that it made itself, which engine.microBatchRows cannot ` +
      'take in parts; feed it as a batch of tokens of its own, or train without engine.microBatchRows',
    { exitCode: 1 },
  );
}
