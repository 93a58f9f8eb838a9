/**
 * What the reader chose, kept in the address: `#tab=..&y=..&x=..&off=..&run=..&filter=..`. Anything unknown
 * there counts as not chosen.
 */
export const CHOICE = `
const TABS = { curves: 'Curves', runs: 'Runs', failures: 'Failures' };
const VERTICAL = { gold: 'gold reward', proxy: 'proxy reward', kl: 'KL, nats', loss: 'loss' };
const HORIZONTAL = { step: 'step', kl: 'KL, nats', flops: 'FLOPs' };

const chosen = () => {
  const address = new URLSearchParams(location.hash.slice(1));
  const pick = (key, known, otherwise) =>
    Object.hasOwn(known, address.get(key)) ? address.get(key) : otherwise;
  const y = pick('y', VERTICAL, 'gold');
  return {
    tab: pick('tab', TABS, 'curves'),
    y,
    x: y === 'loss' ? 'step' : pick('x', HORIZONTAL, 'step'),
    off: address.getAll('off'),
    run: address.get('run'),
    filter: address.get('filter') || '',
  };
};

const choose = (change) => {
  const next = Object.assign(chosen(), change);
  const address = new URLSearchParams();
  for (const key of ['tab', 'y', 'x']) address.set(key, next[key]);
  for (const name of next.off) address.append('off', name);
  if (next.run !== null) address.set('run', next.run);
  if (next.filter !== '') address.set('filter', next.filter);
  history.replaceState(null, '', '#' + address);
  draw();
};
`;
