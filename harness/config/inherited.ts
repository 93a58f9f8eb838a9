import { TiltyardError } from '../errors.js';

/**
 * Refuses a key that every object has, such as `__proto__`: what is written under it is written into all.
 * @param where what the message starts with
 * @throws TiltyardError
 */
export function refuseInherited(key: string, where: string): void {
  if (key in Object.prototype)
    throw new TiltyardError('bad-set', `${where}: '${key}' is no key of an experiment`);
}
