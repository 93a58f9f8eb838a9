import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TiltyardError } from '../../../../harness/errors.js';
import { logps } from '../../../../harness/inspect/logps.js';
import { readModelFolder } from '../../../../harness/policy/checkpoint/folder.js';
import { chatTemplate } from '../../../../harness/policy/tokenizers/chat.js';
import { huggingFaceTokenizer } from '../../../../harness/policy/tokenizers/huggingface.js';
import { Rng } from '../../../../harness/rng.js';
import { temporary } from '../../../support.js';
import { reference } from '../../engine/support.js';
import { keep, mutate } from './mutated.js';

/** Folders; TILTYARD_MUTATED_MODELS=2000 makes what the bar asks, TILTYARD_SEED others of them. */
const ROUNDS = Number(process.env['TILTYARD_MUTATED_MODELS'] ?? 60);
const SEED = Number(process.env['TILTYARD_SEED'] ?? 12);
/** Where folders and what came of them are left, for test/peers/compare_mutated.py. */
const KEPT = process.env['TILTYARD_KEEP_MUTATED'];
const dir = temporary();
const engine = reference();
const IDS = [3, 5, 7, 9, 11, 2];
const TEXT = 'The film was good, 12 <s> é\n';
const TURNS = [
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Good day' },
];

/** @returns what the model gives; throws what reading throws */
async function modelOutcome(path: string): Promise<object> {
  async function* lines(): AsyncGenerator<string> {
    yield JSON.stringify({ ids: IDS });
  }
  const { architecture } = readModelFolder(path); // apart, since rows may be longer than its context
  if (IDS.length > architecture.contextLength || architecture.vocabSize < 12) return { small: true };
  const notes: string[] = [];
  for await (const { logps: values } of logps(engine, path, lines(), 'rows', (note) => notes.push(note))) {
    return { logps: values, notes };
  }
  throw new Error('no row came');
}

function tokenizerOutcome(path: string): object {
  const ids = huggingFaceTokenizer(path).encode(TEXT);
  const template = chatTemplate(path);
  return { ids, text: template === null ? null : template(TURNS, false) };
}

/** @returns what came, or the refusal; what is no refusal is a fault */
async function outcomeOf(
  work: () => object | Promise<object>,
  fault: (what: string) => void,
): Promise<object> {
  try {
    return await work();
  } catch (error) {
    const { stack, message } = error as Error;
    if (!(error instanceof TiltyardError)) fault(`no refusal: ${stack}`);
    else if (error.exitCode !== 2) fault(`exit code ${error.exitCode}: ${message}`);
    else if (message.includes('\n') || !message.includes(dir)) fault(`message: ${JSON.stringify(message)}`);
    return { refused: message };
  }
}

test('every mutated model folder is read, or refused in one message that names it', async () => {
  const path = join(dir, 'model');
  const faults: string[] = [];
  let [read, refused] = [0, 0];
  for (let i = 0; i < ROUNDS; i++) {
    const { what, weights } = mutate(path, Rng.fromSeed(SEED).split('folder', i));
    const fault = (which: string): void => void faults.push(`seed ${SEED}, folder ${i} (${what}): ${which}`);
    const started = process.cpuUsage();
    const model = weights ? await outcomeOf(() => modelOutcome(path), fault) : null;
    const tokenizer = await outcomeOf(() => tokenizerOutcome(path), fault);
    if (process.cpuUsage(started).user > 30e6) fault('took long');
    if (model !== null && 'logps' in model) {
      const values = model.logps as number[];
      if (!values.every((value) => Number.isFinite(value) && value <= 1e-6)) fault(`gives ${values.join()}`);
    }
    if ([model, tokenizer].some((outcome) => outcome !== null && 'refused' in outcome)) refused++;
    else read++;
    if (KEPT !== undefined)
      keep(path, join(KEPT, String(i)), { what, model, tokenizer, ids: IDS, TEXT, TURNS });
  }
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(ROUNDS / 4);
  expect(read).toBeGreaterThan(ROUNDS / 10);
}, 1_200_000);
