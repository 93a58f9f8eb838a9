/** One run below the table: its parameters, its samples, and where a sample's tokens became more likely. */
export const RUN = `
const asJson = (path) => fetch(path).then((response) => response.json());

let opened = null;
const openRun = (choice) => {
  const place = at('open');
  const run = choice.run === null ? undefined : runs.get(choice.run);
  place.hidden = run === undefined || choice.tab !== 'runs';
  if (run === undefined) {
    opened = null;
    return;
  }
  const version = run.id + ' ' + run.state;
  if (opened === version) return;
  opened = version;
  place.replaceChildren(element('p', {}, 'Reading ' + run.id + ' …'));
  asJson('api/run/' + encodeURIComponent(run.id))
    .then((data) => {
      if (opened === version) place.replaceChildren(...runParts(run, data));
    })
    .catch(() => {
      if (opened === version) place.replaceChildren(element('p', {}, 'This run could not be read.'));
    });
};

const runParts = (run, { spec, samples, nSamples, strange }) => {
  const params = spec.algorithm === null ? {} : spec.algorithm.params;
  const codes = Object.keys(params).map((key) =>
    element('code', {}, key + ' ' + JSON.stringify(params[key])));
  const algorithm = run.algorithm === null ? '' : ', ' + run.algorithm;
  const cut = samples.length < nSamples ? ', the first ' + samples.length + ' of ' + nSamples : '';
  return [
    element('h2', {}, run.id),
    element('p', { class: 'meta' }, run.state + algorithm + ', seed ' + run.seed),
    element('div', { class: 'params' }, codes),
    ...(strange === 0 ? [] : [hint(strange + ' lines of its samples are no rows.')]),
    hint(nSamples === 0
      ? 'No samples: they are drawn on test prompts when the run ends.'
      : 'Samples on test prompts' + cut + '. Log-ratios are log π − log π of the start, nats: ' +
        'blue tokens became more likely, orange ones less.'),
    element('div', {}, samples.map((sample, i) => sampleBox(run.id, sample, i))),
  ];
};

const sampleBox = (id, sample, i) => {
  const place = element('div', { class: 'tokens' }, sample.completion === '' ? '(empty)' : sample.completion);
  const facts = [];
  if (sample.gold !== null) facts.push('gold ' + show(sample.gold));
  if (sample.proxy !== null) facts.push('proxy ' + show(sample.proxy));
  facts.push(sample.tokens + ' tokens');
  if (sample.logp !== null && sample.refLogp !== null) {
    facts.push('log-ratio ' + show(sample.logp - sample.refLogp));
  }
  const button = element('button', {
    type: 'button',
    onclick: () => {
      button.disabled = true;
      showRatios(id, i, place).then(() => button.remove());
    },
  }, 'token log-ratios');
  return element('article', { class: 'sample' }, [
    hint(sample.prompt),
    place,
    hint([facts.join(' · ') + ' ', button]),
  ]);
};

const showRatios = (id, i, place) =>
  asJson('api/run/' + encodeURIComponent(id) + '/sample/' + i)
    .then(({ tokens, reason }) => {
      if (tokens === undefined) {
        place.after(hint(reason));
        return;
      }
      place.replaceChildren(...tokens.flatMap((token, n) => (n === 0 ? [] : [' ']).concat(tokenSpan(token))));
      place.after(ratioTable(tokens));
    })
    .catch(() => place.after(hint('The log-ratios could not be read.')));

const signed = (x) => (x > 0 ? '+' : '') + x.toFixed(3);

const tokenSpan = ({ token, logp, refLogp, ratio }) => {
  const title = 'log π ' + logp.toFixed(3) + ', start ' + refLogp.toFixed(3) + ', ratio ' + signed(ratio);
  const span = element('span', { title }, token);
  const colour = ratio > 0 ? '--more' : '--fewer';
  const strength = Math.min(0.7, Math.abs(ratio) / 2).toFixed(3);
  span.style.backgroundColor = 'rgba(var(' + colour + '),' + strength + ')';
  return span;
};

const ratioTable = (tokens) => {
  const head = ['token', 'log π', 'start', 'log-ratio'].map((name) => element('th', {}, name));
  const rows = tokens.map(({ token, logp, refLogp, ratio }) =>
    element('tr', {}, [
      element('th', { scope: 'row' }, token),
      element('td', {}, logp.toFixed(3)),
      element('td', {}, refLogp.toFixed(3)),
      element('td', {}, signed(ratio)),
    ]),
  );
  const table = element('table', {}, [
    element('thead', {}, element('tr', {}, head)),
    element('tbody', {}, rows),
  ]);
  return element('details', {}, [
    element('summary', {}, 'as a table'),
    element('div', { class: 'scroll', tabindex: '0' }, table),
  ]);
};
`;
