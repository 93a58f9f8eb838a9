import type { TokenBatch } from '../contracts/batches.js';
import type { Tensor } from '../engine/ops.js';
import type { HostTensor } from '../engine/tensor.js';
import { withPacking } from './packing.js';
import type { PackingOptions } from './placed.js';

/** What a step is given, by name. */
export type GivenFeeds = Readonly<Record<string, HostTensor | TokenBatch>>;

export const isBatch = (feed: HostTensor | TokenBatch): feed is TokenBatch => 'ids' in feed;

export const batchesOf = (feeds: GivenFeeds): TokenBatch[] => Object.values(feeds).filter(isBatch);

/** The same feeds with what there is of padding left out of the computation. */
export const packedFeeds = (feeds: GivenFeeds, options: PackingOptions): GivenFeeds =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, feed]) => [name, isBatch(feed) ? withPacking(feed, options) : feed]),
  );

/** Nested batches as flat names: `pairs/ids`; sizes that vary are named by where they stand, too. */
export function flattened(feeds: object, prefix = ''): Record<string, HostTensor> {
  const out: Record<string, HostTensor> = {};
  for (const [name, feed] of Object.entries(feeds) as [string, HostTensor | object][]) {
    if (!('data' in feed)) Object.assign(out, flattened(feed, `${prefix}${name}/`));
    else if (feed.varies === undefined) out[prefix + name] = feed;
    else {
      const varies = feed.varies.map((size) => (size === null ? null : prefix + size));
      out[prefix + name] = { ...feed, varies };
    }
  }
  return out;
}

/** The way back, of the tensors that feeds of those names became; numbered ones are a list. */
export function nested(feeds: Readonly<Record<string, Tensor>>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, tensor] of Object.entries(feeds)) {
    const path = name.split('/');
    let at = out;
    path.slice(0, -1).forEach((outer, i) => {
      at = (at[outer] ??= path[i + 1] === '0' ? [] : {}) as Record<string, unknown>;
    });
    at[path.at(-1)!] = tensor;
  }
  return out;
}
