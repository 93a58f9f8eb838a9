import { loadAnalysis, loadExperiment, loadMember, loadSuite } from '../config/load.js';
import { configurations, makePlan } from '../config/plan.js';
import { preflight } from '../run/preflight.js';
import { openSuite } from '../run/suite.js';

/** Validates an experiment and tells what a run of it would do. */
export async function check(file: string, json: boolean): Promise<string> {
  const analysis = loadAnalysis(file);
  if (analysis !== null) return json ? `${JSON.stringify({ analysis: analysis.analysis })}\n` : `${analysis.name}: valid; the analysis ${analysis.analysis}\n`;
  const suite = loadSuite(file);
  if (suite !== null) return checkSuite(suite, json);
  const { experiment, baseDir, source } = loadExperiment(file);
  const { runs } = await makePlan(experiment, baseDir, source);
  await preflight(runs, source);
  if (json) return runs.map((r) => `${JSON.stringify({ id: r.id, label: r.label, seed: r.seed, role: r.role, inputs: r.inputs })}\n`).join('');
  const labels = [...new Map(runs.map((r) => [r.label, r])).values()];
  const rows = labels.map((r) => `  ${r.label}: ${r.algorithm?.name ?? 'sample and label pairs'} (${r.role})`);
  const tuning = [...configurations(runs)].map(([stage, n]) => `${stage} ${n}`).join(', ');
  return `${source}: valid; ${runs.length} runs for ${experiment.seeds.length} seeds on dataset ${experiment.dataset.name}\n${rows.join('\n')}\n${tuning === '' ? '' : `configurations of each compared stage: ${tuning}\n`}`;
}

/** Every member at the default size. Runs that members share count once. */
async function checkSuite({ name, suite, baseDir }: NonNullable<ReturnType<typeof loadSuite>>, json: boolean): Promise<string> {
  const { profile, members } = await openSuite(suite, baseDir, undefined);
  const ids = new Set<string>();
  const rows: { member: string; runs: number; seeds: number; dataset: string }[] = [];
  for (const [member, raw] of Object.entries(members)) {
    const { experiment, source } = loadMember(raw, name, member, baseDir);
    const { runs } = await makePlan(experiment, baseDir, source);
    await preflight(runs, source);
    for (const { id } of runs) ids.add(id);
    rows.push({ member, runs: runs.length, seeds: experiment.seeds.length, dataset: experiment.dataset.name });
  }
  if (json) return rows.map((r) => `${JSON.stringify(r)}\n`).join('');
  return `${name}: valid; a suite of ${rows.length} experiments, ${ids.size} runs at profile ${profile}\n${rows.map((r) => `  ${r.member}: ${r.runs} runs for ${r.seeds} seeds on dataset ${r.dataset}\n`).join('')}`;
}
