import { resolve } from 'node:path';
import type { DataAccount, Dataset } from '../../harness/contracts/dataset.js';
import type { Tokenizer } from '../../harness/contracts/tokenizer.js';
import { TiltyardError } from '../../harness/errors.js';
import { openPairs } from '../../harness/open-pairs.js';
import { openUnpaired } from '../../harness/open-unpaired.js';
import { sharedPrompts } from '../../harness/prompt-splits.js';
import { byteTokenizer } from '../../harness/policy/tokenizers/bytes.js';
import { chatTemplate, type Template } from '../../harness/policy/tokenizers/chat.js';
import { folderTokenizer } from '../../harness/policy/tokenizers/folder.js';
import { type ColumnsToRead, columnsToRead } from './layout.js';
import { afterAnswer, dialogue } from './messages.js';
import { isBuiltInTokenizer, type PairsParams, pairsSchema } from './params.js';
import { readPairs, type Reading, type ReadPairs } from './read-pairs.js';
import type { Source } from './source.js';
import { type TrainedTokenizer, trainedTokenizer } from './trained-tokenizer.js';
import { refuseUnread } from './unread-params.js';

export type { PairsParams } from './params.js';

/** A file format that holds preference pairs. */
interface PairFormat {
  readonly name: string;
  readonly description: string;
  /** What `file` names, for the schema. */
  readonly file: string;
  /** The files of a path. @param columns that have to be read where the format can leave some out */
  readonly sources: (path: string, columns: ColumnsToRead) => Source[];
}

/** Where templates of a model folder come from; null where there is none. */
interface Voice {
  readonly template: Template | null;
  readonly source: { readonly name: string; readonly from: string } | null;
}

/**
 * Preference pairs of your own, in Hugging Face's layout. There is no gold reward: reports show KL, proxy
 * reward and compute.
 */
export const pairDataset = (format: PairFormat): Dataset<PairsParams> => ({
  name: format.name,
  description: format.description,
  params: pairsSchema(format.file),
  async open(params, seed, baseDir) {
    refuseUnread(params, format.name);
    const folder = isBuiltInTokenizer(params.tokenizer) ? null : resolve(baseDir, params.tokenizer);
    const voice = voiceOf(folder);
    const sourcesOf = (file: string): Source[] =>
      format.sources(resolve(baseDir, file), columnsToRead(params.columns));
    const trained =
      params.tokenizer === 'bpe' ? await trainedTokenizer(sourcesOf(params.file), params) : null;
    const tokenizers = new Map<string, Tokenizer>();
    const tokenizer: Reading['tokenizer'] = (form) => {
      const made =
        tokenizers.get(form) ??
        (folder === null
          ? (trained?.tokenizer ?? byteTokenizer())
          : folderTokenizer(folder, { templated: form === 'messages' }));
      tokenizers.set(form, made);
      return made;
    };
    const reading: Reading = { params, template: voice.template, tokenizer };
    const read = (file: string): Promise<ReadPairs> => readPairs(file, sourcesOf(file), reading);
    const main = await read(params.file);
    const test = params.testFile === null ? null : await read(params.testFile);
    if (test !== null && test.form !== main.form) {
      const why = `${params.file} has rows of ${main.form}, ${params.testFile} of ${test.form}`;
      throw new TiltyardError('bad-row', `dataset ${format.name}: ${why}; give both one form`);
    }
    if (test !== null && test.kind !== main.kind) {
      const name = { pairs: 'pairs', unpaired: 'completions with a label' };
      const why = `${params.file} has ${name[main.kind]}, ${params.testFile} ${name[test.kind]}`;
      throw new TiltyardError('bad-row', `dataset ${format.name}: ${why}; give both one kind`);
    }
    const { maxPromptTokens, maxCompletionTokens, allowSharedPrompts } = params;
    const { testShare, validationShare, heldoutShare } = params;
    const options = {
      where: `dataset ${format.name}: ${params.file}`,
      tokenizer: tokenizer(main.form),
      maxPromptTokens,
      maxCompletionTokens,
      testShare,
      validationShare,
      heldoutShare,
      allowSharedPrompts,
    };
    const opened =
      main.kind === 'unpaired'
        ? openUnpaired(main.unpaired, seed, { ...options, ...(test === null ? {} : { test: test.unpaired }) })
        : openPairs(main.pairs, seed, {
            ...options,
            tokens: main.tokens,
            ...(test === null ? {} : { test: test.pairs, testTokens: test.tokens }),
          });
    return {
      ...opened,
      ...(params.truncate ? { truncate: true } : {}),
      account: accountOf(params, voice, main, test, opened.tokenizer, trained),
    };
  },
});

