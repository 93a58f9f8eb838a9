import type { EvalRow, SampleRow, StepRow } from '../../harness/store/records.js';

/** Whether what a line holds is a row as far as the page reads it: a file may hold anything. */

type Fields = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isEstimate = (value: unknown): boolean =>
  value === null || value === undefined || (isRecord(value) && isNumber(value['mean']));

export const isStep = (row: unknown): row is StepRow =>
  isRecord(row) &&
  isNumber(row['step']) &&
  isRecord(row['metrics']) &&
  Object.values(row['metrics']).every(isNumber);

export const isEvaluation = (row: unknown): row is EvalRow =>
  isRecord(row) &&
  isNumber(row['step']) &&
  ['validation', 'test'].includes(String(row['split'])) &&
  [row['goldReward'], row['proxyReward']].every(isEstimate) &&
  isRecord(row['kl']) &&
  Object.values(row['kl']).every((value) => isEstimate(value) || isRecord(value)) &&
  isNumber(row['flops']);

export const isSample = (row: unknown): row is SampleRow =>
  isRecord(row) &&
  ['prompt', 'completion'].every((name) => typeof row[name] === 'string') &&
  isNumber(row['tokens']) &&
  ['gold', 'proxy', 'logp', 'refLogp'].every((name) => row[name] === null || isNumber(row[name]));
