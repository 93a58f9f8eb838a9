import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Rng } from '../../harness/rng.js';

// `npm run bench:data [-- MB]` says what `tiltyard check` costs on 10,000
// dialogues and on a file of MB megabytes (default 200; the bar is for 1000), both made up, each with bytes
// and with a Hugging Face tokenizer. Exit code 1 where a bar is missed.

const BARS = { cpuSeconds: 10, peakMb: 600 } as const;
const DIALOGUES = 10_000;
const WORDS =
  'the river stone was warm and cold under tree house blue light bird small however; 1984 café'.split(' ');
const rng = Rng.fromSeed(0);
const text = (words: number): string => Array.from({ length: words }, () => rng.pick(WORDS)).join(' ');

if (process.argv[2] === '--check') {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const cost = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMb: maxRSS / 1024 };
    writeSync(2, `\n${JSON.stringify(cost)}`);
  });
  process.argv = [process.argv[0]!, 'tiltyard', 'check', process.argv[3]!];
  await import('../../harness/cli.js');
} else {
  const megabytes = Number(process.argv[2] ?? 200);
  const dir = mkdtempSync(join(tmpdir(), 'tiltyard-bench-'));
  try {
    const dialogues = write('dialogues', dialogue, (rows) => rows === DIALOGUES);
    const large = write('large', plain, (_, bytes) => bytes >= megabytes * 1e6);
    writeTokenizer();
    let missed = false;
    const table = [dialogues, large].flatMap(({ file, rows, bytes }) =>
      ['bytes', 'hf'].map((tokenizer) => {
        const { cpuSeconds, peakMb } = checked(file, tokenizer);
        missed ||= (file === dialogues.file && cpuSeconds > BARS.cpuSeconds) || peakMb > BARS.peakMb;
        const size = { file, rows, MB: (bytes / 1e6).toFixed(0), tokenizer };
        return { ...size, 'CPU s': cpuSeconds.toFixed(1), 'peak MB': peakMb.toFixed(0) };
      }),
    );
    console.table(table);
    process.exitCode = missed ? 1 : 0;
  } finally {
    rmSync(dir, { recursive: true });
  }

  /** Writes rows until there are enough. */
  function write(
    file: string,
    row: (i: number) => object,
    enough: (rows: number, bytes: number) => boolean,
  ): { readonly file: string; readonly rows: number; readonly bytes: number } {
    const out = openSync(join(dir, `${file}.jsonl`), 'w');
    let [rows, bytes] = [0, 0];
    for (let block = ''; ; block = '') {
      while (block.length < 1 << 20 && !enough(rows, bytes + block.length)) {
        block += `${JSON.stringify(row(rows++))}\n`;
      }
      if (block === '') break;
      bytes += writeSync(out, block);
    }
    closeSync(out);
    return { file, rows, bytes };
  }

  /** As UltraFeedback has them: whole conversations with a prompt text beside. */
  function dialogue(i: number): object {
    const prompt = `${i} ${text(20 + rng.int(110))}`;
    const side = (): object[] => [
      { role: 'user', content: prompt },
      { role: 'assistant', content: text(20 + rng.int(360)) },
    ];
    return { prompt, chosen: side(), rejected: side(), score_chosen: 7.5, score_rejected: 6 };
  }

  function plain(i: number): object {
    return { prompt: `${i} ${text(30)}`, chosen: ` ${text(60)}`, rejected: ` ${text(60)}` };
  }

  /** A byte-level tokenizer that merges the beginnings of every word, and ChatML. */
  function writeTokenizer(): void {
    const letters = [...'!"#$%&\'()*+,-./:;<=>?@[]^_`{|}~\\', ...'ĠĊÃ©'];
    const alphabet = [
      ...letters,
      ...'0123456789',
      ...'abcdefghijklmnopqrstuvwxyz',
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    ];
    const merges = WORDS.flatMap((word) => {
      const spelled = Array.from(`Ġ${word.replaceAll(/[^a-z]/g, '')}`);
      return spelled.slice(1).map((letter, i) => [spelled.slice(0, i + 1).join(''), letter] as const);
    });
    const ends = ['<|im_start|>', '<|im_end|>'];
    const tokens = [...new Set([...ends, ...alphabet, ...merges.map((pair) => pair.join(''))])];
    const [start, end] = ends;
    const folder = join(dir, 'tokenizer');
    mkdirSync(folder);
    const json = (name: string, value: object): void =>
      writeFileSync(join(folder, name), JSON.stringify(value));
    json('tokenizer.json', {
      added_tokens: ends.map((content, id) => ({ id, content, special: true, normalized: false })),
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
      decoder: { type: 'ByteLevel' },
      model: {
        type: 'BPE',
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges: [...new Map(merges.map((pair) => [pair.join(' '), pair])).values()],
      },
    });
    json('tokenizer_config.json', { tokenizer_class: 'PreTrainedTokenizerFast', eos_token: end });
    writeFileSync(
      join(folder, 'chat_template.jinja'),
      `{% for m in messages %}${start}{{ m.role }}\n{{ m.content }}${end}\n{% endfor %}` +
        `{% if add_generation_prompt %}${start}assistant\n{% endif %}`,
    );
  }

  function checked(
    file: string,
    tokenizer: string,
  ): { readonly cpuSeconds: number; readonly peakMb: number } {
    const path = join(dir, `${file}-${tokenizer}.json`);
    const params = {
      file: `${file}.jsonl`,
      tokenizer: tokenizer === 'hf' ? 'tokenizer' : 'bytes',
      maxPromptTokens: 4096,
      maxCompletionTokens: 4096,
    };
    const experiment = {
      name: file,
      dataset: { name: 'jsonl', params },
      policy: { width: 8, layers: 1, heads: 1 },
      collect: { pairs: 64, heldoutPairs: 4 },
      stages: { dpo: { algorithm: 'dpo' } },
    };
    writeFileSync(path, JSON.stringify(experiment)); // JSON is YAML
    const own = fileURLToPath(import.meta.url);
    const { status, stderr } = spawnSync(process.execPath, [own, '--check', path], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stderr.slice(stderr.lastIndexOf('\n'))) as { cpuSeconds: number; peakMb: number };
  }
}
