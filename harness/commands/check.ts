import { loadAnalysis, loadExperiment } from '../config/load.js';
import { configurations, makePlan } from '../config/plan.js';
import { preflight } from '../config/preflight.js';

/** Validates an experiment and tells what a run of it would do. */
export async function check(file: string, json: boolean): Promise<string> {
  const analysis = loadAnalysis(file);
  if (analysis !== null) return json ? `${JSON.stringify({ analysis: analysis.analysis })}\n` : `${analysis.name}: valid; the analysis ${analysis.analysis}\n`;
  const { experiment, baseDir, source } = loadExperiment(file);
  const { runs } = await makePlan(experiment, baseDir, source);
  await preflight(runs, source);
  if (json) return runs.map((r) => `${JSON.stringify({ id: r.id, label: r.label, seed: r.seed, role: r.role, inputs: r.inputs })}\n`).join('');
  const labels = [...new Map(runs.map((r) => [r.label, r])).values()];
  const rows = labels.map((r) => `  ${r.label}: ${r.algorithm?.name ?? 'sample and label pairs'} (${r.role})`);
  const tuning = [...configurations(runs)].map(([stage, n]) => `${stage} ${n}`).join(', ');
  return `${source}: valid; ${runs.length} runs for ${experiment.seeds.length} seeds on dataset ${experiment.dataset.name}\n${rows.join('\n')}\n${tuning === '' ? '' : `configurations of each compared stage: ${tuning}\n`}`;
}
