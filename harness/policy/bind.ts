import type { Scope, Variables } from '../engine/engine.js';
import type { Tensor } from '../engine/ops.js';
import type { Net } from '../contracts/nets.js';
import type { Weights } from './architecture.js';
import type { NetworkModule } from './module.js';
import { BoundNet } from './net.js';

/**
 * The networks of modules inside a program; a body that two of them share is computed once.
 * @param names of the groups of variables
 */
export function bind(
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
