import { finished, type StoredExperiment } from '../../harness/store/read.js';

/** What a reader should know of a folder before believing a difference. @param name A or B */
export function notes({ runs }: StoredExperiment, name: string): string[] {
  const open = runs.filter(({ outcome }) => outcome === null || outcome.outcome === 'interrupted').length;
  const engines = runs.filter(finished).map(({ outcome }) => outcome!.engine);
  const devices = distinct(engines.map((engine) => `${engine.name}/${engine.device}`));
  const said: string[] = [];
  if (open > 0) said.push(`${name} is unfinished: ${open} of its ${runs.length} runs have no final outcome.`);
  if (devices.length > 1) {
    const several = devices.join(' and ');
    said.push(`${name} has runs from different devices (${several}); a difference may be theirs.`);
  }
  return said;
}

/**
 * Why clocks are not compared: they can be on one kind of machine under one kind of load. Null where they
 * are.
 */
export function clockReason(a: StoredExperiment, b: StoredExperiment): string | null {
  const [before, after] = [a, b].map(clockOf) as [Clock, Clock];
  if (before.cpu !== after.cpu) {
    return `clock figures are not compared: the processors differ (${before.cpu}; ${after.cpu})`;
  }
  if (before.load === after.load) return null;
  return `clock figures are not compared: A ran ${before.load}, B ${after.load}`;
}

interface Clock {
  readonly cpu: string;
  readonly load: string;
}

function clockOf({ runs }: StoredExperiment): Clock {
  const clocks = runs.filter(finished).map(({ outcome }) => outcome!.clock);
  const cpus = clocks.map(({ environment }) => environment.cpuModel);
  const loads = clocks.map(({ concurrent }) => (concurrent ? 'at the same time' : 'one at a time'));
  return { cpu: distinct(cpus).join(' and '), load: distinct(loads).join(' and ') };
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();
