import { statSync } from 'node:fs';
import type { Tokenizer } from '../../harness/contracts/tokenizer.js';
import { tokenizerOfJson } from '../../harness/policy/tokenizers/huggingface.js';
import { trainBpe, WordCounts } from '../../harness/policy/tokenizers/train-bpe.js';
import { fieldsOf } from './layout.js';
import { dialogue } from './messages.js';
import type { PairsParams } from './params.js';
import { pairOf } from './preference-row.js';
import { isRefusal } from './refusal.js';
import type { Source } from './source.js';
import { judgementOf } from './unpaired-row.js';

/** Characters that are counted; what a file holds beyond them would change few tokens. */
const MOST_TEXT = 1 << 25;

/** A tokenizer that was trained on a file, and what a reader should know of it. */
export interface TrainedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly note: string;
}

/** Those of this process, by what they depend on: its runs open the same file again and again. */
const trained = new Map<string, Promise<TrainedTokenizer>>();

/**
 * A byte-level BPE of the texts of a file: prompts and every completion, whichever was preferred. Labels play
 * no part, and neither does a pipeline seed, so that the texts of test prompts are among them. Rows that
 * cannot be used are left out; they are refused or counted where they are read for training.
 * @throws TiltyardError for files that cannot be read
 */
export function trainedTokenizer(
  sources: readonly Source[],
  params: Pick<PairsParams, 'file' | 'columns' | 'implicitPrompt' | 'vocabulary'>,
): Promise<TrainedTokenizer> {
  const { file, columns, implicitPrompt, vocabulary } = params;
  const files = sources.map(({ path }) => {
    const { mtimeMs, size } = statSync(path);
    return { path, mtimeMs, size };
  });
  const key = JSON.stringify({ file, columns, implicitPrompt, vocabulary, files });
  const known = trained.get(key);
  if (known !== undefined) return known;
  const made = train(sources, params);
  trained.set(key, made);
  made.catch(() => trained.delete(key));
  return made;
}

async function train(
  sources: readonly Source[],
  { file, columns, implicitPrompt, vocabulary }: Parameters<typeof trainedTokenizer>[1],
): Promise<TrainedTokenizer> {
  const words = new WordCounts();
  let counted = 0;
  const count = (text: string): void => {
    words.add(text);
    counted += text.length;
  };
  for (const source of sources) {
    for await (const { value } of source.rows()) {
      if (counted > MOST_TEXT) break;
      const fields = fieldsOf(value, columns);
      if (isRefusal(fields)) continue;
      const row =
        'label' in fields ? judgementOf(fields, dialogue) : pairOf(fields, dialogue, implicitPrompt);
      if (isRefusal(row)) continue;
      if ('completion' in row) count(row.prompt + row.completion);
      else {
        count(row.prompt + row.chosen);
        count(row.rejected);
      }
    }
  }
  const tokenizer = tokenizerOfJson(trainBpe(words.spelled(), vocabulary), `${file}: its tokenizer`);
  const share = counted > MOST_TEXT ? `the first ${counted} characters` : 'all texts';
  const note =
    `The tokenizer, a byte-level BPE of ${tokenizer.vocabSize} tokens, was trained on ${share} of ${file}, ` +
    'those of test prompts among them; labels play no part in it.';
  return { tokenizer, note };
}
