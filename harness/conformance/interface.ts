import { validated } from '../config/validate.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';
import type { Metrics, Ran } from './run.js';

/** Every parameter has a type, a description, and a default or a place in `required`. */
export function schemaIsDocumented({ params }: AlgorithmPlugin): void {
  for (const [name, property] of Object.entries(params.properties)) {
    if (typeof property['description'] !== 'string' || property['description'] === '') {
      throw new Error(`parameter '${name}' has no description; it is shown in help and reports`);
    }
    if (property['default'] === undefined && params.required?.includes(name) !== true) {
      throw new Error(`parameter '${name}' has neither a default nor a place in required`);
    }
    if (property['type'] === undefined && property['enum'] === undefined && property['oneOf'] === undefined) {
      throw new Error(`parameter '${name}' has no type`);
    }
  }
}

/** Unknown parameters are an error of whoever gives them. */
export function schemaIsClosed(plugin: AlgorithmPlugin): void {
  validated(plugin.params, {}, plugin.name);
  let refused = false;
  try {
    validated(plugin.params, { 'no such parameter': 1 }, plugin.name);
  } catch {
    refused = true;
  }
  if (!refused) throw new Error('an unknown parameter is accepted; set additionalProperties: false');
}

/** Weights stay finite, and there is something to train or to sample. */
export function works({ steps, weights }: Ran, plugin: AlgorithmPlugin): string | undefined {
  for (const [name, values] of weights) {
    if (values.every(Number.isFinite)) continue;
    throw new Error(`weights ${name} are not finite after ${steps.length} steps with default parameters`);
  }
  if (steps.length === 0 && plugin.sample === undefined) {
    throw new Error('trains nothing and samples nothing; yield records, or implement sample');
  }
  return undefined;
}

const NAME = /^[a-z0-9_]+(\/[a-z0-9_@.]+)*$/;

/** Finite numbers under TRL's names, what the trainer returns among them. */
export function metricsAreNamed(steps: readonly Metrics[], plugin: AlgorithmPlugin): string | undefined {
  if (steps.length === 0) return plugin.sample === undefined ? undefined : 'takes no training step';
  steps.forEach((metrics, i) => {
    for (const [name, value] of Object.entries(metrics)) {
      if (!NAME.test(name)) {
        const rule = 'use lower case, _ and one / for groups, e.g. rewards/margins';
        throw new Error(`metric '${name}' is not named like TRL's; ${rule}`);
      }
      if (typeof value !== 'number' || !Number.isFinite(value)) {
        throw new Error(`metric '${name}' is ${String(value)} at step ${i + 1}; metrics are finite numbers`);
      }
    }
  });
  for (const name of ['loss', 'grad_norm', 'learning_rate']) {
    if (steps[0]![name] !== undefined) continue;
    throw new Error(`metric '${name}' is missing; pass on what trainer.step returns`);
  }
  return undefined;
}
