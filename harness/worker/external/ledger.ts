import { existsSync, readFileSync } from 'node:fs';
import type { ExternalLedger, ExternalPhase } from '../../contracts/external.js';
import { quoted, TiltyardError } from '../../errors.js';

type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const isAmount: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
const isBytes: Check = (value) => value === null || isCount(value);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const PHASES: readonly ExternalPhase[] = ['rollout', 'score', 'forward', 'update'];
const TOKENS = ['trained', 'generated'] as const;

/** Field -> what it should be, and whether it is. */
const FIELDS: Readonly<Record<string, readonly [wanted: string, is: Check]>> = {
  version: ['1', (value) => value === 1],
  ...each('tokens', TOKENS, 'a whole number', isCount),
  ...each('read', PHASES, 'a whole number', isCount),
  ...each('seconds', PHASES, 'a number of seconds', isAmount),
  peakMemoryBytes: ['bytes or null', isBytes],
  peakDeviceMemoryBytes: ['bytes or null', isBytes],
  versions: [
    'package -> version',
    (value) => isRecord(value) && Object.values(value).every((version) => typeof version === 'string'),
  ],
  stopped: ["'steps', 'seconds' or null", (value) => [null, 'steps', 'seconds'].includes(value as null)],
};

const FLOPS = each('flops', PHASES, 'a number of operations', isAmount);

function each(
  group: string,
  names: readonly string[],
  wanted: string,
  is: Check,
): Record<string, readonly [string, Check]> {
  return Object.fromEntries(names.map((name) => [`${group}.${name}`, [wanted, is] as const]));
}

/**
 * What a trainer said of its work.
 * @throws TiltyardError naming the first field that is missing or wrong
 */
export function readLedger(plugin: string, path: string): ExternalLedger {
  const refuse = (what: string): TiltyardError =>
    new TiltyardError('bad-ledger', `plugin ${plugin}: its ledger ${path}: ${what}`, { exitCode: 1 });
  if (!existsSync(path)) throw refuse('is not there; a trainer leaves one at its end, see ExternalLedger');
  let ledger: unknown;
  try {
    ledger = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw refuse(`is no JSON (${(error as Error).message})`);
  }
  if (!isRecord(ledger)) throw refuse('is no object');
  if (ledger['flops'] === undefined) throw refuse('flops is missing; null where none were counted');
  const fields = ledger['flops'] === null ? FIELDS : { ...FIELDS, ...FLOPS };
  for (const [name, [wanted, is]] of Object.entries(fields)) {
    const value = valueAt(ledger, name);
    if (is(value)) continue;
    throw refuse(
      `${name} should be ${wanted}, ${value === undefined ? 'is missing' : `got ${quoted(value)}`}`,
    );
  }
  return ledger as unknown as ExternalLedger;
}

function valueAt(ledger: Record<string, unknown>, name: string): unknown {
  const [first, second] = name.split('.') as [string, string?];
  const value = ledger[first];
  if (second === undefined) return value;
  return isRecord(value) ? value[second] : undefined;
}
