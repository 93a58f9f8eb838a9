import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sharedFolders } from '../../../support.js';

/** A model folder of these files; objects are written as JSON. */
export function folderOf(files: Readonly<Record<string, unknown>>): string {
  const all = sharedFolders(process.ppid);
  mkdirSync(all, { recursive: true });
  const dir = mkdtempSync(join(all, 'tokenizer-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return dir;
}

const special = (id: number, content: string) => ({ id, content, special: true, normalized: false });

/** Letters and a few words as tokens, byte by byte; ids 0 to 3 are special. */
export const LETTERS = {
  added_tokens: ['<pad>', '<end>', '<turn>', '<begin>'].map((content, id) => special(id, content)),
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries(
      ['<pad>', '<end>', '<turn>', '<begin>', ...'abcdefghijklmnopqrstuvwxyz?Ġ\u010a', 'Ġa', 'ab'].map(
        (token, id) => [token, id],
      ),
    ),
    merges: [
      ['Ġ', 'a'],
      ['a', 'b'],
    ],
  },
};

export const BACKEND = { tokenizer_class: 'PreTrainedTokenizerFast' };