function voiceOf(folder: string | null): Voice {
  if (folder === null) {
    return {
      template: dialogue,
      source: { name: 'dialogue', from: 'tiltyard, as the tokenizer has no template' },
    };
  }
  const template = chatTemplate(folder);
  return { template, source: template === null ? null : template.source };
}

function accountOf(
  params: PairsParams,
  { template, source }: Voice,
  main: ReadPairs,
  test: ReadPairs | null,
  { specialTokens = [] }: Tokenizer,
  trained: TrainedTokenizer | null,
): DataAccount {
  const all = test === null ? [main] : [main, test];
  const dialogues = main.form === 'messages';
  return {
    sources: all.flatMap(({ sources }) => sources),
    template: dialogues ? source : null,
    specialTokens,
    notes: [
      ...notesOf(all),
      ...(trained === null ? [] : [trained.note]),
      ...(dialogues && !isBuiltInTokenizer(params.tokenizer) ? endOf(template!) : []),
      ...(test === null ? [] : sharedNote(params, main, test)),
    ],
  };
}

function notesOf(all: readonly ReadPairs[]): string[] {
  const total = (kind: string): number => all.reduce((n, { found }) => n + (found[kind] ?? 0), 0);
  const inexact = all.reduce((n, one) => n + one.inexact, 0);
  const repeated = all.reduce((n, one) => n + one.repeated, 0);
  const unread = [...new Set(all.flatMap((one) => [...one.unread]))];
  const notes: [number, string][] = [
    [
      total('common') + total('common transcript'),
      'rows have no prompt of their own: it is what both texts begin with.',
    ],
    [
      total('transcript'),
      'rows are transcripts: their prompt ends after the last "Assistant:" they share, as implicitPrompt: ' +
        'transcript has it, where TRL goes on into answers that begin alike.',
    ],
    [
      total('common transcript'),
      'rows are transcripts whose answers begin alike: what both begin with is their prompt, as in TRL ' +
        '(implicitPrompt: transcript ends it behind "Assistant:").',
    ],
    [repeated, 'rows have completions that begin with their whole prompt: it stands there twice, as in TRL.'],
    [
      total('turns beside a prompt text'),
      'rows have a prompt text beside whole conversations: the turns that both share are the prompt, the ' +
        'text is not read.',
    ],
    [
      total('last turn'),
      'rows are a conversation with a label: its last turn is the completion, those before it the prompt.',
    ],
    [
      inexact,
      'rows have a prompt whose last token changes where a completion follows; they are cut after as many ' +
        'tokens as the prompt has alone, as TRL does.',
    ],
  ];
  const said = notes.filter(([rows]) => rows > 0).map(([rows, what]) => `${rows} ${what}`);
  return unread.length === 0 ? said : [...said, `Columns that are not read: ${unread.join(', ')}.`];
}

/** Dialogues get no end token beside the template's own, as in TRL; one that writes none is worth a word. */
function endOf(template: Template): string[] {
  const after = afterAnswer(template);
  if (after === null || after.trim() !== '') return [];
  return [
    'The chat template writes nothing after an answer, and no end token is added to dialogues, as in TRL: ' +
      'nothing trains the policy to stop.',
  ];
}

function sharedNote({ testFile }: PairsParams, main: ReadPairs, test: ReadPairs): string[] {
  const rows = ({ kind, pairs, unpaired }: ReadPairs) => (kind === 'pairs' ? pairs : unpaired);
  const shared = sharedPrompts(rows(test), rows(main));
  if (shared.length === 0) return [];
  return [`${shared.length} prompts of ${testFile} are training prompts too, as allowSharedPrompts has it.`];
}
