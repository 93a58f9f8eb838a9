import type { Scope, Variables } from '../engine/engine.js';
import type { Tensor } from '../engine/ops.js';
import type { Net } from '../contracts/nets.js';
import type { Weights } from './architecture.js';
import { withAdapter } from './lora/adapter.js';
import type { NetworkModule } from './module.js';
import { BoundNet } from './net.js';

/**
 * The networks of modules inside a program; a body that two of them share, as it is adapted, is computed
 * once.
 * @param names of the groups of variables
 */
export function bind(
  modules: Readonly<Record<string, NetworkModule>>,
  names: ReadonlyMap<Variables, string>,
  scope: Scope,
): Record<string, Net> {
  const weights = new Map<Variables, Weights>();
  const memo = new Map<Weights, Map<Tensor, Tensor>>();
  const once = (variables: Variables, make: () => Weights): Weights => {
    const known = weights.get(variables);
    if (known !== undefined) return known;
    const made = make();
    weights.set(variables, made);
    return made;
  };
  const tensors = (variables: Variables): Weights =>
    once(variables, () => scope.tensors(names.get(variables)!));
  /** An adapter belongs to one body. */
  const bodyOf = ({ body, adapter }: NetworkModule): Weights => {
    if (adapter === null) return tensors(body);
    const { variables } = adapter;
    return once(variables, () => withAdapter(tensors(body), scope.tensors(names.get(variables)!), adapter));
  };
  return Object.fromEntries(
    Object.entries(modules).map(([key, m]) => [
      key,
      new BoundNet(m.architecture, bodyOf(m), m.head === null ? null : tensors(m.head), memo),
    ]),
  );
}
