import { refuseInherited } from './inherited.js';

type Mapping = Record<string, unknown>;

/**
 * Changes a mapping as a JSON merge patch says (RFC 7396): mappings are merged key by key, null takes a key
 * away, whatever else takes the place of what was there.
 * @throws TiltyardError for a name that every object has, which leads to what all of them share
 */
export function mergePatch(target: Mapping, patch: unknown): void {
  if (!isMapping(patch)) return;
  for (const [key, value] of Object.entries(patch)) {
    refuseInherited(key, 'withModel');
    if (value === null) delete target[key];
    else if (!isMapping(value)) target[key] = value;
    else {
      const inner = target[key];
      const merged: Mapping = isMapping(inner) ? inner : {};
      mergePatch(merged, value);
      target[key] = merged;
    }
  }
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
