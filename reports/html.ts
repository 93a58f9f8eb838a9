import { bytes, escapeHtml as e, number, percent, seconds, si, signed, withInterval } from './format.js';
import type { Figure } from '../harness/stats/interval.js';
import type { DrawnFigure } from './figures.js';
import type { AlgorithmRow, Report } from './model.js';
import { page, scroll } from './page.js';
import { direction } from './verdicts.js';

/** One file: no script, no network, light and dark, from 360 px up, printable. */
export function toHtml(report: Report, figures: readonly DrawnFigure[]): string {
  return page(report.name, `<header>
<p class="eyebrow">Tiltyard report</p>
<h1>${e(report.name)}</h1>
${report.description === '' ? '' : `<p class="lede">${e(report.description)}</p>`}
<p class="meta">${report.seeds.length} pipeline ${report.seeds.length === 1 ? 'seed' : 'seeds'} · dataset ${e(report.dataset.name)}${report.environment === null ? '' : ` · ${e(report.environment.engine)} on ${e(report.environment.device)} · ${report.environment.parameters.toLocaleString('en')} parameters`} · experiment ${e(report.experimentHash.slice(0, 12))}</p>
</header>
${report.failures.length === 0 ? '' : `<p class="alarm">${report.failures.length} of the runs did not finish; <a href="#failures">see which and why</a>.</p>`}
<section><h2>What came out</h2>
<ul class="verdicts">${report.verdicts.slice(0, report.algorithms.length).map((v) => `<li>${e(v)}</li>`).join('')}</ul>
${report.verdicts.length > report.algorithms.length ? `<details open><summary>Algorithm against algorithm</summary><ul class="verdicts">${report.verdicts.slice(report.algorithms.length).map((v) => `<li>${e(v)}</li>`).join('')}</ul></details>` : ''}
</section>
${table(report)}
<section><h2>Figures</h2><div class="figures">${figures.map(figure).join('')}</div></section>
${equalKl(report)}
${headToHead(report)}
${rewardModels(report)}
${samples(report)}
${shared(report)}
${parameters(report)}
<section><h2>How to read this</h2><ul>${report.notes.map((n) => `<li>${e(n)}</li>`).join('')}</ul></section>
${environment(report)}
<section id="failures"><h2>Failures</h2>${report.failures.length === 0 ? '<p>None: every run finished.</p>' : scroll(`<table><thead><tr><th>run</th><th>seed</th><th>outcome</th><th>cause</th></tr></thead><tbody>${report.failures.map((f) => `<tr><th scope="row">${e(f.run)}</th><td>${f.seed}</td><td>${e(f.outcome)}</td><td class="wrap">${e(f.cause)}</td></tr>`).join('')}</tbody></table>`)}</section>
`);
}

function figureCell(f: Figure | null, format: (x: number) => string = (x) => number(x)): string {
  if (f === null) return '<td class="none">–</td>';
  const [mean, lo, hi] = [f.mean, ...(f.ci ?? [f.mean, f.mean])].map(format) as [string, string, string];
  return `<td><b>${e(mean)}</b>${lo === mean && hi === mean ? '' : `<small>${e(sameUnit(lo, hi))}</small>`}</td>`;
}

/** `1.19 to 1.33 TFLOP` rather than the unit twice. */
function sameUnit(lo: string, hi: string): string {
  const unit = / \S+$/.exec(hi)?.[0] ?? '';
  return `${unit !== '' && lo.endsWith(unit) ? lo.slice(0, -unit.length) : lo} to ${hi}`;
}

