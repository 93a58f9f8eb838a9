/**
 * A new user's first hour, step by step, each held to what that user sees: help, the smallest experiment,
 * pairs and a model of their own, a plugin file in an empty folder, a live page, a comparison, exports,
 * Ctrl-C and what goes on from it. test/package/check.mjs takes it through the packed package; by hand,
 * through what was built here: `node test/package/hour.mjs [CLI]`. Offline; less than a minute of CPU.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @param cli the file that is run, by this very Node
 * @param check names a step and does it
 */
export async function hour(cli, check) {
  // Nothing lies in it or above it that could bring a package.
  const dir = mkdtempSync(join(tmpdir(), 'tiltyard-hour-'));
  const env = { ...process.env, NO_COLOR: '1' };
  const options = { cwd: dir, env, encoding: 'utf8', maxBuffer: 1 << 26 };
  const tiltyard = (...args) => spawnSync(process.execPath, [cli, ...args], options);
  /** What a call that goes well prints. */
  const says = (...args) => {
    const { status, stdout, stderr } = tiltyard(...args);
    if (status !== 0) throw new Error(`tiltyard ${args.join(' ')}: exit ${status}\n${stdout}${stderr}`);
    return stdout;
  };
  /** What one that is refused prints, which is one message on the other stream. */
  const refuses = (...args) => {
    const { status, stdout, stderr } = tiltyard(...args);
    if (status !== 2 || stdout !== '') throw new Error(`exit ${status}, printed ${stdout}`);
    return stderr;
  };
  try {
    await check('help of every command is there and speaks of no empty list', () => {
      const help = says('--help');
      const listed = help.slice(help.indexOf('Commands:'));
      const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map((m) => m[1]);
      const commands = names.filter((name) => name !== 'help');
      if (commands.length < 15) throw new Error(help);
      for (const command of commands) {
        const text = says(command, '--help');
        wants(text, `Usage: tiltyard ${command}`, 'Options:', '--json');
        if (text.includes('default: []')) throw new Error(text);
      }
    });
    await check('what is long comes whole through a pipe, a plugin with its values', () => {
      const schema = says('schema', 'report');
      if (schema.length <= 65_536 || JSON.parse(schema).properties === undefined) throw new Error('cut off');
      const values = says('list', 'plugins', 'ppo-rlhf');
      wants(values, '{"head", "separate"}', 'default for a checkpoint: 0.0001');
    });
    await check('what is mistyped is answered with what was meant', () => {
      wants(refuses('run', 'smok'), "did you mean 'smoke'?");
      wants(refuses('list', 'plugins', 'ppo'), "did you mean 'ppo-rlhf'?");
      wants(refuses('run', 'smoke', '--set', 'stages.dpo.params.bta=1'), "did you mean 'beta'?");
      wants(refuses('run', 'smoke', '--seeds', 'none'), 'whole number of at least 1');
    });
    await check('smoke runs, and its end is a sentence and a path', () => {
      const lines = says('run', 'smoke', '--out', 'smoke').trimEnd().split('\n');
      wants(lines.slice(0, 4).join('\n'), '9 runs');
      if (lines.filter((line) => line.startsWith('engine')).length !== 1) throw new Error(lines.join('\n'));
      const [sentence, path] = lines.slice(-2);
      if (!/^\S.*\.$/.test(sentence) || !existsSync(path)) throw new Error(lines.slice(-3).join('\n'));
      wants(readFileSync(path, 'utf8'), sentence.split(';')[0].split(' and ')[0]);
    });

    bringPairs(join(dir, 'pairs.jsonl'));
    bringModel(join(dir, 'model'));
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    writeFileSync(join(dir, 'simpo.js'), /```js\n([\s\S]*?)```/.exec(readme)[1]);
    writeFileSync(join(dir, 'mine.yaml'), EXPERIMENT);

    await check(
      'check says of own pairs and model what will be trained on, and of what use the start is',
      () => {
        wants(
          says('check', 'mine.yaml'),
          "collect: take up to 500 pairs and 30 held-out ones of the dataset's own",
          'pairs.jsonl: 150 rows, 145 kept',
          'dropped 5: rejected has nothing but white space',
          'asked: pairs 500, given ',
          'padding 2 (the end token, since no padding token is named)',
          'nothing can be learned from this start',
        );
        wants(refuses('check', 'mine.yaml', '--set', 'stages.dpo.params.batchSize=200'), 'than the');
      },
    );
    await check('own pairs, own model without a padding token and own plugin file run to a report', () => {
      const said = says('run', 'mine.yaml', '--out', 'a');
      wants(said, 'completed mine seed 0', 'completed dpo seed 0', 'report.html');
      wants(readFileSync(join(dir, 'a', 'report.html'), 'utf8'), '145 of 150 rows', '5 left out');
      const markdown = readFileSync(join(dir, 'a', 'report.md'), 'utf8');
      wants(markdown, 'pairs.jsonl: 150 rows, 145 used, 5 left out');
      if (/\\[[\]+-]/.test(markdown)) throw new Error('report.md escapes names or signs');
    });
    await check('Ctrl-C is answered at once, and its advice goes on to the end as it is typed', async () => {
      const { code, stdout } = await interrupted(
        cli,
        ['run', 'mine.yaml', '--out', 'b', '--set', BETA],
        options,
      );
      if (code !== 3) throw new Error(`exit ${code}\n${stdout}`);
      wants(stdout, 'stopping: waiting for ', 'Ctrl-C once more does not wait');
      const advice = /^interrupted; continue with: (.+)$/m.exec(stdout)?.[1];
      if (advice === undefined) throw new Error(stdout);
      const went = execFileSync('sh', ['-c', advice], options);
      wants(went, 'already finished', 'completed mine seed 0', join(dir, 'b', 'report.html'));
    });
    await check('verify-store finds both folders whole', () => {
      for (const out of ['a', 'b']) wants(says('verify-store', out), 'whole');
    });
    await check('compare says what changed and by how much', () => {
      wants(says('compare', 'a', 'b', '--out', 'changes.md'), 'beta', 'dpo');
      wants(readFileSync(join(dir, 'changes.md'), 'utf8'), 'dpo');
    });
    await check('export writes every format, figures that stand alone among them', () => {
      for (const format of ['csv', 'latex', 'tensorboard', 'figures']) {
        const path = says('export', 'smoke', '--format', format).trim();
        if (!existsSync(path)) throw new Error(`${format}: ${path} is missing`);
      }
      const figures = readdirSync(join(dir, 'smoke', 'export', 'figures'));
      const svg = figures.filter((name) => name.endsWith('.svg'));
      if (svg.length < 4) throw new Error(figures.join());
      for (const name of svg) {
        const path = join(dir, 'smoke', 'export', 'figures', name);
        wants(readFileSync(path, 'utf8'), 'xmlns=', '</svg>');
        const png = readFileSync(path.replace(/svg$/, 'png'));
        if (png.toString('latin1', 1, 4) !== 'PNG' || png.length < 5000) throw new Error(`${name}: no PNG`);
      }
    });
    await check('view serves a page at the address that it prints, and to nobody without its token', () =>
      viewed(cli, options),
    );
    await check('dpo and ipo are compared from a fine-tuned folder, which no stage made, by a judge', () => {
      const sft = readdirSync(join(dir, 'a', 'runs')).find((name) => name.startsWith('sft-'));
      cpSync(join(dir, 'a', 'runs', sft, 'model'), join(dir, 'tuned'), { recursive: true });
      writeFileSync(join(dir, 'tuned.yaml'), FROM_CHECKPOINT);
      const rates = 'default for a checkpoint of 45,952 parameters: dpo 0.0001, ipo 0.0001';
      wants(says('check', 'tuned.yaml'), rates, 'measure[initial]: evaluate the start');
      const sentence = says('run', 'tuned.yaml', '--out', 'd').trimEnd().split('\n').at(-2);
      wants(sentence, 'This experiment has no RL', 'no family is told apart from another over KL budgets');
      const report = JSON.parse(readFileSync(join(dir, 'd', 'report.json'), 'utf8'));
      wants(report.notes.join('\n'), rates);
      if (report.reference?.name !== 'checkpoint' || report.judge.canJudge !== true)
        throw new Error(JSON.stringify([report.reference, report.judge]));
      for (const { name, winRate, goldReward, missing } of report.algorithms)
        if (winRate.vsReference === null || goldReward === null)
          throw new Error(`${name}: ${missing.join()}`);
      wants(readFileSync(join(dir, 'd', 'report.html'), 'utf8'), 'checkpoint (start)');
    });
    await check('what a plugin misspells is said with file and line', () => {
      const text = readFileSync(join(dir, 'simpo.js'), 'utf8').replace('ops.logSigmoid', 'ops.logsigmoid');
      writeFileSync(join(dir, 'simpo.js'), text);
      const line = text.split('\n').findIndex((each) => each.includes('ops.logsigmoid')) + 1;
      const { status, stdout } = tiltyard('run', 'mine.yaml', '--out', 'c', '--set', 'seeds=1');
      if (status !== 1) throw new Error(`exit ${status}\n${stdout}`);
      wants(stdout, "did you mean 'logSigmoid'?", `simpo.js:${line}:`);
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const BETA = 'stages.dpo.params.beta=0.5';
const EXPERIMENT = `
name: mine
seeds: 1
dataset:
  name: jsonl
  params:
    { file: pairs.jsonl, tokenizer: ./model, maxPromptTokens: 64, maxCompletionTokens: 32, unusable: drop }
policy: { checkpoint: ./model }
collect: { pairs: 500, heldoutPairs: 30 }
evaluation: { testPrompts: 8, samplesPerPrompt: 1 }
stages:
  sft: { algorithm: sft, params: { epochs: 1, batchSize: 16 } }
  dpo: { algorithm: dpo, start: sft, params: { epochs: 1 } }
  mine: { algorithm: ./simpo.js, start: sft }
`;

const FROM_CHECKPOINT = `
name: tuned
seeds: 1
dataset:
  name: jsonl
  params:
    { file: pairs.jsonl, tokenizer: ./tuned, maxPromptTokens: 64, maxCompletionTokens: 32, unusable: drop }
policy: { checkpoint: ./tuned }
collect: { pairs: 500, heldoutPairs: 30 }
evaluation: { judge: judge, testPrompts: 8, samplesPerPrompt: 2 }
stages:
  judge: { algorithm: bt-reward, pairs: heldout, params: { batchSize: 8, epochs: 20, learningRate: 0.005 } }
  dpo: { algorithm: dpo, params: { epochs: 1 } }
  ipo: { algorithm: ipo, params: { epochs: 1 } }
`;

/** Pairs as somebody might write them down; one in thirty has an empty answer. */
function bringPairs(path) {
  const rows = Array.from({ length: 150 }, (_, i) => ({
    prompt: `Item ${i}: what is ${i} and one?`,
    chosen: ` It is ${i + 1}.`,
    rejected: i % 30 === 0 ? ' ' : ` It may be\n\n${i * 3}.`,
  }));
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/** A Hugging Face folder as many are: nothing in it names a padding token. */
function bringModel(path) {
  cpSync(join(root, 'test', 'golden', 'tiny-gpt2'), path, { recursive: true });
  for (const file of ['config.json', 'generation_config.json', 'tokenizer_config.json']) {
    const { pad_token_id: _, pad_token: __, ...rest } = JSON.parse(readFileSync(join(path, file), 'utf8'));
    writeFileSync(join(path, file), JSON.stringify(rest));
  }
}

function wants(text, ...parts) {
  for (const part of parts) if (!text.includes(part)) throw new Error(`'${part}' is missing from:\n${text}`);
}

/** A call that gets Ctrl-C once a run is under way. */
function interrupted(cli, args, { cwd, env }) {
  const child = spawn(process.execPath, [cli, ...args], { cwd, env });
  let [stdout, sent] = ['', false];
  child.stdout.on('data', (data) => {
    stdout += data;
    if (sent || !/^engine/m.test(stdout)) return;
    sent = true;
    child.kill('SIGINT');
  });
  return new Promise((done) => child.on('close', (code) => done({ code, stdout })));
}

async function viewed(cli, { cwd, env }) {
  const child = spawn(process.execPath, [cli, 'view', 'smoke', '--port', '0'], { cwd, env });
  try {
    const address = await new Promise((found, failed) => {
      let said = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (data) => {
          said += data;
          const url = /http:\/\/\S+/.exec(said)?.[0];
          if (url !== undefined) found(url);
        });
      }
      child.on('close', () => failed(new Error(said)));
    });
    const page = await fetch(address);
    wants(await page.text(), '<title>', 'smoke');
    const without = new URL(address);
    without.pathname = '/';
    const { status } = await fetch(without);
    if (page.status !== 200 || status !== 403) throw new Error(`answered ${page.status} and ${status}`);
  } finally {
    child.kill('SIGINT');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let failed = 0;
  const check = async (what, run) => {
    try {
      await run();
      process.stdout.write(`ok   hour: ${what}\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`FAIL hour: ${what}\n${error.stack}\n`);
    }
  };
  await hour(resolve(process.argv[2] ?? join(root, 'dist', 'harness', 'cli.js')), check);
  process.exit(failed === 0 ? 0 : 1);
}
