import { TiltyardError } from '../errors.js';
import type { LlmJudge } from '../store/experiment.js';

const held = new Map<string, string>();

/** @throws TiltyardError where a judge's key is not in the environment */
export function requireKeys(judges: readonly Pick<LlmJudge, 'name' | 'keyFrom'>[]): void {
  for (const { name, keyFrom } of judges) {
    if (keyFrom === null || held.has(keyFrom)) continue;
    const key = process.env[keyFrom] ?? '';
    if (/^[\x21-\x7e]+$/.test(key)) continue;
    const what = `evaluation.judge ${name}: its key is to come from the environment variable ${keyFrom}`;
    const is = key === '' ? 'is not set' : 'has spaces or other characters in it that no key has';
    const remedy = 'export it, or set keyFrom: null where the server takes no key';
    throw new TiltyardError('judge-key', `${what}, which ${is}; ${remedy}`);
  }
}

/**
 * Takes the keys of judges out of the environment, so that no worker has them, nor the code of a plugin.
 * @throws TiltyardError as `requireKeys`
 */
export function takeKeys(judges: readonly Pick<LlmJudge, 'name' | 'keyFrom'>[]): void {
  requireKeys(judges);
  for (const { keyFrom } of judges) {
    const key = keyFrom === null ? undefined : process.env[keyFrom];
    if (keyFrom === null || key === undefined) continue;
    held.set(keyFrom, key);
    delete process.env[keyFrom];
  }
}

/** A key that was taken; null for a judge without one. */
export const keyFor = ({ keyFrom }: Pick<LlmJudge, 'keyFrom'>): string | null =>
  keyFrom === null ? null : (held.get(keyFrom) ?? null);
