import type { Tensor } from '../engine/ops.js';
import type { HostTensor } from '../engine/tensor.js';

/** Nested batches as flat names: `pairs/ids`. */
export function flattened(feeds: object, prefix = ''): Record<string, HostTensor> {
  const out: Record<string, HostTensor> = {};
  for (const [name, feed] of Object.entries(feeds) as [string, HostTensor | object][]) {
    if ('data' in feed) out[prefix + name] = feed;
    else Object.assign(out, flattened(feed, `${prefix}${name}/`));
  }
  return out;
}

/** The way back, of the tensors that feeds of those names became. */
export function nested(feeds: Readonly<Record<string, Tensor>>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, tensor] of Object.entries(feeds)) {
    const path = name.split('/');
    let at = out;
    for (const outer of path.slice(0, -1)) at = (at[outer] ??= {}) as Record<string, unknown>;
    at[path.at(-1)!] = tensor;
  }
  return out;
}