function table(report: Report): string {
  const start = report.reference;
  const head = ['algorithm', 'gold reward', 'against the start', 'win rate: start', 'win rate: chosen', 'KL, nats', 'compute', 'time', 'memory', 'runs'];
  const row = (a: AlgorithmRow): string => `<tr><th scope="row">${e(a.name)}</th>${figureCell(a.goldReward)}${difference(a)}${figureCell(a.winRate.vsReference, percent)}${figureCell(a.winRate.vsChosen, percent)}${figureCell(a.kl.sequence)}${figureCell(a.compute.flops, (x) => si(x, 'FLOP'))}${figureCell(a.compute.seconds, seconds)}${a.compute.peakMemoryBytes === null ? '<td class="none">–</td>' : `<td><b>${bytes(a.compute.peakMemoryBytes.mean)}</b></td>`}<td>${a.completed}/${a.runs}</td></tr>`;
  const startRow = start === null ? '' : `<tr class="start"><th scope="row">${e(start.name)} <small>the start</small></th>${figureCell(start.goldReward)}<td>0</td><td>50%</td><td class="none">–</td><td>0</td>${'<td class="none">–</td>'.repeat(3)}<td></td></tr>`;
  const chosenRow = report.chosen === null ? '' : `<tr class="start"><th scope="row">chosen <small>held-out pairs</small></th>${figureCell(report.chosen.goldReward)}${'<td class="none">–</td>'.repeat(7)}<td></td></tr>`;
  return `<section><h2>Algorithms</h2><p class="hint">Mean over seeds, 95 % interval beneath. Win rates count ties as half.</p>${scroll(`<table class="main"><thead><tr>${head.map((h) => `<th scope="col">${h}</th>`).join('')}</tr></thead><tbody>${report.algorithms.map(row).join('')}${startRow}${chosenRow}</tbody></table>`)}
<p class="hint">KL: ${[...new Set(report.algorithms.flatMap((a) => (a.kl.estimator === null ? [] : [`${e(a.name)} ${e(a.kl.estimator)}`])))].join('; ')}.</p>${exactTable(report)}</section>`;
}

/** Where every completion can be listed. */
function exactTable(report: Report): string {
  const rows = report.algorithms.filter((a) => a.exact.goldReward !== null);
  if (rows.length === 0) return '';
  return `<p class="hint">Here every completion can be listed. Efficiency is the share of the gain that the best policy at the same KL has over the start: 1 is the frontier; regret is the gold reward lost against it.</p>${scroll(`<table><thead><tr><th>algorithm</th><th>expected gold reward</th><th>KL, nats</th><th>frontier efficiency</th><th>regret</th></tr></thead><tbody>${rows.map((a) => `<tr><th scope="row">${e(a.name)}</th>${figureCell(a.exact.goldReward)}${figureCell(a.kl.sequence)}${figureCell(a.exact.frontierEfficiency)}${figureCell(a.exact.regret)}</tr>`).join('')}</tbody></table>`)}`;
}

function difference(a: AlgorithmRow): string {
  if (a.goldDifference === null) return `<td class="none" title="${e(a.missing.join('; '))}">–</td>`;
  const f = a.goldDifference;
  return `<td class="${direction(f)}"><b>${e(signed(f.mean))}</b>${f.ci === null ? '' : `<small>${e(signed(f.ci[0]))} to ${e(signed(f.ci[1]))}</small>`}</td>`;
}

const figure = (f: DrawnFigure): string => `<figure id="${f.id}"><figcaption><b>${e(f.title)}</b> ${e(f.reading)}</figcaption>${f.svg}</figure>`;

function equalKl(report: Report): string {
  if (report.matchedKl.length === 0) return '';
  const cell = (f: Figure | null): string => (f === null ? '<td class="none">–</td>' : `<td class="${direction(f)}"><b>${e(signed(f.mean))}</b>${f.ci === null ? '' : `<small>${e(signed(f.ci[0]))} to ${e(signed(f.ci[1]))}</small>`}</td>`);
  return `<section><h2>At equal KL</h2><p class="hint">Gold reward of the first minus the second where both are equally far from the start: at the most KL that both reach in every seed, and on average over the whole common range. Read off each seed's training curve on validation prompts, paired by seed; nothing is extrapolated.</p>${scroll(`<table><thead><tr><th>first</th><th>second</th><th>KL, nats</th><th>difference there</th><th>over the range</th></tr></thead><tbody>${report.matchedKl.map((m) => `<tr><th scope="row">${e(m.a)}</th><td>${e(m.b)}</td><td>${e(number(m.kl))}</td>${cell(m.goldDifference)}${cell(m.areaDifference)}</tr>`).join('')}</tbody></table>`)}</section>`;
}

