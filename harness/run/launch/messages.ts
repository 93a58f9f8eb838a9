import type { WorkerEvent } from './launch.js';

/** What a worker says to its parent alone: that it has read its task, and that it can take the next. */
export type Message =
  | Exclude<WorkerEvent, { type: 'state' }>
  | { readonly type: 'taken' }
  | { readonly type: 'free' };

/** What a line of a worker's channel says; null for what no worker says. */
export function messageIn(line: string): Message | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isRecord(value) || typeof value['type'] !== 'string') return null;
  const fields = FIELDS[value['type'] as Message['type']] as Fields | undefined;
  if (fields === undefined) return null;
  const whole = Object.entries(fields).every(([name, holds]) => holds(value[name]));
  return whole ? (value as unknown as Message) : null;
}

type Fields = Readonly<Record<string, (value: unknown) => boolean>>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
const isNumber = (value: unknown): boolean => typeof value === 'number';

const FIELDS: { readonly [T in Message['type']]: Fields } = {
  taken: {},
  free: {},
  started: { engine: isText, device: isText, reason: isText },
  progress: {
    phase: isText,
    step: isCount,
    totalSteps: (value) => value === null || isNumber(value),
    metrics: (value) => isRecord(value) && Object.values(value).every(isNumber),
  },
  note: { message: isText },
};