function headToHead(report: Report): string {
  const names = report.algorithms.map((a) => a.name);
  if (report.headToHead.length === 0) return '';
  const rate = (a: string, b: string): string => {
    const direct = report.headToHead.find((h) => h.a === a && h.b === b)?.winRate;
    const turned = report.headToHead.find((h) => h.a === b && h.b === a)?.winRate;
    const f = direct ?? (turned == null ? null : { mean: 1 - turned.mean, ci: turned.ci === null ? null : ([1 - turned.ci[1], 1 - turned.ci[0]] as const), n: turned.n });
    if (a === b) return '<td class="none">·</td>';
    if (f === null) return '<td class="none">–</td>';
    const strength = Math.round(Math.min(1, Math.abs(f.mean - 0.5) * 2) * 70);
    return `<td style="background:color-mix(in srgb, var(--${f.mean >= 0.5 ? 'good' : 'bad'}) ${strength}%, transparent)"><b>${percent(f.mean)}</b>${f.ci === null ? '' : `<small>${percent(f.ci[0])} to ${percent(f.ci[1])}</small>`}</td>`;
  };
  return `<section><h2>Head to head</h2><p class="hint">How often the row's completion has the higher gold reward than the column's, on the same prompts; ties count as half.</p>${scroll(`<table><thead><tr><th></th>${names.map((n) => `<th scope="col">${e(n)}</th>`).join('')}</tr></thead><tbody>${names.map((a) => `<tr><th scope="row">${e(a)}</th>${names.map((b) => rate(a, b)).join('')}</tr>`).join('')}</tbody></table>`)}</section>`;
}

function rewardModels(report: Report): string {
  if (report.rewardModels.length === 0) return '';
  return `<section><h2>Reward models</h2><p class="hint"><code>test/</code> figures are on pairs no run trained on; <code>gold_agreement</code> is the share of them ordered as the gold reward orders them; <code>heldout/</code> figures are on the pairs kept for early stopping.</p>${report.rewardModels.map((m) => scroll(`<table><caption>${e(m.name)}, ${m.runs} runs</caption><tbody>${Object.entries(m.figures).map(([k, f]) => `<tr><th scope="row">${e(k)}</th><td>${e(withInterval(f))}</td></tr>`).join('')}</tbody></table>`)).join('')}</section>`;
}

function samples(report: Report): string {
  if (report.samples.length === 0) return '';
  return `<section><h2>Samples</h2><p class="hint">The first test prompts of the first seed, every policy with the same decoding randomness; the number is the gold reward.</p>${report.samples.map((s) => `<article class="sample"><h3><bdi>${e(s.prompt)}</bdi></h3><dl>${s.completions.map((c) => `<div><dt>${e(c.name)} <span>${c.gold === null ? '' : e(signed(c.gold))}</span></dt><dd><bdi>${e(c.text)}</bdi></dd></div>`).join('')}</dl></article>`).join('')}</section>`;
}

function shared(report: Report): string {
  if (report.sharedStages.length === 0) return '';
  return `<section><h2>Shared stages</h2><p class="hint">Run once per seed for every algorithm alike; a reward model is charged to the algorithms that use it.</p>${scroll(`<table><thead><tr><th>stage</th><th>runs</th><th>compute</th><th>time</th></tr></thead><tbody>${report.sharedStages.map((s) => `<tr><th scope="row">${e(s.stage)}</th><td>${s.runs}</td>${figureCell(s.flops, (x) => si(x, 'FLOP'))}${figureCell(s.seconds, seconds)}</tr>`).join('')}</tbody></table>`)}</section>`;
}

const parameters = (report: Report): string =>
  `<section><h2>Parameters</h2>${report.algorithms.map((a) => `<details><summary>${e(a.name)}: ${e(a.algorithm)}</summary><p class="params">${Object.entries(a.params).map(([k, v]) => `<code>${e(k)} = ${e(JSON.stringify(v))}</code>`).join(' ')}</p></details>`).join('')}<details><summary>dataset ${e(report.dataset.name)}</summary><p class="params">${Object.entries(report.dataset.params).map(([k, v]) => `<code>${e(k)} = ${e(JSON.stringify(v))}</code>`).join(' ')}</p></details></section>`;

function environment(report: Report): string {
  const env = report.environment;
  if (env === null) return '';
  const rows: [string, string][] = [['engine', `${env.engine} on ${env.device}: ${env.engineReason}`], ['processor', `${env.cpuModel}, ${env.cores} cores, ${bytes(env.memoryBytes)}`], ['platform', env.platform], ['Node', env.nodeVersion], ['tiltyard', `${env.tiltyardVersion}${env.gitCommit === null ? '' : `, commit ${env.gitCommit.slice(0, 12)}`}`], ...Object.entries(env.versions)];
  return `<section><h2>Environment</h2>${scroll(`<table><tbody>${rows.map(([k, v]) => `<tr><th scope="row">${e(k)}</th><td class="wrap">${e(v)}</td></tr>`).join('')}</tbody></table>`)}</section>`;
}
